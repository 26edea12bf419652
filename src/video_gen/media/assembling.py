"""Makes a film of its clips: each joint as a cut or a cross-fade, and without what a clip repeats of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from video_gen.media.clip import Clip
from video_gen.media.composing import common_rate, frame_counts
from video_gen.media.joining import join
from video_gen.media.matching import matched
from video_gen.media.opening import DEFAULT_LIMITS, Limits
from video_gen.media.probe import probe
from video_gen.media.tint import Tint
from video_gen.media.watch import Cancelled, Progress, Watch
from video_gen.spec.media import MediaInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Joint:
    """How a clip follows the one before."""

    crossfade: float = 0.0
    """Seconds for which the two fade into each other, picture and sound; 0 is a cut."""
    continues: bool = False
    """It was made from the last frame of the one before, or from a frame that was made to end there."""


def assemble(
    clips: Sequence[Path],
    joints: Sequence[Joint],
    out: Path,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> MediaInfo:
    """Write the film of `clips`, in order, as MP4 and return what it is; `out` appears whole or not at all.

    A clip that `continues` loses the frames that repeat the end of the one before, as far as they are found to, and
    takes on its colours, within bounds. Size, frame rate and sound are matched as `stitch` does. A cross-fade that is
    longer than what there is to fade is as long as there is: the clips are paid by now.

    Args:
        clips: the files.
        joints: one fewer than clips: how each but the first follows.
        out: named .mp4; replaced when it exists.
        progress: told 0..1.
        cancelled: asked between frames; True stops.
        limits: the largest clip that is opened.

    Raises:
        MediaNotFoundError: a clip does not exist.
        MediaInputError: a clip may not be read, or is beyond `limits`.
        VerificationError: a clip is no complete video, or damaged; names it.
        StorageError: the disk refused.
        JobCancelledError: asked to stop; nothing is left behind.
    """
    watch = Watch(progress, cancelled)
    watch.at(0.0)
    parts = [Clip.read(Path(path), limits) for path in clips]
    for number, joint in enumerate(joints, start=1):
        if joint.continues:
            parts[number] = continuing(parts[number - 1], parts[number])
    join(parts, _overlaps(parts, joints), out, watch)
    watch.at(1.0)
    return probe(out)


def continuing(before: Clip, clip: Clip) -> Clip:
    """Return what of `clip` is new behind `before`, in the colours that `before` is shown in.

    Raises:
        VerificationError: one of them is damaged.
    """
    match = matched(before, clip)
    tint = match.tint.then(before.tint or Tint()) if match.echo else Tint()
    rest = clip.part(match.echo, clip.seconds) if match.echo else clip
    return rest if tint.unseen else replace(rest, tint=tint, copyable=False)


def _overlaps(clips: Sequence[Clip], joints: Sequence[Joint]) -> list[int]:
    """Return the frames of each cross-fade; a clip gives each of its ends no more than half of itself."""
    rate = common_rate(clips)
    counts = frame_counts(clips, rate)
    return [
        min(round(Fraction(joint.crossfade) * rate), counts[number] // 2, counts[number + 1] // 2)
        for number, joint in enumerate(joints)
    ]
