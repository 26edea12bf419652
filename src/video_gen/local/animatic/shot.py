"""How a scene is filmed: the camera's path, and how far beyond the frame it will look."""

from dataclasses import replace
from typing import Final

from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.scene import Scene
from video_gen.local.camera import CameraPath, Pose, camera_path, ease

_SAMPLES: Final = 65
_FLIGHT: Final = 0.48
_FOLLOW: Final = 0.13
_SPARE: Final = 0.02


def path_of(scene: Scene, seconds: float) -> CameraPath:
    """Return the camera's path through a clip of `seconds`."""
    look = camera_path(scene.camera, strength=scene.strength, seconds=seconds, seed=scene.seed)
    if scene.drive == "stand":
        return look
    travel = scene.strength / 0.5 * min(1.0, 0.25 + seconds / 8)

    def pose(progress: float) -> Pose:
        base, at = look(progress), _steady(progress)
        if scene.drive == "fly":
            forward = min(0.6, _FLIGHT * travel * at)
            return replace(base, dolly=min(0.7, base.dolly + forward), zoom=base.zoom * (1 + 0.10 * travel * at))
        return replace(base, truck=base.truck + _FOLLOW * travel * (at - 0.5), x=base.x + 0.03 * travel * (at - 0.5))

    return pose


def framed(lens: Lens, path: CameraPath) -> Lens:
    """Return `lens` with room beyond the frame for every pose of `path`, and no more."""
    poses = [path(k / (_SAMPLES - 1)) for k in range(_SAMPLES)]
    x = max(abs(pose.x) + 1.6 * abs(pose.truck) for pose in poses)
    y = max(abs(pose.y) + 1.6 * abs(pose.lift) for pose in poses)
    # A turned frame reaches farther out at its corners.
    roll = max(abs(pose.roll) for pose in poses)
    return replace(
        lens,
        reach_x=x + _SPARE + roll * lens.height / lens.width,
        reach_y=y + _SPARE + roll * lens.width / lens.height,
    )


def _steady(progress: float) -> float:
    """Return 0 to 1 at an even pace that starts and ends softly."""
    return 0.75 * progress + 0.25 * ease(progress)
