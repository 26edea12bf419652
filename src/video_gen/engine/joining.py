"""Joins finished clips to the video that their job goes on from."""

import asyncio
from pathlib import Path

from video_gen.engine.files import sha256_of
from video_gen.engine.ports import Checked
from video_gen.engine.run import Run
from video_gen.spec import MediaRef


async def joined(run: Run, clip: Path) -> tuple[Path, Checked, str] | None:
    """Return the file of the whole, what it is, and its sha256; None where the job goes on from nothing.

    It is made beside the clip, and appears whole: whoever was killed meanwhile makes it anew, or finds it.

    Raises:
        VerificationError: one of the two is no complete video.
        MediaNotFoundError: the video that is gone on from is no longer kept.
        StorageError: the disk refused.
    """
    source = run.attempt.plan.request.extends
    return None if source is None else await asyncio.to_thread(_join, run, source, clip)


def _join(run: Run, source: MediaRef, clip: Path) -> tuple[Path, Checked, str]:
    from video_gen.media.continuing import continued
    from video_gen.media.probe import probe

    whole = clip.with_name(f"{clip.stem}_whole.mp4")
    info = probe(whole) if whole.exists() else continued(run.ports.blobs.file_of(source), clip, whole)
    return whole, Checked(info=info), sha256_of(whole)
