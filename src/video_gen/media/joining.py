"""Writes clips one behind the other: copied where they are of one encoding and whole, encoded anew otherwise."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from video_gen.media.clip import Clip
from video_gen.media.composing import common_rate, frame_counts, join_by_encoding
from video_gen.media.copying import can_copy, join_by_copy
from video_gen.media.soundtrack import soundtrack
from video_gen.media.watch import Watch


def join(clips: Sequence[Clip], overlaps: Sequence[int], out: Path, watch: Watch) -> None:
    """Write `clips` to `out`, `overlaps` frames of each fading into the next: a number for each joint.

    Raises:
        VerificationError: a clip is damaged.
        StorageError: the disk refused.
        JobCancelledError: asked to stop; nothing is left behind.
    """
    if not any(overlaps) and can_copy(clips):
        sound = soundtrack(clips, [clip.seconds for clip in clips], [Fraction(0)] * len(overlaps))
        return join_by_copy(clips, sound, out, watch)
    rate = common_rate(clips)
    lengths = [count / rate for count in frame_counts(clips, rate)]
    sound = soundtrack(clips, lengths, [overlap / rate for overlap in overlaps])
    return join_by_encoding(clips, sound, out, watch, overlaps=overlaps)
