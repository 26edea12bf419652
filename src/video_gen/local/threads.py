"""Whose threads draw: a renderer's own and the encoder's, not OpenCV's beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

import cv2

_lock: Final = Lock()
_usual: list[int] = []
"""For each renderer at work, how many threads OpenCV had before the first of them began."""


@contextmanager
def no_opencv_threads() -> Iterator[None]:
    """Let OpenCV compute in the thread that calls it, until every renderer has left its block.

    A frame is many small calls, and the encoder keeps the processor busy: spreading each call costs more than it gains.
    OpenCV has one setting for the whole process, so the last to leave puts back what the first has found.
    """
    with _lock:
        _usual.append(_usual[0] if _usual else cv2.getNumThreads())
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                cv2.setNumThreads(usual)
