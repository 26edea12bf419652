"""A download on its way: the part that has come, and what it is a part of, both beside the file it becomes.

    ocean.mp4.part        the bytes so far
    ocean.mp4.part.json   where they came from and the validator that says whether the rest still fits

Both survive a kill. The functions block.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Self


@dataclass(frozen=True, slots=True)
class Origin:
    """What a part is a part of."""

    address: str
    """The URL without its query, which changes with each signature."""
    validator: str = ""
    """A strong ETag or a date; empty where the rest cannot be asked for."""
    total: int | None = None
    """Bytes of the whole, where they are known."""


@dataclass(slots=True)
class PartFile:
    """The part of a file."""

    dest: Path
    origin: Origin | None = None
    size: int = 0
    _file: BinaryIO | None = field(default=None, repr=False)

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return self.dest.with_name(f"{self.dest.name}.part")

    @property
    def _note(self) -> Path:
        return self.dest.with_name(f"{self.dest.name}.part.json")

    @classmethod
    def found(cls, dest: Path) -> Self:
        """Return what an earlier try has left, nothing where it cannot be gone on with."""
        part = cls(dest)
        try:
            part.origin = Origin(**json.loads(part._note.read_text(encoding="utf-8")))
            part.size = part.path.stat().st_size
        except (OSError, ValueError, TypeError):
            part.origin, part.size = None, 0
        return part

    def resumes(self, address: str) -> bool:
        """Whether the rest of it can be asked for at an address."""
        return (
            self.size > 0 and self.origin is not None and self.origin.address == address and bool(self.origin.validator)
        )

    def restart(self, origin: Origin) -> None:
        """Begin with nothing."""
        self.close()
        self._note.unlink(missing_ok=True)
        self._file = self.path.open("wb")
        self._note.write_text(json.dumps(asdict(origin)), encoding="utf-8")
        self.origin, self.size = origin, 0

    def reopen(self) -> None:
        """Go on behind what is there."""
        self.close()
        self._file = self.path.open("ab")

    def write(self, data: bytes) -> None:
        """Add to it."""
        assert self._file is not None
        self._file.write(data)
        self._file.flush()
        self.size += len(data)

    def close(self) -> None:
        """Leave it as it is, for the next try."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove it."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.origin, self.size = None, 0

    def publish(self) -> None:
        """Make it the file; it is on the disk, whole, before it has the name."""
        self.close()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(self.dest)
        self._note.unlink(missing_ok=True)
        folder = os.open(self.dest.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
