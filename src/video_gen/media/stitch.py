"""Join videos into one."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from video_gen.exceptions import InvalidRequestError
from video_gen.media.clip import Clip
from video_gen.media.composing import common_rate, frame_counts
from video_gen.media.joining import join
from video_gen.media.opening import DEFAULT_LIMITS, Limits
from video_gen.media.probe import probe
from video_gen.media.watch import Cancelled, Progress, Watch
from video_gen.spec.media import MediaInfo

_SUFFIXES: Final = frozenset({".mp4", ".m4v"})


def stitch(
    clips: Sequence[Path],
    out: Path,
    *,
    crossfade: float = 0.0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> MediaInfo:
    """Join `clips` in order into one MP4, `out`, and return what it is.

    Where all clips are of one encoding, their pictures are copied bit by bit. Otherwise, and for a cross-fade, all are
    decoded and encoded as H.264 in the first clip's size and frame rate: others are scaled whole, with black bars where
    shapes differ, and HDR is mapped to BT.709. Sound is encoded as AAC in either case and stays within a millisecond of
    its picture at each joint; clips without sound are silent. Memory does not grow with length. `out` may be one of
    the clips.

    Args:
        clips: the files.
        out: named .mp4; replaced when it exists.
        crossfade: seconds for which each clip fades into the next, picture and sound.
        progress: told 0..1.
        cancelled: asked between frames; True stops.
        limits: the largest clip that is opened.

    Raises:
        InvalidRequestError: no clips, another ending than .mp4, or a cross-fade longer than a clip.
        MediaNotFoundError: a clip does not exist.
        MediaInputError: a clip may not be read, or is beyond `limits`.
        VerificationError: a clip is no complete video, or damaged; names it.
        StorageError: the disk refused.
        JobCancelledError: asked to stop; nothing is left behind.
    """
    out = Path(out)
    _check(clips, out, crossfade)
    watch = Watch(progress, cancelled)
    watch.at(0.0)
    read = [Clip.read(Path(path), limits) for path in clips]
    overlap = round(Fraction(crossfade) * common_rate(read)) if len(read) > 1 else 0
    if overlap:
        _check_overlap(read, overlap, crossfade)
    join(read, [overlap] * (len(read) - 1), out, watch)
    watch.at(1.0)
    return probe(out)


def trim(
    video: Path,
    out: Path,
    start: float = 0.0,
    end: float | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> MediaInfo:
    """Write the part of `video` from `start` to `end` seconds (None: its end) as MP4, exact to the frame.

    It is encoded anew. Errors as of `stitch`.

    Raises:
        InvalidRequestError: the part is empty, or reaches beyond the video.
    """
    out = Path(out)
    _check([video], out, 0.0)
    watch = Watch(progress, cancelled)
    clip = Clip.read(Path(video), limits)
    stop = clip.seconds if end is None else Fraction(end)
    if not 0 <= start < stop or stop > clip.seconds + 1 / clip.rate:
        raise InvalidRequestError(
            f"`start={start:g}, end={float(stop):g}` is no part of `{video}`, which lasts {float(clip.seconds):.3f} s"
        )
    join([clip.part(Fraction(start), min(stop, clip.seconds))], [], out, watch)
    watch.at(1.0)
    return probe(out)


def _check(clips: Sequence[Path], out: Path, crossfade: float) -> None:
    if not clips:
        raise InvalidRequestError("there is nothing to join: name at least one clip")
    if out.suffix.lower() not in _SUFFIXES:
        raise InvalidRequestError(f"`{out}` cannot be written: joining makes MP4, let the name end in .mp4")
    if not 0 <= crossfade < float("inf"):
        raise InvalidRequestError(f"`crossfade={crossfade}` is out of range: choose 0 or more seconds")


def _check_overlap(clips: Sequence[Clip], overlap: int, crossfade: float) -> None:
    rate = common_rate(clips)
    for number, (clip, count) in enumerate(zip(clips, frame_counts(clips, rate), strict=True)):
        fades = (number > 0) + (number < len(clips) - 1)
        if overlap * fades > count:
            ends = "both its ends" if fades == 2 else "one end"
            raise InvalidRequestError(
                f"`crossfade={crossfade:g}` is too long for `{clip.path}`, which lasts {float(clip.seconds):.2f} s and "
                f"fades at {ends}: choose at most {float(count // fades / rate):.2f}"
            )
