"""Removing files that nobody needs any more. These functions block."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from video_gen.engine.blobs import Blobs
from video_gen.engine.desk import Deleted
from video_gen.engine.files import disk_errors, sha256_of
from video_gen.engine.vault import Vault
from video_gen.spec.job import Job

_OF_ATTEMPT: Final = re.compile(r"\.?(?P<key>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})[._].*")
"""The name of a work file; it begins with its attempt's idempotency key."""


def keys_in(work: Path) -> set[str]:
    """Return the idempotency keys that files in the work folder are named by."""
    return {found["key"] for path in _files(work) if (found := _OF_ATTEMPT.fullmatch(path.name))}


def sweep(work: Path, needed: Collection[str]) -> None:
    """Remove the work files of attempts that are not among the needed ones, by their idempotency keys.

    Raises:
        StorageError: the disk refused.
    """
    with disk_errors(work):
        for path in _files(work):
            found = _OF_ATTEMPT.fullmatch(path.name)
            if found and found["key"] not in needed:
                path.unlink(missing_ok=True)


def _files(work: Path) -> list[Path]:
    return list(work.iterdir()) if work.is_dir() else []


def leftovers(deleted: Deleted, work: Path, blobs: Blobs) -> None:
    """Remove what the job's attempts left in the work folder, and inputs that no other job uses.

    Raises:
        StorageError: the disk refused.
    """
    own = {attempt.idempotency_key for attempt in deleted.attempts}
    sweep(work, keys_in(work) - own)
    for sha256 in deleted.unused:
        blobs.discard(sha256)


def videos(job: Job, files: Vault) -> None:
    """Remove the job's videos; a file that was changed or replaced since is somebody else's by now, and stays.

    Raises:
        StorageError: the disk or the object store refused.
    """
    for artifact in job.artifacts:
        if "://" in artifact.path:  # an object has the name of its content, and nobody else's
            files.discard(artifact.path)
            continue
        path = Path(artifact.path)
        with disk_errors(path):
            if path.is_file() and path.stat().st_size == artifact.info.bytes and sha256_of(path) == artifact.sha256:
                path.unlink()
