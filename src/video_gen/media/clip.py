"""A video, or a part of one, that is to be joined with others."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Self

from video_gen.media.opening import DEFAULT_LIMITS, Limits, OpenVideo, exact, open_video
from video_gen.media.orientation import Orientation
from video_gen.media.probe import average_rate, describe, first_shown
from video_gen.media.timeline import Timeline
from video_gen.media.tint import Tint
from video_gen.spec.media import MediaInfo

_MP4_CODECS: Final = frozenset({"h264", "hevc", "av1", "vp9"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """All that must be equal for one stream to go on in another: decoders are set up once, from the first clip."""

    codec: str
    extradata: bytes | None
    width: int
    height: int
    pixels: str | None
    time_base: Fraction
    color: tuple[int, int, int, int]
    orientation: Orientation


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What joining needs to know of a clip. Times are exact seconds on the file's own clock."""

    path: Path
    info: MediaInfo
    start: Fraction
    """When its first frame is shown."""
    seconds: Fraction
    """How long its picture is shown."""
    rate: Fraction
    """Frames a second."""
    encoding: Encoding
    copyable: bool
    """Its coded frames may be copied: all of them are shown, and an MP4 may hold them."""
    tint: Tint | None = None
    """What its colours are shifted by when it is encoded anew."""

    @classmethod
    def read(cls, path: Path, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Read a complete video; errors as of `probe`."""
        with open_video(path, limits, threads=1) as video:
            frame = first_shown(video)
            timeline = Timeline.of(video)
            video.rewind()
            opening = next((packet for packet in video.container.demux(video.stream) if packet.size), None)
            orientation = Orientation.of(frame, exact(video.stream.sample_aspect_ratio) or Fraction(1))
            whole = not timeline.trimmed and opening is not None and opening.is_keyframe
            return cls(
                path=path,
                info=describe(video, frame),
                start=timeline.start * video.time_base,
                seconds=(timeline.end - timeline.start) * video.time_base,
                rate=average_rate(video, timeline),
                encoding=_encoding(video, orientation),
                copyable=whole and video.codec in _MP4_CODECS,
            )

    def part(self, begin: Fraction, end: Fraction) -> Self:
        """Return the part from `begin` to `end`, in seconds from this clip's start."""
        return replace(self, start=self.start + begin, seconds=end - begin, copyable=False)


def _encoding(video: OpenVideo, orientation: Orientation) -> Encoding:
    codec = video.stream.codec_context
    return Encoding(
        codec=video.codec,
        extradata=codec.extradata,
        width=codec.width,
        height=codec.height,
        pixels=codec.pix_fmt,
        time_base=video.time_base,
        color=(codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range),
        orientation=orientation,
    )
