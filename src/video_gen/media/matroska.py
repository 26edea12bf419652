"""Walk through the elements of a WebM or Matroska file (RFC 9559, RFC 8794): is it whole, and what does it declare?"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from video_gen.exceptions import VerificationError
from video_gen.media.track import Track, TrackKind

_EBML: Final = 0x1A45DFA3
_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_TICK: Final = 0x2AD7B1
_DURATION: Final = 0x4489
_TRACKS: Final = 0x1654AE6B
_TRACK: Final = 0xAE
_TRACK_TYPE: Final = 0x83
_CODEC: Final = 0x86
_VIDEO: Final = 0xE0
_WIDTH: Final = 0xB0
_HEIGHT: Final = 0xBA
_CLUSTER: Final = 0x1F43B675

_KINDS: Final[dict[int, TrackKind]] = {1: "video", 2: "audio"}
_MAX_HEAD_BYTES: Final = 2**20  # `Info` and `Tracks` are a few hundred bytes
_MAX_ELEMENTS: Final = 1000

Element = tuple[int, memoryview]


def walk(file: BinaryIO, size: int, label: str) -> tuple[Track, ...]:
    """Read the tracks of a whole file; `label` names it in messages.

    Raises:
        VerificationError: cut off, without tracks, or damaged. A live recording, whose length is left open, cannot
            be told from a cut-off file by its structure, and passes.
    """
    try:
        segment, end = _segment(file, size)
        if end is not None and end > size:
            raise VerificationError(
                f"`{label}` is truncated by {end - size} bytes: it ends inside its `Segment` element"
            )
        return _declared(file, segment, size if end is None else end)
    except ValueError as error:
        raise VerificationError(f"`{label}` is damaged: {error}") from error


def _segment(file: BinaryIO, size: int) -> tuple[int, int | None]:
    position = 0
    while position < size:
        name, start, end = _head(file, position)
        if name == _SEGMENT:
            return start, end
        if end is None or position:
            break
        position = end
    raise ValueError("it holds no `Segment` element")


def _declared(file: BinaryIO, position: int, end: int) -> tuple[Track, ...]:
    """Read `Info` and `Tracks`, which stand before the first cluster."""
    seconds: float | None = None
    tracks: tuple[Track, ...] = ()
    for _ in range(_MAX_ELEMENTS):
        if position >= end:
            break
        name, start, stop = _head(file, position)
        if name == _CLUSTER or stop is None:
            break
        if name in {_INFO, _TRACKS}:
            if stop - start > _MAX_HEAD_BYTES:
                raise ValueError(f"its head is {stop - start} bytes, over {_MAX_HEAD_BYTES}")
            file.seek(start)
            body = memoryview(file.read(stop - start))
            if name == _INFO:
                seconds = _seconds(dict(_children(body)))
            else:
                tracks = tuple(_track(dict(_children(child))) for tag, child in _children(body) if tag == _TRACK)
        position = stop
    if not tracks:
        raise ValueError("it declares no tracks")
    return tuple(_with_seconds(track, seconds) for track in tracks)


def _with_seconds(track: Track, seconds: float | None) -> Track:
    return Track(kind=track.kind, codec=track.codec, width=track.width, height=track.height, seconds=seconds)


def _track(fields: dict[int, memoryview]) -> Track:
    picture = dict(_children(fields[_VIDEO])) if _VIDEO in fields else {}
    return Track(
        kind=_KINDS.get(_number(fields.get(_TRACK_TYPE)), "other"),
        codec=bytes(fields.get(_CODEC, b"")).decode("ascii", "replace"),
        width=_number(picture.get(_WIDTH)),
        height=_number(picture.get(_HEIGHT)),
    )


def _seconds(fields: dict[int, memoryview]) -> float | None:
    body = fields.get(_DURATION)
    if body is None or len(body) not in {4, 8}:
        return None
    ticks: float = struct.unpack(">f" if len(body) == 4 else ">d", body)[0]
    return ticks * (_number(fields.get(_TICK)) or 1_000_000) / 1e9


def _number(body: memoryview | None) -> int:
    return int.from_bytes(body or b"")


def _children(body: memoryview) -> Iterator[Element]:
    position = 0
    while position < len(body):
        name, position = _variable(body, position, keep_marker=True)
        length, start = _variable(body, position)
        if length is None or start + length > len(body):
            raise ValueError("an element does not fit the one around it")
        yield name or 0, body[start : start + length]
        position = start + length


def _head(file: BinaryIO, position: int) -> tuple[int, int, int | None]:
    """Return an element's name, where its content starts, and where it ends (None: left open)."""
    file.seek(position)
    head = memoryview(file.read(12))
    name, after = _variable(head, 0, keep_marker=True)
    length, start = _variable(head, after)
    return name or 0, position + start, None if length is None else position + start + length


def _variable(data: memoryview, position: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """Read a number whose leading zero bits count its bytes; all ones mean "unknown" (RFC 8794, section 4)."""
    if position >= len(data):
        raise ValueError("it ends inside the head of an element")
    width = 9 - data[position].bit_length()
    if width > 8 or position + width > len(data):
        raise ValueError("no element begins where one should")
    value = int.from_bytes(data[position : position + width])
    if keep_marker:
        return value, position + width
    value -= 1 << (7 * width)
    return (None if value == (1 << (7 * width)) - 1 else value), position + width
