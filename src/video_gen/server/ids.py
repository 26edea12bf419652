"""Ids as surfaces show them: each has its own beginning, and every one takes them all."""

import re
from typing import Final

from video_gen.exceptions import JobNotFoundError

_ID: Final = re.compile(r"(?:[A-Za-z]+_)*(?P<id>[0-9a-f]{16})")


def job_id_of(text: str) -> str:
    """Return the job's own id of "vid_9f86d081884c7d65", "video_job_9f86d081884c7d65" or the bare id.

    Raises:
        JobNotFoundError: no job's id looks so.
    """
    found = _ID.fullmatch(text)
    if found is None:
        raise no_job(text)
    return found["id"]


def no_job(text: str) -> JobNotFoundError:
    """Return the one answer for a job that never was and for one that is somebody else's."""
    return JobNotFoundError(f"there is no job `{text[:80]}`")
