"""Begins and ends a shot with the pictures of the shots that it goes on from, once they are made."""

from collections.abc import Mapping
from pathlib import Path

from video_gen.films.planning import ShotPlan
from video_gen.films.studio import Studio
from video_gen.spec import MediaRef, Request


async def chained(shot: ShotPlan, clips: Mapping[int, Path], studio: Studio) -> Request:
    """Return what is asked for with what the shots before have made.

    Args:
        shot: From the film's plan.
        clips: The clips that are there, by the places of their shots; those that `shot.link` needs are among them.
        studio: Keeps the pictures.
    """
    link, found = shot.link, dict[str, MediaRef]()
    if link.after is not None:
        before = clips[link.after]
        if link.chain == "extend":
            found["source_video"] = await studio.video(before)
        else:
            found["first_frame"] = await studio.frame(before, last=True)
    if link.before is not None:
        found["last_frame"] = await studio.frame(clips[link.before], last=False)
    return shot.request.model_copy(update=found)
