"""Joins the clips of a film as its storyboard says."""

from collections.abc import Sequence
from pathlib import Path

from video_gen.films.planning import FilmPlan
from video_gen.media.watch import Cancelled, Progress
from video_gen.spec import MediaInfo


def cut(
    film: FilmPlan,
    clips: Sequence[Path],
    out: Path,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> MediaInfo:
    """Write the film and return what it is; errors as of `media.assembling.assemble`.

    A provider that makes a clip longer delivers the whole, or only what is new: whichever it is, is seen by comparing.
    """
    from video_gen.media.assembling import Joint, assemble
    from video_gen.media.matching import begins_with

    paths, joints = [clips[0]], list[Joint]()
    for shot, clip in zip(film.shots[1:], clips[1:], strict=True):
        if shot.link.chain == "extend" and begins_with(clip, paths[-1]):
            paths[-1] = clip
            continue
        paths.append(clip)
        joints.append(Joint(crossfade=shot.crossfade, continues=shot.continues))
    out.parent.mkdir(parents=True, exist_ok=True)
    return assemble(paths, joints, out, progress=progress, cancelled=cancelled)
