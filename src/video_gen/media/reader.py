"""Frame-exact access to the frames a video shows.

"Shown" is what a player shows: edit lists cut frames off at either end, B-frames are decoded in another order, the
last frame may last two seconds, and sound may go on after the picture has ended.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Final

import av
from av.error import FFmpegError

from video_gen.exceptions import InvalidRequestError, VerificationError
from video_gen.media.opening import OpenVideo, Packet, exact, moment

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
        self.packets_read = 0
        """How many coded frames were decoded: tells whether seeking pays."""

    def at(self, seconds: float | Fraction, *, clamped: bool = False) -> av.VideoFrame:
        """Return the frame shown `seconds` after the first one appears; at the very end, the last one.

        Args:
            seconds: the moment.
            clamped: the last frame will do for any moment beyond the end.

        Raises:
            InvalidRequestError: before the start, or beyond the end unless `clamped`.
            VerificationError: the video is damaged on the way there.
        """
        if not 0 <= seconds < float("inf"):
            raise InvalidRequestError(f"`seconds={seconds}` is out of range: choose 0 or more")
        target = self._start + (Fraction(seconds) + _SLACK) // self._video.time_base
        if self._shown is None or target < moment(self._shown) or self._keyframe_ahead(target):
            self._go_before(target)
        while self._ahead is not None and moment(self._ahead) <= target:
            self._shown, self._ahead = self._ahead, next(self._frames, None)
        shown = self._shown
        if shown is None:
            raise VerificationError(f"`{self._video.path}` holds no frame that can be decoded")
        if self._ahead is None and not clamped:
            self._check_end(shown, target, seconds)
        return shown

    def last(self, *, flawless: bool = False) -> av.VideoFrame:
        """Return the last frame that is shown.

        Args:
            flawless: accept no damaged frame in what is decoded on the way to it.

        Raises:
            VerificationError: there is none, or it is damaged.
        """
        self._shown = self._ahead = None
        path, target, step = self._video.path, self._seekable_end(), _FIRST_STEP
        while (tail := self._tail(target)).frame is None:
            if target <= self._start:
                raise VerificationError(f"`{path}` holds no frame that can be decoded")
            target = max(self._start, min(target, tail.first) - round(step / self._video.time_base))
            step *= 4
        if tail.frame.is_corrupt or tail.latest >= self._end(tail.frame):
            raise VerificationError(f"`{path}` is damaged: its last frame cannot be decoded")
        if flawless and tail.damaged is not None:
            seconds = float((tail.damaged - self._start) * self._video.time_base)
            raise VerificationError(f"`{path}` is damaged at {seconds:.2f} s")
        return tail.frame

    def _tail(self, target: int) -> "_Tail":
        """Decode from the key frame before `target` to the end."""
        if self._video.codec == "h264":
            tail = self._decode_tail(target, lean=True)
            if not tail.trimmed:
                return tail
        return self._decode_tail(target, lean=False)

    def _decode_tail(self, target: int, *, lean: bool) -> "_Tail":
        """Lean decoding leaves out frames that no other frame refers to, until the last ones.

        That is bit-exact in H.264 (not in HEVC, where higher temporal layers may refer to them), and a quarter faster.
        It is wrong where an edit list hides the end: the last shown frame then comes before the last decoded ones.
        """
        codec = self._video.stream.codec_context
        tail = _Tail(first=target)
        held = deque[Packet]()
        self._seek(target)
        codec.skip_frame = "NONREF" if lean else "DEFAULT"
        for packet in self._video.container.demux(self._video.stream):
            if not packet.size:
                continue
            tail.meet(packet)
            held.append(packet)
            if len(held) > _REORDER:
                tail.take(codec.decode(held.popleft()))
        codec.skip_frame = "DEFAULT"
        for packet in held:
            tail.take(codec.decode(packet))
        tail.take(codec.decode(None))
        return tail

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
        """Start decoding where the first frame that comes out is shown no later than `target`.

        Not every key frame will do: the one found may be shown later than frames that follow it, and where pictures
        are refreshed bit by bit, the first whole one comes long after the place of entry.
        """
        begin, step = max(target, self._start), _FIRST_STEP
        while True:
            self._enter(begin)
            if begin <= self._start or (self._shown is not None and moment(self._shown) <= target):
                break
            begin = max(self._start, begin - round(step / self._video.time_base))
            step *= 4
        self._ahead = next(self._frames, None)

    def _enter(self, begin: int) -> None:
        self._seek(begin)
        packets = (packet for packet in self._video.container.demux(self._video.stream) if packet.size)
        first = next(packets, None)
        early = first is not None and (moment(first) <= begin or begin <= self._start)
        self._frames = self._decode(chain((first,), packets)) if first is not None and early else iter(())
        self._shown = next(self._frames, None)

    def _decode(self, packets: Iterator[Packet]) -> Iterator[av.VideoFrame]:
        codec = self._video.stream.codec_context
        codec.skip_frame = "DEFAULT"
        for packet in packets:
            self.packets_read += 1
            self._read_to = packet.dts if packet.dts is not None else self._read_to
            yield from codec.decode(packet)
        yield from codec.decode(None)

    def _keyframe_ahead(self, target: int) -> bool:
        """Tell whether the index knows a key frame between what was read already and `target`."""
        entries = self._video.stream.index_entries
        found = entries.search_timestamp(target, backward=True)
        return found >= 0 and entries[found].timestamp > self._read_to

    def _check_end(self, last: av.VideoFrame, target: int, seconds: float | Fraction) -> None:
        end = self._end(last)
        if target > end:
            lasts = float((end - self._start) * self._video.time_base)
            raise InvalidRequestError(
                f"`seconds={float(seconds):g}` is beyond the end of `{self._video.path}`, which lasts {lasts:.3f} s"
            )

    def _end(self, frame: av.VideoFrame) -> int:
        """Return when the frame ceases to be shown, in ticks."""
        rate = exact(self._video.stream.average_rate)
        usual = round(1 / (rate * self._video.time_base)) if rate else 1
        return moment(frame) + max(frame.duration or 0, usual)


@dataclass(slots=True)
class _Tail:
    """What came of decoding to the end."""

    first: int
    """When the first packet read is shown."""
    frame: av.VideoFrame | None = None
    """The frame shown last."""
    latest: int = -1
    """When the last packet that is not hidden is shown."""
    trimmed: bool = False
    """An edit list hides packets."""
    damaged: int | None = None
    """When the first damaged frame is shown."""
    _met: bool = False

    def meet(self, packet: Packet) -> None:
        """Take note of a packet before it is decoded."""
        if not self._met:
            self.first, self._met = moment(packet), True
        if packet.is_discard:
            self.trimmed = True
        else:
            self.latest = max(self.latest, moment(packet))

    def take(self, frames: list[av.VideoFrame]) -> None:
        """Keep the latest of decoded frames."""
        for frame in frames:
            now = moment(frame)
            if self.frame is None or now >= moment(self.frame):
                self.frame = frame
            # Frames shown before the key frame refer to ones that were not read: they are not the file's fault.
            if frame.is_corrupt and now >= self.first and self.damaged is None:
                self.damaged = now
