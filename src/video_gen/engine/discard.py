"""Removing the files of a job that is forgotten. These functions block."""

from pathlib import Path

from video_gen.engine.blobs import Blobs
from video_gen.engine.desk import Deleted
from video_gen.engine.files import disk_errors, sha256_of
from video_gen.spec.job import Job


def leftovers(deleted: Deleted, work: Path, blobs: Blobs) -> None:
    """Remove what the job's attempts left in the work folder, and inputs that no other job uses.

    Raises:
        StorageError: the disk refused.
    """
    with disk_errors(work):
        for attempt in deleted.attempts:
            for pattern in (f"{attempt.idempotency_key}*", f".{attempt.idempotency_key}*"):
                for path in work.glob(pattern):
                    path.unlink(missing_ok=True)
    for sha256 in deleted.unused:
        blobs.discard(sha256)


def videos(job: Job) -> None:
    """Remove the job's videos; a file that was changed or replaced since is somebody else's by now, and stays.

    Raises:
        StorageError: the disk refused.
    """
    for artifact in job.artifacts:
        path = Path(artifact.path)
        with disk_errors(path):
            if path.is_file() and path.stat().st_size == artifact.info.bytes and sha256_of(path) == artifact.sha256:
                path.unlink()
