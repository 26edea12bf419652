"""Brings the videos of a finished job from where they are kept for everybody to where somebody wants them."""

import asyncio
from functools import partial
from pathlib import Path

from video_gen.engine.artifacts import Shelf, destination, target_of
from video_gen.engine.service import Jobs
from video_gen.engine.vault import bring
from video_gen.exceptions import JobStateError
from video_gen.spec import Artifact, Job


async def brought_home(engine: Jobs, job: Job) -> Job:
    """Return a job with its videos at the place that was named when it was handed in, brought there if need be.

    Raises:
        StorageError: the disk or the object store refused.
        MediaNotFoundError: a video is no longer kept.
    """
    return await _brought(engine, job) if engine.places.vault is not None and job.artifacts else job


async def brought_to(engine: Jobs, job: Job, out: str | None, outputs: Path, *, overwrite: bool) -> Job:
    """Return a completed job with copies of its videos at another place.

    Args:
        engine: Knows where they are.
        job: Whose videos.
        out: The file or folder; None: the outputs folder.
        outputs: The folder for who says nothing.
        overwrite: A file that stands there may be replaced.

    Raises:
        JobStateError: the job has no videos.
        InvalidRequestError: `out` cannot be written as asked.
        StorageError: the disk or the object store refused.
        MediaNotFoundError: a video is no longer kept.
    """
    if not job.artifacts:
        raise JobStateError(f"job `{job.id}` is {job.status} and has no videos: `video-gen jobs show {job.id}`")
    place = partial(destination, out, outputs, overwrite=overwrite, kind=job.request.kind)
    wanted = job.model_copy(update={"out": await asyncio.to_thread(place), "overwrite": overwrite})
    here = await _brought(engine, wanted)
    return job.model_copy(update={"artifacts": here.artifacts})


async def _brought(engine: Jobs, job: Job) -> Job:
    provider = job.plan.provider if job.model_used is None else job.model_used.partition("/")[0]
    target = target_of(job, provider, engine.places.outputs, job.artifacts[0].media_type)
    here = [await asyncio.to_thread(_bring, engine, job, artifact, target) for artifact in job.artifacts]
    return job.model_copy(update={"artifacts": tuple(here)})


def _bring(engine: Jobs, job: Job, artifact: Artifact, target: Path) -> Artifact:
    ready = target.with_name(f".{job.id}-{artifact.index}.ready")
    bring(engine.files, artifact.path, ready, sha256=artifact.sha256)
    try:
        overwrite = job.overwrite and artifact.index == 0
        path = Shelf.place(ready, target, artifact.sha256, taken=(), overwrite=overwrite)
    finally:
        ready.unlink(missing_ok=True)
    return artifact.model_copy(update={"path": str(path)})
