"""One runner for each store, among all processes of the machine."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from video_gen.engine.files import disk_errors


class RunnerLock:
    """Held by the process that runs a store's jobs; the system lets go of it when that process ends, however it ends.

    A lock of the open file, not of the process: two runners in one process exclude each other too. A process forked
    while it is held would share it, so renders run in threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """This object has the lock."""
        return self._handle is not None

    def take(self) -> bool:
        """Take the lock if it is free; return whether it is held now.

        Raises:
            StorageError: the lock file cannot be made.
        """
        if self._handle is not None:
            return True
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        with suppress(OSError):  # who holds it is told for people only
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> int | None:
        """Return the id of the process that has the lock, as far as it said; None when nobody has it."""
        probe = RunnerLock(self.path)
        if not self.held and probe.take():
            probe.release()
            return None
        text = self.path.read_text().strip()
        return int(text) if text.isdigit() else None
