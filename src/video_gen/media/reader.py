"""Frame-exact access to the frames a video shows.

"Shown" is what a player shows: edit lists cut frames off at either end, B-frames are decoded in another order, the
last frame may last two seconds, and sound may go on after the picture has ended.
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Final

import av
from av.error import FFmpegError

from video_gen.exceptions import InvalidRequestError, VerificationError
from video_gen.media.opening import OpenVideo, Packet, exact

_SLACK: Final = Fraction(1, 1_000_000)
"""Seconds: 5/30 as a float lies a hair before frame 5."""
_REORDER: Final = 17
"""H.264 shows a frame at most 16 frames after it is decoded: the last one shown is among the last 17 decoded."""
_FIRST_STEP: Final = 1
"""Seconds to go back where a seek found nothing; four times as many each further time."""


class FrameReader:
    """Reads frames of an open video, forwards or at random; seeks only where that is cheaper than decoding on."""

    def __init__(self, video: OpenVideo) -> None:
        self._video = video
        self._start = video.stream.start_time or 0
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._shown: av.VideoFrame | None = None
        self._ahead: av.VideoFrame | None = None
        self._read_to = 0

    def at(self, seconds: float | Fraction) -> av.VideoFrame:
        """Return the frame shown `seconds` after the first one appears; at the very end, the last one.

        Raises:
            InvalidRequestError: before the start or beyond the end.
            VerificationError: the video is damaged on the way there.
        """
        if not 0 <= seconds < float("inf"):
            raise InvalidRequestError(f"`seconds={seconds}` is out of range: choose 0 or more")
        target = self._start + (Fraction(seconds) + _SLACK) // self._video.time_base
        if self._shown is None or target < _moment(self._shown) or self._keyframe_ahead(target):
            self._go_before(target)
        while self._ahead is not None and _moment(self._ahead) <= target:
            self._shown, self._ahead = self._ahead, next(self._frames, None)
        shown = self._shown
        if shown is None:
            raise VerificationError(f"`{self._video.path}` holds no frame that can be decoded")
        if self._ahead is None:
            self._check_end(shown, target, seconds)
        return shown

    def last(self) -> av.VideoFrame:
        """Return the last frame that is shown.

        Raises:
            VerificationError: there is none, or it is damaged.
        """
        self._shown = self._ahead = None
        target, step = self._seekable_end(), _FIRST_STEP
        while True:
            first, frame = self._tail(target)
            if frame is not None:
                break
            if target <= self._start:
                raise VerificationError(f"`{self._video.path}` holds no frame that can be decoded")
            behind = min(target, first if first is not None else target)
            target = max(self._start, behind - round(step / self._video.time_base))
            step *= 4
        if frame.is_corrupt:
            raise VerificationError(f"`{self._video.path}` cannot be decoded to its end: the last frame is damaged")
        return frame

    def _tail(self, target: int) -> tuple[int | None, av.VideoFrame | None]:
        """Decode from the key frame before `target` to the end; return where that began, and the frame shown last."""
        if self._video.codec == "h264":
            first, frame, trimmed = self._decode_tail(target, lean=True)
            if not trimmed:
                return first, frame
        first, frame, _ = self._decode_tail(target, lean=False)
        return first, frame

    def _decode_tail(self, target: int, *, lean: bool) -> tuple[int | None, av.VideoFrame | None, bool]:
        """Lean decoding leaves out frames that no other frame refers to, until the last ones.

        That is bit-exact in H.264 (not in HEVC, where higher temporal layers may refer to them), and a quarter faster.
        It is wrong where an edit list hides the end: the last shown frame then comes before the last decoded ones.
        """
        codec = self._video.stream.codec_context
        best: av.VideoFrame | None = None
        first: int | None = None
        trimmed = False
        held = deque[Packet]()
        self._seek(target)
        codec.skip_frame = "NONREF" if lean else "DEFAULT"
        for packet in self._video.container.demux(self._video.stream):
            if not packet.size:
                continue
            trimmed = trimmed or packet.is_discard
            if first is None:
                first = _moment(packet)
            held.append(packet)
            if len(held) > _REORDER:
                best = _latest(best, codec.decode(held.popleft()))
        codec.skip_frame = "DEFAULT"
        for packet in held:
            best = _latest(best, codec.decode(packet))
        return first, _latest(best, codec.decode(None)), trimmed

    def _seekable_end(self) -> int:
        stream, container = self._video.stream, self._video.container
        if stream.duration:
            return self._start + stream.duration
        if container.duration:  # of the longest track, perhaps the sound's
            return self._start + round(Fraction(container.duration, av.time_base) / self._video.time_base)
        return self._start

    def _seek(self, target: int) -> None:
        try:
            self._video.container.seek(target, stream=self._video.stream)
        except FFmpegError:  # a file without an index cannot be entered in its middle
            self._video.rewind()

    def _go_before(self, target: int) -> None:
        """Start decoding at a key frame that is shown no later than `target`."""
        begin, step = max(target, self._start), _FIRST_STEP
        while True:
            self._seek(begin)
            packets = (packet for packet in self._video.container.demux(self._video.stream) if packet.size)
            first = next(packets, None)
            if begin <= self._start or (first is not None and _moment(first) <= target):
                break
            begin = max(self._start, begin - round(step / self._video.time_base))
            step *= 4
        self._frames = self._decode(first, packets)
        self._shown = next(self._frames, None)
        self._ahead = next(self._frames, None)

    def _decode(self, first: Packet | None, packets: Iterator[Packet]) -> Iterator[av.VideoFrame]:
        codec = self._video.stream.codec_context
        codec.skip_frame = "DEFAULT"
        for packet in chain(() if first is None else (first,), packets):
            self._read_to = packet.dts if packet.dts is not None else self._read_to
            yield from codec.decode(packet)
        yield from codec.decode(None)

    def _keyframe_ahead(self, target: int) -> bool:
        """Tell whether the index knows a key frame between what was read already and `target`."""
        entries = self._video.stream.index_entries
        found = entries.search_timestamp(target, backward=True)
        return found >= 0 and entries[found].timestamp > self._read_to

    def _check_end(self, last: av.VideoFrame, target: int, seconds: float | Fraction) -> None:
        rate = exact(self._video.stream.average_rate)
        usual = round(1 / (rate * self._video.time_base)) if rate else 0
        end = _moment(last) + max(last.duration or 0, usual)
        if target > end:
            lasts = float((end - self._start) * self._video.time_base)
            raise InvalidRequestError(
                f"`seconds={float(seconds):g}` is beyond the end of `{self._video.path}`, which lasts {lasts:.3f} s"
            )


def _latest(best: av.VideoFrame | None, frames: list[av.VideoFrame]) -> av.VideoFrame | None:
    for frame in frames:
        if best is None or _moment(frame) >= _moment(best):
            best = frame
    return best


def _moment(item: av.VideoFrame | Packet) -> int:
    """Return when it is shown, in ticks; where only the decoding time is known, that."""
    moment = item.dts if item.pts is None else item.pts
    return 0 if moment is None else moment
