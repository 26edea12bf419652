"""Is a file a complete image, and is it what was promised? The same two questions as of a video, in `verify.py`."""

from pathlib import Path

from PIL import Image

from video_gen.exceptions import MediaInputError, VerificationError
from video_gen.media import sniff
from video_gen.media.still import open_still
from video_gen.spec.media import MediaInfo


def verify_image(path: Path) -> tuple[MediaInfo, str]:
    """Decode an image whole; return what it is, and its media type by its content.

    Raises:
        VerificationError: it is damaged, no image, or of a format that is not accepted.
    """
    try:
        picture = open_still(path, label=path.name)
    except MediaInputError as error:
        raise VerificationError(error.message) from error
    with path.open("rb") as file:
        media_type = sniff.sniff(file.read(sniff.HEAD_BYTES)).media_type
    return _info(picture, path, media_type.partition("/")[2]), media_type


def _info(picture: Image.Image, path: Path, container: str) -> MediaInfo:
    return MediaInfo(
        container=container,
        bytes=path.stat().st_size,
        seconds=0,
        width=picture.width,
        height=picture.height,
        fps=0,
        frames=1,
        codec=container,
        pixel_format="rgba" if picture.mode == "RGBA" else "rgb24",
    )
