"""What is known of a media file."""

from typing import Final, Literal

from pydantic import Field

from video_gen.spec.value import Value

UNMADE: Final = "0" * 64
"""Stands for the content of a picture or video that is not made yet: it can be planned with, and not be handed in."""


class MediaRef(Value):
    """A picture or video handed in, stored by content: the bytes live beside the store under `sha256`."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media_type: str
    """By content, not by name: "image/png", "video/mp4" ..."""
    bytes: int = Field(ge=1)
    width: int | None = None
    """Pixels as shown, after EXIF or display rotation."""
    height: int | None = None
    seconds: float | None = None
    label: str = ""
    """What the caller called it (a file name or URL without its query), for messages."""

    @property
    def kind(self) -> Literal["image", "video", "audio"]:
        """The first half of the media type."""
        head = self.media_type.partition("/")[0]
        return "video" if head == "video" else "audio" if head == "audio" else "image"


class AudioInfo(Value):
    """The first audio stream of a file."""

    codec: str
    rate: int
    """Samples a second."""
    channels: int
    seconds: float | None = None


class MediaInfo(Value):
    """What a probe found in a video file, or in an image: that lasts 0 s and has one frame."""

    container: str
    bytes: int
    seconds: float
    """How long the video stream is shown; not the container's duration, which may be the audio's."""
    width: int
    """Pixels as shown, after display rotation."""
    height: int
    rotation: int = 0
    """Degrees a player turns the coded picture, counter-clockwise: 0, 90, 180 or 270."""
    fps: float
    """Average frames a second."""
    frames: int | None = None
    """Frames shown; None where only decoding would tell."""
    codec: str
    pixel_format: str
    color: str | None = None
    """Colour primaries/matrix in words ("bt709"), None where the file does not say."""
    audio: AudioInfo | None = None
    faststart: bool | None = None
    """The index precedes the data, so playback starts before the download ends; None outside MP4."""
    tags: dict[str, str] = Field(default_factory=dict)
