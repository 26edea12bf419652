"""The one place that opens video nobody vouches for.

FFmpeg chooses a demuxer by content: a file named .mp4 may be a playlist that reads other files or the network. So the
container formats and protocols are allow lists, sizes are checked in the file's own index before any decoder runs, and
again in the decoder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video import VideoStream

from video_gen.exceptions import MediaInputError, VerificationError
from video_gen.media.structure import Structure, file_size, read_structure
from video_gen.media.track import Track

if TYPE_CHECKING:  # packets are generic in PyAV's stubs alone
    Packet = av.Packet[VideoStream]
else:
    Packet = av.Packet

_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
THREADS: Final = 8  # more decode little faster, and each holds a frame
_AV_MAJOR: Final = int(av.__version__.partition(".")[0])
# Before PyAV 19 a tag that is not UTF-8 raises; since then it arrives with escapes, and this option is gone.
_LENIENT_TAGS: Final[dict[str, Any]] = {"metadata_errors": "replace"} if _AV_MAJOR < 19 else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The largest video that is opened."""

    bytes: int = 4 * 2**30
    pixels: int = 8192 * 8192
    seconds: float = 3600.0


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenVideo:
    """A video open for reading. Its times are exact fractions of a second."""

    path: Path
    structure: Structure
    container: InputContainer
    stream: VideoStream
    time_base: Fraction
    """A copy: the stream's own may not be read once the container is closed."""

    @property
    def codec(self) -> str:
        """The picture's codec, whichever library decodes it: "h264", "hevc", "av1" ..."""
        return self.stream.codec_context.codec.canonical_name

    def rewind(self) -> None:
        """Go back to the first frame."""
        self.container.seek(self.stream.start_time or 0, stream=self.stream)


@contextmanager
def open_video(path: Path, limits: Limits = DEFAULT_LIMITS, *, threads: int = THREADS) -> Iterator[OpenVideo]:
    """Open a complete video within `limits`, ready to decode its first real picture track.

    A single frame comes sooner from one thread: several must each be fed first. What FFmpeg says inside the block is
    raised as a `VerificationError` that names the file.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it may not be read, or is beyond the limits.
        VerificationError: it is no complete video.
    """
    structure = read_structure(path)
    _check_structure(path, structure, limits)
    with decoding(path), _open(path, limits) as container:
        stream = _picture_stream(container, path)
        codec = stream.codec_context
        _check_picture(path, codec.width, codec.height, limits)
        codec.options = {"max_pixels": str(limits.pixels)}
        codec.thread_type, codec.thread_count = "AUTO", threads
        yield OpenVideo(
            path=path, structure=structure, container=container, stream=stream, time_base=exact(stream.time_base)
        )


@contextmanager
def open_sound(path: Path) -> Iterator[InputContainer]:
    """Open the sound of a video that `open_video` has already accepted."""
    with decoding(path), _open(path, DEFAULT_LIMITS) as container:
        yield container


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Raise what FFmpeg says as an error of ours that names `path`."""
    try:
        yield
    except FFmpegError as error:
        words = error.strerror or str(error)
        raise VerificationError(f"`{path}` cannot be decoded, it is damaged: {words}") from error


def exact(ratio: Any) -> Fraction:
    """Return PyAV's ratio (a Fraction before version 19, a type of its own since) as a Fraction; None and 0/0 as 0."""
    return Fraction(ratio.numerator, ratio.denominator) if ratio is not None and ratio.denominator else Fraction(0)


def moment(item: av.VideoFrame | Packet) -> int:
    """Return when it is shown, in ticks; where only the decoding time is known, that."""
    moment = item.dts if item.pts is None else item.pts
    return 0 if moment is None else moment


def _open(path: Path, limits: Limits) -> InputContainer:
    container: InputContainer = av.open(
        str(path.absolute()),
        options={"max_pixels": str(limits.pixels)},
        container_options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
        **_LENIENT_TAGS,
    )
    return container


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    if container.streams.video:
        raise VerificationError(f"`{path}` holds no moving picture that can be decoded")
    raise VerificationError(f"`{path}` holds no picture, only {'sound' if container.streams.audio else 'data'}")


def _check_structure(path: Path, structure: Structure, limits: Limits) -> None:
    size = file_size(path)
    if size > limits.bytes:
        raise MediaInputError(f"`{path}` has {size} bytes, the limit is {limits.bytes}: cut or re-encode it")
    for track in structure.tracks:
        _check_track(path, track, limits)


def _check_track(path: Path, track: Track, limits: Limits) -> None:
    _check_picture(path, track.width, track.height, limits)
    if track.seconds is not None and track.seconds > limits.seconds:
        raise MediaInputError(f"`{path}` lasts {track.seconds:.0f} s, the limit is {limits.seconds:.0f} s: cut it")


def _check_picture(path: Path, width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise MediaInputError(
            f"`{path}` is {width}x{height}, {width * height} pixels, the limit is {limits.pixels}: scale it down"
        )
