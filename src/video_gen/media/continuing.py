"""Joins a clip to the video it goes on from, without the frames of it that repeat that video's end."""

from pathlib import Path

from video_gen.media.assembling import Joint, assemble
from video_gen.spec.media import MediaInfo


def continued(source: Path, clip: Path, out: Path) -> MediaInfo:
    """Write `source` and then `clip` as one video, and return what it is; `out` appears whole or not at all.

    A clip that was made from the last frame of `source` begins with that frame, often for several: they are left out,
    so that the picture does not stand still at the joint.

    Raises:
        VerificationError: one of them is no complete video.
        StorageError: the disk refused.
    """
    return assemble([source, clip], [Joint(continues=True)], out)
