"""Pictures and videos that a caller hands in, in whatever form, as bytes of a known kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Final

from PIL import Image

from video_gen.exceptions import MediaInputError, MediaNotFoundError, StorageError, VerificationError
from video_gen.media import sniff, still
from video_gen.media.input_text import read_text
from video_gen.media.opening import Limits
from video_gen.media.probe import probe
from video_gen.media.srgb import to_srgb
from video_gen.media.structure import file_size
from video_gen.spec.media import MediaRef

Source = str | Path | bytes | bytearray | memoryview | Image.Image | BinaryIO
Fetch = Callable[[str], bytes]
"""Returns what a URL holds; guards against private addresses and endless answers are its business."""

_VIDEOS: Final = frozenset({sniff.MP4, sniff.QUICKTIME, sniff.WEBM})
ACCEPTED: Final = f"a picture ({still.ACCEPTED}) or a video (MP4, QuickTime or WebM)"


@dataclass(frozen=True, kw_only=True, slots=True)
class InputLimits:
    """The largest pictures and videos that are taken in."""

    picture: still.StillLimits = still.DEFAULT_STILL_LIMITS
    video: Limits = field(default=Limits(bytes=512 * 2**20, seconds=600))

    @property
    def bytes(self) -> int:
        """The most bytes of anything."""
        return max(self.picture.bytes, self.video.bytes)


DEFAULT_INPUT_LIMITS: Final = InputLimits()


@dataclass(frozen=True, kw_only=True, slots=True)
class InputMedia:
    """A complete, undamaged picture or video, as it was handed in."""

    data: bytes = field(repr=False)
    media_type: str
    """By content, not by name."""
    width: int
    """Pixels as shown."""
    height: int
    seconds: float | None = None
    """None for a picture."""
    label: str = ""
    """What the caller called it."""
    sha256: str

    def ref(self) -> MediaRef:
        """Return the value that requests carry in its stead."""
        return MediaRef(
            sha256=self.sha256,
            media_type=self.media_type,
            bytes=len(self.data),
            width=self.width,
            height=self.height,
            seconds=self.seconds,
            label=self.label,
        )


def read_input(
    source: Source,
    *,
    fetch: Fetch | None = None,
    limits: InputLimits = DEFAULT_INPUT_LIMITS,
    local_files: bool = True,
    label: str = "",
) -> InputMedia:
    """Read a picture or video, find out what it is by its content, and check that all of it is there and decodes.

    Args:
        source: a path, an http(s) URL, a data URI, base64, bytes, a PIL image, or a file open for reading bytes.
        fetch: how to read a URL; without it, URLs are refused.
        limits: the largest that is taken in.
        local_files: whether paths may be read. A server must say no: its callers' paths are not its own.
        label: what to call it in messages; by default the path, the URL without its query, or the form it came in.

    Raises:
        MediaNotFoundError: a path or name leads nowhere.
        MediaInputError: it cannot be read, is too large, of a kind that is not accepted, or damaged. The message says
            which, and what to do; long texts are not repeated in it.
        StorageError: there is no room to lay a video aside while it is looked at.
    """
    if isinstance(source, Image.Image):
        return _described(_png(source, limits), label or "picture", limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _described(bytes(source), label or "bytes", limits)
    if isinstance(source, str):
        found = read_text(source, fetch=fetch, most=limits.bytes, local_files=local_files)
        if not isinstance(found, Path):
            return _described(found.data, label or found.label, limits)
        source = found
    if isinstance(source, Path):
        if not local_files:
            raise MediaInputError(f"`{source.name}` is a path: local files are not read here, send the content itself")
        still.check_bytes(file_size(source), str(source), limits.bytes)
        return _described(source.read_bytes(), label or str(source), limits, path=source)
    return _from_stream(source, label, limits)


def _from_stream(stream: BinaryIO, label: str, limits: InputLimits) -> InputMedia:
    if not callable(getattr(stream, "read", None)):
        raise MediaInputError(
            f"a {type(stream).__name__} is neither a path, a URL, bytes, an open file nor a PIL image: give one of them"
        )
    label = label or Path(str(getattr(stream, "name", "") or "file")).name
    try:
        data = _read_to(stream, limits.bytes + 1, label)
    except (OSError, ValueError) as error:  # a closed file raises ValueError
        raise MediaInputError(f"`{label}` cannot be read: {error}") from error
    return _described(data, label, limits)


def _read_to(stream: BinaryIO, most: int, label: str) -> bytes:
    """Read to the end, or `most` bytes; sockets and pipes give less at a time than is asked for."""
    parts, missing = list[bytes](), most
    while missing and (part := stream.read(missing)):
        if not isinstance(part, bytes):
            raise MediaInputError(f'`{label}` is open as text: open it with mode "rb"')
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _png(picture: Image.Image, limits: InputLimits) -> bytes:
    if picture.width * picture.height > limits.picture.pixels:
        raise MediaInputError(
            f"the picture is {picture.width}x{picture.height}, over {limits.picture.pixels} pixels: scale it down"
        )
    if not picture.width or not picture.height:
        raise MediaInputError("the picture holds no pixels: its width or height is 0")
    try:
        return still.to_png(to_srgb(picture))
    except (OSError, ValueError) as error:  # it may be open on a damaged file
        raise MediaInputError(f"the picture cannot be read: {error}") from error


def _described(data: bytes, label: str, limits: InputLimits, *, path: Path | None = None) -> InputMedia:
    kind = sniff.sniff(data[: sniff.HEAD_BYTES])
    if kind in _VIDEOS:
        still.check_bytes(len(data), label, limits.video.bytes)
        width, height, seconds = _video(data, label, limits.video, path)
    else:
        still.check_bytes(len(data), label, limits.picture.bytes)
        if not kind.media_type.startswith("image/"):
            raise still.refuse(kind, label, ACCEPTED)
        (width, height), seconds = still.still_size(data, label=label, limits=limits.picture), None
    return InputMedia(
        data=data,
        media_type=kind.media_type,
        width=width,
        height=height,
        seconds=seconds,
        label=label,
        sha256=sha256(data).hexdigest(),
    )


def _video(data: bytes, label: str, limits: Limits, path: Path | None) -> tuple[int, int, float]:
    if path is None:
        with NamedTemporaryFile(prefix="video-gen-") as file:
            try:
                file.write(data)
                file.flush()
            except OSError as error:
                raise StorageError(f"`{label}` cannot be laid aside in {file.name}: {error.strerror}") from error
            return _video(data, label, limits, Path(file.name))
    try:
        info = probe(path, limits=limits)
    except (VerificationError, MediaNotFoundError, MediaInputError) as error:
        raise MediaInputError(str(error).replace(str(path), label)) from error
    return info.width, info.height, info.seconds
