"""Walk through the boxes of an MP4 or QuickTime file (ISO/IEC 14496-12): is all of it there, and what does it declare?

Measured: 0.2 ms for an 8 s clip, 1 ms for a minute. Decoders are no help here: FFmpeg opens and decodes a file that
lacks its last 100 bytes without a word.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from video_gen.exceptions import VerificationError
from video_gen.media.sample_tables import data_end, entries, sample_count, total_ticks
from video_gen.media.track import Track, TrackKind

_MAX_INDEX_BYTES: Final = 32 * 2**20  # an hour of 60 fps video with sound needs about 5 MB
_MAX_BOXES: Final = 100_000  # top level; fragmented files have two or three for each second
_KINDS: Final[dict[bytes, TrackKind]] = {b"vide": "video", b"soun": "audio"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What the walk found."""

    tracks: tuple[Track, ...]
    faststart: bool
    fragmented: bool


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    """Where its content begins, from the file's start."""
    end: int


def walk(file: BinaryIO, size: int, label: str) -> Layout:
    """Read the layout of a whole file; `label` names it in messages.

    A fragmented file is checked at the top level only.

    Raises:
        VerificationError: cut off, without an index, or with a damaged one.
    """
    top = list(_top_level(file, size, label))
    order = [box.name for box in top]
    if b"moov" not in order:
        raise VerificationError(f"`{label}` has no index (no `moov` box): the recording or the download ended early")
    moov = top[order.index(b"moov")]
    if moov.end - moov.start > _MAX_INDEX_BYTES:
        raise VerificationError(f"`{label}` has an index of {moov.end - moov.start} bytes: over {_MAX_INDEX_BYTES}")
    file.seek(moov.start)
    index = memoryview(file.read(moov.end - moov.start))
    try:
        return _layout(index, order, size, label)
    except (IndexError, struct.error) as error:
        raise VerificationError(f"`{label}` has a damaged index: a box is shorter than what it holds") from error
    except ValueError as error:
        raise VerificationError(f"`{label}` has a damaged index: {error}") from error


def _layout(index: memoryview, order: list[bytes], size: int, label: str) -> Layout:
    found = list(_children(index))
    if any(name == b"cmov" for name, _ in found):
        raise VerificationError(f"`{label}` has a compressed index, which few players read: re-encode it")
    fragmented = any(name == b"mvex" for name, _ in found)
    if fragmented and b"moof" not in order:
        raise VerificationError(f"`{label}` declares fragments and has none: the recording or the download ended early")
    tables = [_Tables.read(body) for name, body in found if name == b"trak"]
    if not fragmented:
        missing = max((data_end(table.boxes) for table in tables), default=0) - size
        if missing > 0:
            raise VerificationError(
                f"`{label}` is truncated by at least {missing} bytes: its index points beyond its end"
            )
    data = b"moof" if fragmented else b"mdat"
    faststart = data not in order or order.index(b"moov") < order.index(data)
    return Layout(tracks=tuple(table.track() for table in tables), faststart=faststart, fragmented=fragmented)


def _top_level(file: BinaryIO, size: int, label: str) -> Iterator[_Box]:
    position, seen = 0, set[bytes]()
    for _ in range(_MAX_BOXES):
        file.seek(position)
        header = file.read(16)
        whole = {b"moov", b"mdat"} <= seen
        if len(header) < 8 and not whole:
            raise VerificationError(f"`{label}` is truncated: it ends inside the head of a box")
        length, name = int.from_bytes(header[:4]), header[4:8]
        head = 16 if length == 1 else 8
        length = int.from_bytes(header[8:16]) if length == 1 else length or size - position
        if len(header) < 8 or length < head or not all(32 <= byte < 127 or byte == 0xA9 for byte in name):
            if whole:
                return  # a few stray bytes behind a whole file harm nobody
            raise VerificationError(f"`{label}` is damaged at byte {position}: no box begins where one should")
        if position + length > size:
            missing = position + length - size
            raise VerificationError(
                f"`{label}` is truncated by {missing} bytes: it ends inside its `{name.decode('latin-1')}` box"
            )
        seen.add(name)
        yield _Box(name, position + head, position + length)
        position += length
        if position == size:
            return
    raise VerificationError(f"`{label}` has more than {_MAX_BOXES} boxes: it is damaged, or made to harm")


def _children(body: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    position = 0
    while position + 8 <= len(body):
        length, name = struct.unpack_from(">I4s", body, position)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", body, position + 8)[0], 16
        length = length or len(body) - position
        if not head <= length <= len(body) - position:
            raise ValueError(f"its `{name.decode('latin-1')}` box does not fit the box around it")
        yield name, body[position + head : position + length]
        position += length


@dataclass(frozen=True, slots=True)
class _Tables:
    """The boxes of one track that matter here, by name, wherever they are nested."""

    boxes: dict[bytes, memoryview]

    @classmethod
    def read(cls, body: memoryview) -> "_Tables":
        found: dict[bytes, memoryview] = {}
        todo = [body]
        while todo:
            for name, content in _children(todo.pop()):
                found.setdefault(name, content)
                if name in {b"mdia", b"minf", b"stbl"}:
                    todo.append(content)
        return cls(found)

    def track(self) -> Track:
        handler = bytes(self.boxes.get(b"hdlr", b"")[8:12])
        kind = _KINDS.get(handler, "other")
        description = bytes(self.boxes.get(b"stsd", b"")[8:44])
        width = height = 0
        if kind == "video" and len(description) >= 36:
            width, height = struct.unpack_from(">HH", description, 32)
        return Track(
            kind=kind,
            codec=description[4:8].decode("latin-1"),
            width=width,
            height=height,
            seconds=self._seconds(),
            samples=sample_count(self.boxes),
        )

    def _seconds(self) -> float | None:
        header = self.boxes.get(b"mdhd")
        if header is None:
            return None
        long = header[0] == 1
        times: tuple[int, int] = struct.unpack_from(">IQ" if long else ">II", header, 20 if long else 12)
        scale, declared = times
        if not scale:
            raise ValueError("a track counts time in units of nothing (`mdhd`)")
        ticks = total_ticks(entries(self.boxes, b"stts", 2))
        if ticks:
            return ticks / scale
        return declared / scale if 0 < declared < 2**32 - 1 else None
