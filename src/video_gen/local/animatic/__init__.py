"""A prompt becomes an animatic: its words choose a place, its light, weather and camera, and the scene is drawn.

    read_prompt -> Scene -> compose -> Film -> frames -> a file

Belongs here: reading a prompt, and one small file for each thing that can be seen.
Does not belong here: moving over a given picture (`local.motion`), encoding (`media`).
"""

from video_gen.local.animatic.prompt import read_prompt
from video_gen.local.animatic.scene import Reason, Scene
from video_gen.local.animatic.video import render_animatic

__all__ = ["Reason", "Scene", "read_prompt", "render_animatic"]
