"""Join clips of different kinds: every picture is decoded, fitted to the first clip's size and rate, and encoded."""

from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from video_gen.exceptions import VerificationError
from video_gen.media.audio_track import Samples
from video_gen.media.canvas import Canvas, Fitter, Planes, mix
from video_gen.media.clip import Clip
from video_gen.media.encode import VideoWriter
from video_gen.media.frame_rate import frame_rate
from video_gen.media.opening import moment, open_video
from video_gen.media.watch import Watch

Pictures = Generator[Planes, None, None]


def frame_counts(clips: Sequence[Clip], rate: Fraction) -> list[int]:
    """Return how many frames each clip lasts at `rate`, at least one."""
    return [max(1, round(clip.seconds * rate)) for clip in clips]


def common_rate(clips: Sequence[Clip]) -> Fraction:
    """Return the first clip's frame rate, within what can be encoded."""
    return frame_rate(min(Fraction(120), max(Fraction(1), clips[0].rate)).limit_denominator(100_000))


def join_by_encoding(
    clips: Sequence[Clip],
    sound: Iterator[Samples] | None,
    out: Path,
    watch: Watch,
    *,
    overlaps: Sequence[int],
) -> None:
    """Write `clips` one behind the other as H.264, BT.709; `overlaps` says how many frames of each fade into the next.

    One frame of one clip, or of two while they overlap, is held at a time.

    Raises:
        VerificationError: a clip is damaged.
        StorageError: the disk refused.
        JobCancelledError: asked to stop.
    """
    rate = common_rate(clips)
    canvas = Canvas.around(clips[0].info.width, clips[0].info.height)
    counts = frame_counts(clips, rate)
    total = sum(counts) - sum(overlaps)
    runs = [_pictures(clip, canvas, rate, count) for clip, count in zip(clips, counts, strict=True)]
    with VideoWriter(out, width=canvas.width, height=canvas.height, fps=rate, audio=sound) as writer:
        for number, planes in enumerate(_blended(runs, counts, overlaps)):
            watch.at(number / total)
            picture = writer.picture()
            picture.y[:], picture.u[:], picture.v[:] = planes
            writer.write(picture)


def _blended(runs: Sequence[Pictures], counts: Sequence[int], overlaps: Sequence[int]) -> Pictures:
    """Chain the runs, the last pictures of each mixed with the first of the next where they overlap."""
    try:
        opening = 0
        for number, (run, closing) in enumerate(zip(runs, (*overlaps, 0), strict=True)):
            for step in range(opening):
                yield mix(next(runs[number - 1]), next(run), (step + 1) / (opening + 1))
            if number:
                runs[number - 1].close()
            for _ in range(counts[number] - opening - closing):
                yield next(run)
            opening = closing
    finally:
        for run in runs:
            run.close()


def _pictures(clip: Clip, canvas: Canvas, rate: Fraction, count: int) -> Pictures:
    """Yield exactly `count` pictures of a clip at a steady `rate`: frames are repeated or left out as needed.

    A frame takes the slot nearest to its time, so that rounded time stamps do no harm.
    """
    tint = clip.tint
    fitter = Fitter(canvas, clip.encoding.orientation.pixel_aspect, None if tint is None else tint.planes)
    current: Planes | None = None
    given = 0
    for slot, frame in _slots(clip, rate):
        while current is not None and given < min(slot, count):
            given += 1
            yield current
        if given >= count:
            return
        current = fitter.planes(frame)
    if current is None:
        raise VerificationError(f"`{clip.path}` holds no frame that can be decoded")
    for _ in range(count - given):
        yield current


def _slots(clip: Clip, rate: Fraction) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield a clip's frames, each with its slot; of several frames in one slot the last, before the start likewise."""
    waiting: tuple[int, av.VideoFrame] | None = None
    with open_video(clip.path) as video:
        if clip.start > 0:
            video.container.seek(round(clip.start / video.time_base), stream=video.stream)
        for frame in video.container.decode(video.stream):
            slot = round((moment(frame) * video.time_base - clip.start) * rate)
            if waiting is not None and slot > max(0, waiting[0]):
                yield waiting
            waiting = (slot, frame)
    if waiting is not None:
        yield waiting
