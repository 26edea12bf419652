"""Join clips of one encoding without touching their coded pictures."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.container import OutputContainer
from av.error import FFmpegError
from av.video import VideoStream

from video_gen.media.audio_track import AudioTrack, Samples
from video_gen.media.clip import Clip
from video_gen.media.opening import OpenVideo, Packet, open_video
from video_gen.media.publish import publishing, writing
from video_gen.media.watch import Watch

_APPLE_TAG: Final = "hvc1"  # HEVC under the tag that FFmpeg prefers, hev1, does not play on Apple's devices


def can_copy(clips: Sequence[Clip]) -> bool:
    """Tell whether all clips are of one encoding, and nothing of them is cut off."""
    return all(clip.copyable and clip.encoding == clips[0].encoding for clip in clips)


def join_by_copy(clips: Sequence[Clip], sound: Iterator[Samples] | None, out: Path, watch: Watch) -> None:
    """Write `clips`, which `can_copy`, one behind the other; only `sound` is encoded.

    Raises:
        VerificationError: a clip is damaged.
        StorageError: the disk refused.
        JobCancelledError: asked to stop.
    """
    with publishing(out) as partial:
        joint = _Joint(clips, sound, out, watch)
        with writing(out):
            container = av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"})
        try:
            joint.write(container)
            with writing(out):
                container.close()
        finally:
            _abandon(container)


def _abandon(container: OutputContainer) -> None:
    """Close without a word: the first error is the one to tell, and closing twice harms nobody."""
    try:
        container.close()
    except (FFmpegError, OSError, ValueError):
        return


class _Joint:
    """The state of one joining: where on the common clock it is."""

    def __init__(self, clips: Sequence[Clip], sound: Iterator[Samples] | None, out: Path, watch: Watch) -> None:
        self._clips, self._out, self._watch = clips, out, watch
        self._time_base = clips[0].encoding.time_base
        self._total = sum((clip.seconds for clip in clips), Fraction(0))
        self._track = None if sound is None else AudioTrack(sound)
        self._base = 0
        """When the clip at hand starts, in ticks."""
        self._last_dts: int | None = None

    def write(self, container: OutputContainer) -> None:
        stream: VideoStream | None = None
        for clip in self._clips:
            with open_video(clip.path, threads=1) as video:
                if stream is None:
                    stream = self._begin(container, video)
                self._append(container, stream, video, clip)
            self._base += round(clip.seconds / self._time_base)
        if self._track is not None:
            self._track.advance(self._total)
            self._track.finish()

    def _begin(self, container: OutputContainer, video: OpenVideo) -> VideoStream:
        with writing(self._out):
            stream = container.add_stream_from_template(video.stream, opaque=True)
            if video.codec == "hevc":
                stream.codec_context.codec_tag = _APPLE_TAG
            if self._track is not None:
                self._track.open(container, lambda packets: self._mux(container, packets))
        return stream

    def _append(self, container: OutputContainer, stream: VideoStream, video: OpenVideo, clip: Clip) -> None:
        shift = self._base - round(clip.start / self._time_base)
        usual = round(1 / (clip.rate * self._time_base))
        for packet in _timed(video.container.demux(video.stream), usual):
            self._retime(packet, shift)
            packet.stream = stream
            done = (packet.dts or 0) * self._time_base
            self._watch.at(float(done / self._total))
            self._mux(container, [packet])
            if self._track is not None:
                self._track.advance(max(Fraction(0), done))

    def _retime(self, packet: Packet, shift: int) -> None:
        """Move a packet to its place; decoding times must rise, also across the joint."""
        pts = (packet.pts if packet.pts is not None else packet.dts or 0) + shift
        dts = (packet.dts if packet.dts is not None else packet.pts or 0) + shift
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + 1)
        self._last_dts = dts
        packet.pts, packet.dts = max(pts, dts), dts

    def _mux(self, container: OutputContainer, packets: Any) -> None:
        with writing(self._out):
            for packet in packets:
                container.mux(packet)


def _timed(packets: Iterable[Packet], usual: int) -> Iterator[Packet]:
    """Give decoding times to the first packets: Matroska stores none, and FFmpeg cannot guess those before the first.

    Without them, the delay between decoding and showing would be lost, and the result be shorter than its parts.
    """
    waiting = list[Packet]()
    for packet in packets:
        if not packet.size:
            continue
        waiting.append(packet)
        if packet.dts is not None:
            for back, early in enumerate(reversed(waiting)):
                early.dts = packet.dts - back * usual
            yield from waiting
            waiting.clear()
    yield from waiting
