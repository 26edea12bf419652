"""The sample tables of an MP4 track: where its coded frames lie in the file (ISO/IEC 14496-12, 8.6 to 8.7)."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Boxes = Mapping[bytes, memoryview]
Table = NDArray[np.int64]

_BEYOND: Final = 2**62
"""Beyond any file, and half of what 64 bits count: sums of two stay exact."""


def entries(boxes: Boxes, name: bytes, columns: int) -> Table:
    """Return a counted table of 32-bit fields as (rows, columns); empty where the box is missing.

    Raises:
        ValueError: the box is too short for the rows it counts.
    """
    if name not in boxes:
        return np.zeros((0, columns), np.int64)
    body = boxes[name]
    rows = int.from_bytes(body[4:8])
    _fits(name, body, 8 + rows * columns * 4)
    return np.frombuffer(body, ">u4", rows * columns, 8).astype(np.int64).reshape(rows, columns)


def total_ticks(durations: Table) -> int:
    """Return how long the samples of an `stts` table last together."""
    return int((durations[:, 0] * durations[:, 1]).sum())


def sample_count(boxes: Boxes) -> int | None:
    """Return how many samples the track has; None without a size table."""
    body = boxes.get(b"stsz", boxes.get(b"stz2"))
    return None if body is None else int.from_bytes(body[8:12])


def data_end(boxes: Boxes) -> int:
    """Return the byte behind the last sample of the track.

    Raises:
        ValueError: the tables contradict each other or their own lengths.
    """
    offsets = _chunk_offsets(boxes)
    if not len(offsets):
        return 0
    constant, sizes = _sizes(boxes)
    count = sample_count(boxes) or 0
    if int(offsets.max()) >= _BEYOND or constant * count >= _BEYOND:
        return _BEYOND
    per_chunk = _samples_per_chunk(entries(boxes, b"stsc", 3), len(offsets))
    last = np.cumsum(per_chunk)
    if int(last[-1]) < count:
        raise ValueError(f"it counts {count} frames and places {int(last[-1])} (`stsz`, `stsc`)")
    if constant:
        lengths = np.minimum(per_chunk, count) * constant
    else:
        total = np.concatenate([[0], np.cumsum(sizes)])
        last = np.minimum(last, count)
        lengths = total[last] - total[np.concatenate([[0], last[:-1]])]
    return int((offsets + lengths).max())


def _chunk_offsets(boxes: Boxes) -> Table:
    if b"co64" not in boxes:
        return entries(boxes, b"stco", 1)[:, 0]
    body = boxes[b"co64"]
    rows = int.from_bytes(body[4:8])
    _fits(b"co64", body, 8 + rows * 8)
    offsets: Table = np.minimum(np.frombuffer(body, ">u8", rows, 8), _BEYOND).astype(np.int64)
    return offsets


def _samples_per_chunk(runs: Table, chunks: int) -> Table:
    """Spread the runs of `stsc` (first chunk, samples in each, description) over all chunks."""
    starts = np.minimum(np.append(runs[:, 0] - 1, chunks), chunks)
    lengths = np.diff(starts)
    if not len(runs) or starts[0] != 0 or (lengths < 0).any():
        raise ValueError("its chunk table runs backwards (`stsc`)")
    spread: Table = np.repeat(runs[:, 1], lengths)
    return spread


def _sizes(boxes: Boxes) -> tuple[int, Table]:
    """Return the one size of all samples, or 0 and the size of each."""
    if b"stsz" in boxes:
        body = boxes[b"stsz"]
        constant, count = int.from_bytes(body[4:8]), int.from_bytes(body[8:12])
        if constant:
            return constant, np.zeros(0, np.int64)
        _fits(b"stsz", body, 12 + count * 4)
        return 0, np.frombuffer(body, ">u4", count, 12).astype(np.int64)
    body = boxes.get(b"stz2", memoryview(b""))
    bits, count = int.from_bytes(body[7:8]), int.from_bytes(body[8:12])
    if bits == 4:
        _fits(b"stz2", body, 12 + (count + 1) // 2)
        packed = np.frombuffer(body, np.uint8, (count + 1) // 2, 12)
        return 0, np.stack([packed >> 4, packed & 15], -1).reshape(-1)[:count].astype(np.int64)
    if bits not in {8, 16}:
        raise ValueError("it has no table of frame sizes (`stsz`)")
    _fits(b"stz2", body, 12 + count * bits // 8)
    return 0, np.frombuffer(body, f">u{bits // 8}", count, 12).astype(np.int64)


def _fits(name: bytes, body: memoryview, wanted: int) -> None:
    if wanted > len(body):
        raise ValueError(f"its `{name.decode()}` box counts more entries than it holds")
