"""Say what a video file is."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from video_gen.exceptions import VerificationError
from video_gen.media.color import color_words
from video_gen.media.opening import DEFAULT_LIMITS, Limits, OpenVideo, decoding, exact, open_video
from video_gen.media.orientation import Orientation
from video_gen.media.timeline import Timeline
from video_gen.spec.media import AudioInfo, MediaInfo

_CONTAINER_TAGS: Final = frozenset({"major_brand", "minor_version", "compatible_brands"})
_MAX_TAGS: Final = 64
_MAX_TAG_LENGTH: Final = 4096
_RATE_TOLERANCE: Final = 0.05  # rounded time stamps and a frame lost at a cut stay within it


def probe(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> MediaInfo:
    """Return what is known of a complete video, about 20 ms for MP4. One frame is decoded, for its orientation.

    MP4 is answered from its index; Matroska, WebM and fragmented MP4 are read through once to count frames.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no video, not complete, or its first frame cannot be decoded.
    """
    with open_video(Path(path), limits, threads=1) as video:
        return describe(video, first_shown(video))


def first_shown(video: OpenVideo) -> av.VideoFrame:
    """Decode the first frame of a freshly opened video.

    Raises:
        VerificationError: there is none.
    """
    with decoding(video.path):
        frame = next(iter(video.container.decode(video.stream)), None)
    if frame is None:
        raise VerificationError(f"`{video.path}` holds no frame that can be decoded")
    return frame


def describe(video: OpenVideo, frame: av.VideoFrame) -> MediaInfo:
    """Return what is known of an open video; `frame` is any frame of it."""
    timeline = Timeline.of(video)
    codec = video.stream.codec_context
    orientation = Orientation.of(frame, exact(video.stream.sample_aspect_ratio))
    width, height = orientation.size(frame.width, frame.height)
    seconds = (timeline.end - timeline.start) * video.time_base
    return MediaInfo(
        container=video.structure.container,
        bytes=video.structure.bytes,
        seconds=round(float(seconds), 6),
        width=width,
        height=height,
        rotation=orientation.rotation,
        fps=round(float(average_rate(video, timeline)), 6),
        frames=timeline.frames,
        codec=video.codec,
        pixel_format=frame.format.name,
        color=color_words(codec),
        audio=_audio(video),
        faststart=video.structure.faststart,
        tags=_tags(video),
    )


def average_rate(video: OpenVideo, timeline: Timeline) -> Fraction:
    """Return frames a second: the file's own fraction where it holds (30000/1001), else frames over duration."""
    counted = timeline.frames / ((timeline.end - timeline.start) * video.time_base)
    declared = exact(video.stream.average_rate)
    return declared if declared and abs(declared / counted - 1) < _RATE_TOLERANCE else counted


def _audio(video: OpenVideo) -> AudioInfo | None:
    for stream in video.container.streams.audio:
        if stream.codec_context is not None:
            ticks = stream.duration
            return AudioInfo(
                codec=stream.codec_context.codec.canonical_name,
                rate=stream.rate,
                channels=stream.channels,
                seconds=None if ticks is None else round(float(ticks * exact(stream.time_base)), 6),
            )
    return None


def _tags(video: OpenVideo) -> dict[str, str]:
    found = [(name, text) for name, text in video.container.metadata.items() if name.lower() not in _CONTAINER_TAGS]
    return {_readable(name).lower(): _readable(text) for name, text in found[:_MAX_TAGS]}


def _readable(text: str) -> str:
    """Return tag text that can be stored: cut at a limit, and all of it characters."""
    return text[:_MAX_TAG_LENGTH].encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")
