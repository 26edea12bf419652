"""Which part of a file a request asks for (RFC 9110, 14)."""

import re
from typing import Final

from video_gen.server.faults import RangeError

_RANGE: Final = re.compile(r"bytes\s*=\s*(?P<first>\d{0,18})\s*-\s*(?P<last>\d{0,18})", re.IGNORECASE)


def part_of(asked: str | None, size: int) -> slice | None:
    """Return the bytes asked for; None for the whole, also where the header is none we read.

    Several ranges at once give the whole: that is allowed, and cheaper for both than a body of many parts.

    Raises:
        RangeError: the range begins behind the end.
    """
    found = _RANGE.fullmatch((asked or "").strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        start, stop = max(0, size - int(found["last"])), size
    else:
        start, stop = int(found["first"]), min(size, int(found["last"] or size) + 1)
        if found["last"] and int(found["last"]) < start:
            return None
    if start >= size:
        raise RangeError(f"`{asked}` begins behind the end: the file has {size} bytes")
    return slice(start, stop)
