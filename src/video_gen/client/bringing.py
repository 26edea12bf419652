"""Brings the videos of a finished job from where they are kept to where somebody wants them.

There is no record of what was brought: a file is known by its length and hash at the place where it is wanted, so
whoever was broken off, or removed a file, gets what is missing and nothing twice.
"""

import asyncio
from functools import partial
from pathlib import Path

from video_gen.client.installation import Installation
from video_gen.engine.artifacts import Shelf, destination, numbered, target_of
from video_gen.engine.files import intact
from video_gen.exceptions import JobStateError
from video_gen.spec import Artifact, Job


async def brought_home(installation: Installation, job: Job, outputs: Path) -> Job:
    """Return a job with its videos at the place it names (`out`), brought there if need be.

    Raises:
        StorageError: the disk or the object store refused.
        MediaNotFoundError: a video is no longer kept.
        ServiceUnavailableError: the server does not answer.
    """
    return job if installation.delivers or not job.artifacts else await _brought(installation, job, outputs)


async def brought_to(installation: Installation, job: Job, out: str | None, outputs: Path, *, overwrite: bool) -> Job:
    """Return a completed job with copies of its videos at another place.

    Args:
        installation: Has them.
        job: Whose videos.
        out: The file or folder; None: the outputs folder.
        outputs: The folder for who says nothing.
        overwrite: A file that stands there may be replaced.

    Raises:
        JobStateError: the job has no videos.
        InvalidRequestError: `out` cannot be written as asked.
        StorageError: the disk or the object store refused.
        MediaNotFoundError: a video is no longer kept.
        ServiceUnavailableError: the server does not answer.
    """
    if not job.artifacts:
        raise JobStateError(f"job `{job.id}` is {job.status} and has no videos: `video-gen jobs show {job.id}`")
    place = partial(destination, out, outputs, overwrite=overwrite, kind=job.request.kind)
    wanted = job.model_copy(update={"out": await asyncio.to_thread(place), "overwrite": overwrite})
    here = await _brought(installation, wanted, outputs)
    return job.model_copy(update={"artifacts": here.artifacts})


async def _brought(installation: Installation, job: Job, outputs: Path) -> Job:
    provider = job.plan.provider if job.model_used is None else job.model_used.partition("/")[0]
    target = target_of(job, provider, outputs, job.artifacts[0].media_type)
    here = [await _bring(installation, job, artifact, target) for artifact in job.artifacts]
    return job.model_copy(update={"artifacts": tuple(here)})


async def _bring(installation: Installation, job: Job, artifact: Artifact, target: Path) -> Artifact:
    ready = target.with_name(f".{job.id}-{artifact.index}.ready")
    async with installation.turns.turn(str(ready)):
        if (here := await asyncio.to_thread(_here, job, artifact, target)) is not None:
            return artifact.model_copy(update={"path": str(here)})
        await installation.bring(artifact, ready)
        return await asyncio.to_thread(_placed, job, artifact, ready, target)


def _here(job: Job, artifact: Artifact, target: Path) -> Path | None:
    """Return where a file is that was brought before; None where it is to be brought."""
    for candidate in (target,) if _replaces(job, artifact) else numbered(target):
        if not candidate.exists():
            return None
        if intact(candidate, artifact.info.bytes, artifact.sha256):
            return candidate
    return None


def _replaces(job: Job, artifact: Artifact) -> bool:
    """Whether a file may take the place of what stands there: of several, the first."""
    return job.overwrite and artifact.index == 0


def _placed(job: Job, artifact: Artifact, ready: Path, target: Path) -> Artifact:
    try:
        path = Shelf.place(ready, target, artifact.sha256, taken=(), overwrite=_replaces(job, artifact))
    finally:
        ready.unlink(missing_ok=True)
    return artifact.model_copy(update={"path": str(path)})
