"""Google's two hosts: the Gemini API and Google Cloud, each with Veo's predictions and Omni's interactions.

Belongs here: the hosts (`gemini.py`, `vertex.py`, what they share in `host.py`), what the models take and answer
(`veo.py`, `omni.py`, `media.py`), files and webhooks of the Gemini API, and how Google says no (`errors.py`).
"""

from video_gen.testing.emulators.google.booths import GEMINI, VERTEX

SANDBOX = (GEMINI, VERTEX)
