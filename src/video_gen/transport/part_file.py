"""A download on its way: the part that has come, and what it is a part of, both beside the file it becomes.

    ocean.mp4.part        the bytes so far
    ocean.mp4.part.json   what they are a part of, and the validator that says whether the rest still fits

Both survive a kill. The methods block.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Self

_RANGE: Final = re.compile(r"bytes (?P<start>\d+)-\d+/(?P<total>\d+|\*)")


@dataclass(frozen=True, slots=True)
class Source:
    """What a part is a part of."""

    place: str
    """Fingerprint of the URL, which may hold a secret: without its query under a tag, which names the content."""
    validator: str = ""
    """A strong ETag, else a date (RFC 9110, 13.1.5); empty where the rest cannot be asked for."""
    total: int | None = None
    """Bytes of the whole, where they are known."""

    @classmethod
    def of(cls, url: str, *, tag: str = "", date: str = "", total: int | None = None) -> Self:
        """Return the source that an answer's headers describe."""
        strong = tag if tag.startswith('"') else ""
        validator = strong or ("" if tag else date)
        return cls(_fingerprint(url, tagged=bool(strong)), validator, total)

    def is_at(self, url: str) -> bool:
        """Whether a URL leads to it; a link that was signed anew differs in its query only."""
        return self.place == _fingerprint(url, tagged=self.validator.startswith('"'))


def _fingerprint(url: str, *, tagged: bool) -> str:
    return hashlib.sha256((url.partition("?")[0] if tagged else url).encode()).hexdigest()


@dataclass(slots=True)
class PartFile:
    """The part of a file."""

    dest: Path
    source: Source | None = None
    size: int = 0
    _file: BinaryIO | None = field(default=None, repr=False)

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return self.dest.with_name(f"{self.dest.name}.part")

    @property
    def _note(self) -> Path:
        return self.dest.with_name(f"{self.dest.name}.part.json")

    @property
    def complete(self) -> bool:
        """Whether all of it has come, where that can be known."""
        return self.source is not None and self.size == self.source.total

    @classmethod
    def found(cls, dest: Path) -> Self:
        """Return what an earlier try has left, nothing where it cannot be gone on with."""
        part = cls(dest)
        try:
            part.source = Source(**json.loads(part._note.read_text(encoding="utf-8")))
            part.size = part.path.stat().st_size
        except (OSError, ValueError, TypeError):
            part.source, part.size = None, 0
        return part

    def resumes(self, url: str) -> bool:
        """Whether the rest of it can be asked for at a URL."""
        return self.size > 0 and self.source is not None and bool(self.source.validator) and self.source.is_at(url)

    def continued_by(self, content_range: str, tag: str | None) -> bool:
        """Whether an answer begins where this part ends, in the same content."""
        found = _RANGE.fullmatch(content_range)
        if not found or self.source is None or self.size == 0 or int(found["start"]) != self.size:
            return False
        if tag and self.source.validator.startswith('"') and tag != self.source.validator:
            return False
        return "*" in found["total"] or self.source.total in {None, int(found["total"])}

    def restart(self, source: Source) -> None:
        """Begin with nothing."""
        self.discard()
        self._file = self.path.open("wb")
        self._note.write_text(json.dumps(asdict(source)), encoding="utf-8")
        self.source = source

    def reopen(self) -> None:
        """Go on behind what is there."""
        self.close()
        self._file = self.path.open("ab")

    def adopt(self, file: Path) -> None:
        """Take a whole file as it is, from the same file system."""
        self.discard()
        file.replace(self.path)
        self.size = self.path.stat().st_size

    def write(self, data: bytes) -> None:
        """Add to it."""
        assert self._file is not None
        self._file.write(data)
        self._file.flush()
        self.size += len(data)

    def sha256(self) -> str:
        """Return its sha256."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def close(self) -> None:
        """Leave it as it is, for the next try."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove it."""
        self.close()
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.source, self.size = None, 0

    def publish(self) -> None:
        """Make it the file; it is on the disk, whole, before it has the name."""
        self.close()
        _flush(self.path, os.O_RDONLY)
        self.path.replace(self.dest)
        self._note.unlink(missing_ok=True)
        _flush(self.dest.parent, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
