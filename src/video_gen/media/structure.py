"""How a video file is built, as its own index declares it: read before any decoder sees the file."""

from dataclasses import dataclass
from pathlib import Path

from video_gen.exceptions import MediaInputError, MediaNotFoundError, VerificationError
from video_gen.media import boxes, matroska, sniff
from video_gen.media.track import Track


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """A complete file's declared content."""

    bytes: int
    container: str
    """"mp4", "mov", "webm" or "matroska"."""
    tracks: tuple[Track, ...]
    faststart: bool | None = None
    """The index precedes the data; None outside MP4."""
    indexed: bool = False
    """One index describes every frame: true of MP4 that is not fragmented."""

    @property
    def picture(self) -> Track | None:
        """The first track of pictures."""
        return next((track for track in self.tracks if track.kind == "video"), None)


def read_structure(path: Path) -> Structure:
    """Walk through the file's boxes or elements, about a millisecond for a minute of video, and find it complete.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it is a folder, a device, or may not be read.
        VerificationError: it is no video, it is cut off, or its index is missing or damaged. The message says which.
    """
    size = file_size(path)
    with path.open("rb") as file:
        kind = sniff.sniff(file.read(sniff.HEAD_BYTES))
        if kind in {sniff.MP4, sniff.QUICKTIME}:
            layout = boxes.walk(file, size, str(path))
            return Structure(
                bytes=size,
                container="mov" if kind is sniff.QUICKTIME else "mp4",
                tracks=layout.tracks,
                faststart=layout.faststart,
                indexed=not layout.fragmented,
            )
        if kind in {sniff.WEBM, sniff.MATROSKA}:
            tracks = matroska.walk(file, size, str(path))
            return Structure(bytes=size, container="webm" if kind is sniff.WEBM else "matroska", tracks=tracks)
    raise VerificationError(f"`{path}` is {kind.words}: not an MP4, QuickTime, WebM or Matroska video")


def file_size(path: Path) -> int:
    """Return the bytes of a regular file that may be read.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it is a folder, a device, or may not be read.
    """
    try:
        if path.is_dir():
            raise MediaInputError(f"`{path}` is a folder: name a file in it")
        size = path.stat().st_size
        if not path.is_file():
            raise MediaInputError(f"`{path}` is not a regular file: save its content to one first")
        with path.open("rb"):
            return size
    except FileNotFoundError:
        raise MediaNotFoundError(
            f"`{path}` does not exist: check the path, relative ones start at {Path.cwd()}"
        ) from None
    except OSError as error:
        raise MediaInputError(f"`{path}` cannot be read: {error.strerror or error}") from error
