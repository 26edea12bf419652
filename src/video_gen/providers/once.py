"""One paid video for one wish, however often a program is killed and started again.

A wish is known by what it asks for and where its file goes: that is its idempotency key. Asked for again, it goes on
with the job that is under way, and fetches what a failed one has already paid for. Only what has ended for good is
made anew, as the wish's next take.
"""

import hashlib
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr

from video_gen.client import Client
from video_gen.exceptions import ApiRequestError, JobStateError, RetryExhaustedError, SubmissionUnknownError
from video_gen.logger import get_library_logger
from video_gen.spec import AttemptState, Job, Plan, Status

_under_way: Final[set[str]] = set()
"""Keys that this process waits for: the same wish of another thread is a take of its own."""


class Once(NamedTuple):
    """The completed job of a wish."""

    job: Job
    fresh: bool
    """It was worked on just now; False: it was completed before."""


def make(client: Client, plan: Plan, *, out: str | None, key: SecretStr | None, keep: bool) -> Once:
    """Return the completed job of a wish.

    Args:
        client: Whose store.
        plan: What is wished for.
        out: The file to write; what stands there is replaced. None: named by date in the outputs folder.
        key: The caller's own key for the plan's provider.
        keep: A finished video whose file is still there is good enough; otherwise each call makes a new one.

    Raises:
        SubmissionUnknownError: an earlier submit may be paid though nobody knows: a person has to say first.
        RetryExhaustedError: the provider refused for a passing reason, as often as is allowed.
        VideoGenerationError: whatever else ended the job.
    """
    for take in count():
        name = f"{_identity(plan, out)}-{take}"
        if name in _under_way and not keep:
            continue
        job = client.submit(plan, out=out, overwrite=out is not None, idempotency_key=name, api_key=key)
        if job.status is Status.COMPLETED:
            if keep and _still_there(job):
                return Once(job, fresh=False)
            continue
        if job.status.terminal and not _goes_on(client, job):
            continue
        return Once(_awaited(client, job, name), fresh=True)
    raise AssertionError("numbers do not run out")


def _identity(plan: Plan, out: str | None) -> str:
    place = "" if out is None else str(Path(out).absolute())
    # What is not said is left out: a wish is the same to a version that knows more options.
    wish = f"{plan.request.model_dump_json(exclude_defaults=True)}\n{place}"
    return f"wish-{hashlib.sha256(wish.encode()).hexdigest()[:40]}"


def _awaited(client: Client, job: Job, name: str) -> Job:
    _under_way.add(name)
    try:
        return client.jobs.wait(job.id)
    except ApiRequestError as error:
        refused = [each for each in client.jobs.attempts(job.id) if each.state is AttemptState.REJECTED]
        if error.retryable and len(refused) > 1:
            words = f"tried {len(refused)} times, the last: {error.message}"
            raise RetryExhaustedError(words, **error.facts()) from error
        raise
    finally:
        _under_way.discard(name)


def _goes_on(client: Client, job: Job) -> bool:
    """Whether an ended job may still bring its video without a new submit; then it is under way again."""
    if any(attempt.state is AttemptState.UNKNOWN for attempt in client.jobs.attempts(job.id)):
        said = job.error.message if job.error else "its answer was lost"
        raise SubmissionUnknownError(
            f"the same was asked for before, and may be paid: {said}. Settle it with `video-gen jobs resolve {job.id}` "
            "(--adopt OPERATION, --resubmit or --write-off), then ask again",
            provider=job.plan.provider,
        )
    try:
        client.jobs.resume(job.id)
    except JobStateError:
        return False
    return True


def _still_there(job: Job) -> bool:
    """Whether the video lies where it was delivered, as it was delivered; where it does not, that is said."""
    artifact = job.artifacts[0]
    path = Path(artifact.path)
    if path.is_file() and path.stat().st_size == artifact.info.bytes:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == artifact.sha256:
                return True
    get_library_logger().warning(
        "job %s made this before, but %s is no longer there as it was delivered: it is made again", job.id, path
    )
    return False
