"""Where the camera is at each moment: pure paths, shared by everything that is filmed here.

A path says how the view moves, not what is seen: pictures and drawn scenes apply the same `Pose` in their own way.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.request import DIRECTIONS, CameraDirection, CameraMotion

DEFAULT_STRENGTH: Final = 0.5

# What full strength moves, from the path's one end to the other. Half of it is the default.
_PAN_TRAVEL: Final = 0.40
_TILT_TRAVEL: Final = 0.40
_ZOOM_RATIO: Final = 1.60
_DOLLY_ZOOM: Final = 1.32
_DOLLY_DEPTH: Final = 0.11
_ORBIT_TRUCK: Final = 0.07
_ORBIT_PAN: Final = 0.02
_SHAKE: Final = 0.022
_SHAKE_ROLL: Final = math.radians(0.9)

# A travel that begins in the middle has half of the way: it goes on farther, and has closed in early on its way.
_ONWARD: Final = 1.6
_CLOSED_IN: Final = 0.6

# Hertz; no two share a small common multiple, so the hand never repeats itself.
_SHAKE_TONES: Final = ((0.31, 1.0), (0.73, 0.55), (1.27, 0.28), (2.11, 0.12))

_UNSEEN: Final = 1 / 64  # of a pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How the camera stands at one moment, relative to its resting place.

    The view: `x` and `y` are where its centre points, in frame widths and heights, positive to the right and down;
    `zoom` is the magnification of the lens, never below 1; `roll` is its clockwise turn in radians.

    The place, which only things at different depths reveal: `truck` and `lift` are how far the nearest things slide
    against the farthest, in frame widths and heights, when the camera itself moves right (`truck` > 0) or down;
    `dolly` is how far it moved forward, as a share of the way to the nearest thing (0 to below 1).
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    truck: float = 0.0
    lift: float = 0.0
    dolly: float = 0.0

    @property
    def moves_in_depth(self) -> bool:
        """True when near and far things move differently."""
        return bool(self.truck or self.lift or self.dolly)

    def flat(self, depth: float = 0.5) -> "Pose":
        """Return the same pose as things that all lie at `depth` (0 far, 1 near) see it."""
        return Pose(
            x=self.x + self.truck * depth,
            y=self.y + self.lift * depth,
            zoom=self.zoom / (1 - self.dolly * depth),
            roll=self.roll,
        )

    def level_with(self, other: "Pose") -> bool:
        """Return True when everything is seen at the height where it is in `other`, whatever its depth."""
        tilts = any(pose.roll or pose.lift or pose.dolly for pose in (self, other))
        return not tilts and (self.y, self.zoom) == (other.y, other.zoom)

    def distance_to(self, other: "Pose") -> float:
        """Return at most how far from its place in `other` anything is seen, in longer sides of the frame."""
        slides = math.hypot(self.x - other.x, self.y - other.y)
        slides += math.hypot(self.truck - other.truck, self.lift - other.lift)
        turns = abs(self.roll - other.roll) + abs(self.zoom / other.zoom - 1)
        turns += abs(self.dolly - other.dolly) / (1 - max(self.dolly, other.dolly))
        return max(self.zoom, other.zoom) * slides + turns / math.sqrt(2)  # no corner is farther from the centre


CameraPath = Callable[[float], Pose]
"""The pose at a progress of 0 (first frame) to 1 (last frame)."""


def camera_path(
    motion: CameraMotion, *, strength: float = DEFAULT_STRENGTH, seconds: float, seed: int = 0
) -> CameraPath:
    """Return the path of `motion` over a clip of `seconds`.

    Every path starts and ends at rest, except `handheld`, which never rests; it depends on `seed`, the others do not.
    `strength` is 0 (no move) to 1; the travel is proportional to it.

    Raises:
        InvalidRequestError: `strength` is not between 0 and 1, or `seconds` is not above 0.
    """
    if not 0 <= strength <= 1:
        raise InvalidRequestError(f"`motion_strength={strength}` is out of range: choose 0 to 1")
    if not 0 < seconds < math.inf:
        raise InvalidRequestError(f"`seconds={seconds}` is out of range: it must be above 0")
    if motion.kind == "static" or strength == 0:
        return _static
    if motion.kind == "handheld":
        return _handheld(strength, seconds, seed)
    sign = _sign(motion.direction or DIRECTIONS[motion.kind][0])
    shape = _MOVES[motion.kind]
    return lambda progress: shape(strength, ease(progress) if sign > 0 else 1 - ease(progress))


def onward_path(motion: CameraMotion, *, strength: float = DEFAULT_STRENGTH) -> CameraPath | None:
    """Return the path of a travel that begins with the very picture, as a frame of the video before; None for others.

    There is nothing beyond the picture's edges. So the camera closes in as it sets off, and what it leaves at the other
    edges is the room that it travels in.
    """
    if motion.kind not in {"pan", "tilt"} or strength == 0:
        return None
    travel = _PAN_TRAVEL if motion.kind == "pan" else _TILT_TRAVEL
    sign, room = _sign(motion.direction or DIRECTIONS[motion.kind][0]), travel * strength * _ONWARD
    closer = room / (1 + room)

    def pose(progress: float) -> Pose:
        # The way is never ahead of the room: the edge that it goes to is reached at the end, and not passed.
        way = sign * closer / 2 * ease(progress)
        zoom = 1 / (1 - closer * ease(progress / _CLOSED_IN))
        return Pose(x=way, zoom=zoom) if motion.kind == "pan" else Pose(y=way, zoom=zoom)

    return pose


def settled(poses: Sequence[Pose], frame: tuple[int, int]) -> list[Pose]:
    """Return `poses`, each one the same as that before it while nothing would be seen to move in a frame of this size.

    A camera that sets off or comes to rest is nearly still: such frames need not be drawn anew.
    """
    kept: list[Pose] = []
    for pose in poses:
        stays = kept and pose.distance_to(kept[-1]) * max(frame) <= _UNSEEN
        kept.append(kept[-1] if stays else pose)
    return kept


def common_level(poses: Sequence[Pose]) -> Pose | None:
    """Return a pose whose rows all of `poses` keep, or None when one moves up or down, turns or comes nearer."""
    return poses[0] if all(pose.level_with(poses[0]) for pose in poses) else None


def ease(progress: float) -> float:
    """Return 0 to 1 along a quintic curve: neither speed nor acceleration jumps at either end."""
    p = min(1.0, max(0.0, progress))
    return min(1.0, p * p * p * (p * (p * 6 - 15) + 10))  # close to its end rounding may go past it


def _sign(direction: CameraDirection) -> int:
    return 1 if direction in {"right", "down", "in"} else -1


def _static(_progress: float) -> Pose:
    return Pose()


def _pan(strength: float, at: float) -> Pose:
    return Pose(x=_PAN_TRAVEL * strength * (at - 0.5))


def _tilt(strength: float, at: float) -> Pose:
    return Pose(y=_TILT_TRAVEL * strength * (at - 0.5))


def _zoom(strength: float, at: float) -> Pose:
    # A power, not a sum: the picture then grows by the same share in each second, which is what looks even.
    return Pose(zoom=_ZOOM_RATIO ** (strength * at))


def _dolly(strength: float, at: float) -> Pose:
    return Pose(zoom=_DOLLY_ZOOM ** (strength * at), dolly=_DOLLY_DEPTH * strength * at)


def _orbit(strength: float, at: float) -> Pose:
    # The camera slides round the subject and keeps turning towards it: the far background slides the other way.
    side = strength * (at - 0.5)
    return Pose(x=_ORBIT_PAN * side, truck=_ORBIT_TRUCK * side)


_MOVES: Final[dict[str, Callable[[float, float], Pose]]] = {
    "pan": _pan,
    "tilt": _tilt,
    "zoom": _zoom,
    "dolly": _dolly,
    "orbit": _orbit,
}


def _handheld(strength: float, seconds: float, seed: int) -> CameraPath:
    hand = random.Random(seed)  # noqa: S311 - a steady hand needs no secrecy
    sway = [_tone_sum(hand) for _ in range(3)]

    def pose(progress: float) -> Pose:
        x, y, roll = (tone(progress * seconds) for tone in sway)
        return Pose(x=_SHAKE * strength * x, y=_SHAKE * strength * y, roll=_SHAKE_ROLL * strength * roll)

    return pose


def _tone_sum(hand: random.Random) -> Callable[[float], float]:
    """Return a smooth wandering between -1 and 1 over time in seconds."""
    tones = [(hertz * hand.uniform(0.93, 1.07), weight, hand.uniform(0, math.tau)) for hertz, weight in _SHAKE_TONES]
    total = sum(weight for _, weight, _ in tones)
    return lambda t: sum(w * math.sin(math.tau * hertz * t + phase) for hertz, w, phase in tones) / total
