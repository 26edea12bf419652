"""Says what a job's end means to who waited for it."""

from video_gen.engine.faults import error_of
from video_gen.exceptions import JobCancelledError
from video_gen.spec import Job, Status


def completed(job: Job) -> Job:
    """Return a completed job; raise what ended any other."""
    if job.status is Status.CANCELLED:
        raise JobCancelledError(f"job `{job.id}` was cancelled")
    if job.error is not None:
        raise error_of(job.error)
    return job
