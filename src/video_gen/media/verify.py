"""Is a file a complete, playable video, and is it what was promised?

Two questions with two kinds of answer. A file that is cut off or cannot be played is an error: fetch it again. A good
video of 7.97 s instead of 8, or of 1280x704 instead of 1280x720, is a fact to tell, and no reason to throw away what
was paid for.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from video_gen.exceptions import VerificationError
from video_gen.media.opening import DEFAULT_LIMITS, Limits, OpenVideo, decoding, open_sound, open_video
from video_gen.media.probe import probe
from video_gen.media.reader import FrameReader
from video_gen.spec.media import MediaInfo

_STRICT: Final = {"err_detect": "explode"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What was promised; None where nothing was. Within its tolerance a value counts as kept."""

    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    audio: bool | None = None
    """Whether there is sound."""
    seconds_tolerance: float = 0.3
    """Seconds; models deliver whole groups of frames, such as 81 at 16 fps for 5 s."""
    seconds_tolerance_ratio: float = 0.02
    """The same as part of the length; the larger one counts."""
    size_tolerance: float = 0.03
    """Part of each side; models deliver multiples of 16 or 32 pixels, such as 704 for 720."""
    fps_tolerance: float = 0.02
    """Part of the rate: 23.976 is 24."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One promise that was not kept."""

    what: str
    """"seconds", "size", "fps" or "audio"."""
    promised: str
    delivered: str

    def __str__(self) -> str:
        """Return "promised 8 s, delivered 5.04 s"."""
        return f"promised {self.promised}, delivered {self.delivered}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A complete, playable video, and how it differs from what was promised."""

    info: MediaInfo
    differences: tuple[Difference, ...] = field(default=())

    @property
    def as_promised(self) -> bool:
        """Whether every promise was kept."""
        return not self.differences

    def require(self) -> MediaInfo:
        """Return the info of a video that is as promised.

        Raises:
            VerificationError: it is not; names what was promised and what was delivered.
        """
        if self.differences:
            raise VerificationError("the video is not what was promised: " + "; ".join(map(str, self.differences)))
        return self.info


def verify(
    path: Path,
    expected: Expectation | None = None,
    *,
    thorough: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Verified:
    """Check that a video is complete by its structure and playable, and compare it with what was promised.

    Decodes the first frame and the last group of pictures; `thorough` decodes everything, sound too, and accepts no
    error in it.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no video, cut off or damaged; never for a broken promise.
    """
    path = Path(path)
    info = probe(path, limits=limits)
    with open_video(path, limits) as video:
        if thorough:
            _decode_all(video, info)
        else:
            FrameReader(video).last(flawless=True)
    if thorough and info.audio:
        _decode_sound(path)
    return Verified(info=info, differences=tuple(_differences(info, expected or Expectation())))


def _decode_all(video: OpenVideo, info: MediaInfo) -> None:
    codec = video.stream.codec_context
    codec.options = {**codec.options, **_STRICT}
    count = 0
    for frame in video.container.decode(video.stream):
        if frame.is_corrupt:
            raise VerificationError(f"`{video.path}` is damaged at {frame.time or 0:.2f} s")
        count += 1
    if info.frames is not None and count < info.frames:
        raise VerificationError(f"`{video.path}` is damaged: {count} of its {info.frames} frames can be decoded")


def _decode_sound(path: Path) -> None:
    with open_sound(path) as container, decoding(path):
        stream = container.streams.audio[0]
        stream.codec_context.options = dict(_STRICT)
        for _ in container.decode(stream):
            pass


def _differences(info: MediaInfo, expected: Expectation) -> list[Difference]:
    found = []
    if expected.seconds is not None:
        allowed = max(expected.seconds_tolerance, expected.seconds * expected.seconds_tolerance_ratio)
        if abs(info.seconds - expected.seconds) > allowed:
            found.append(
                Difference(what="seconds", promised=f"{expected.seconds:g} s", delivered=f"{info.seconds:.2f} s")
            )
    if _off(info.width, expected.width, expected.size_tolerance) or _off(
        info.height, expected.height, expected.size_tolerance
    ):
        promised = f"{expected.width or 'any'}x{expected.height or 'any'}"
        found.append(Difference(what="size", promised=promised, delivered=f"{info.width}x{info.height}"))
    if expected.fps is not None and _off(info.fps, expected.fps, expected.fps_tolerance):
        found.append(Difference(what="fps", promised=f"{expected.fps:g} fps", delivered=f"{info.fps:g} fps"))
    if expected.audio is not None and expected.audio != (info.audio is not None):
        found.append(
            Difference(what="audio", promised=_sound(expected.audio), delivered=_sound(info.audio is not None))
        )
    return found


def _off(delivered: float, promised: float | None, tolerance: float) -> bool:
    return promised is not None and abs(delivered - promised) > promised * tolerance


def _sound(present: bool) -> str:  # noqa: FBT001 # it is the value that is put into words
    return "sound" if present else "no sound"
