"""From light to a finished frame: bloom, the lens's fall-off, the mood's grade, the filmic curve, and grain."""

import math
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import Image, blur, image, resize, spread, warp
from video_gen.local.animatic.scene import Mood, Scene
from video_gen.local.camera import CameraPath

Frame = NDArray[np.uint8]

_LUMA: Final = (0.2126, 0.7152, 0.0722)
_GRAIN_SIZE: Final = 512
_STRIP: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How a mood treats light: exposure, saturation, a tint of the whole, and grain in screen levels (0-255)."""

    exposure: float = 1.0
    saturation: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lift: float = 0.0
    bloom: float = 0.09
    vignette: float = 0.30
    grain: float = 1.5


_GRADES: Final[dict[Mood, Grade]] = {
    "natural": Grade(),
    "warm": Grade(tint=(1.10, 1.0, 0.84), saturation=1.04),
    "cold": Grade(tint=(0.86, 0.98, 1.16), saturation=0.86),
    "pastel": Grade(saturation=0.72, lift=0.045, exposure=1.22, vignette=0.1, bloom=0.16),
    "noir": Grade(saturation=0.0, exposure=0.9, vignette=0.62, grain=3.2, bloom=0.12),
    "neon": Grade(tint=(1.06, 0.92, 1.16), saturation=1.25, bloom=0.2, vignette=0.4),
    "vintage": Grade(tint=(1.12, 1.0, 0.78), saturation=0.68, lift=0.028, grain=3.2, vignette=0.5),
    "moody": Grade(tint=(0.92, 1.0, 1.04), saturation=0.7, exposure=0.78, vignette=0.5),
}


class Finish:
    """The last step of every frame of a clip."""

    def __init__(self, scene: Scene, lens: Lens, path: CameraPath) -> None:
        """Prepare what is the same for every frame."""
        self.grade = _GRADES[scene.mood]
        self.width, self.height = width, height = lens.width, lens.height
        roll = max(abs(path(k / 64).roll) for k in range(65))
        # A turned frame is enlarged, the same throughout the clip, so that no corner stays empty.
        self.enlarged = math.cos(roll) + math.sin(roll) * max(width / height, height / width)
        grain = generator(scene.seed, "grain").standard_normal((_GRAIN_SIZE, _GRAIN_SIZE)).astype(np.float32)
        grain = image(grain * 0.8 + blur(grain, 0.7) * 0.9)
        reach = (math.ceil(height / _GRAIN_SIZE) + 1, math.ceil(width / _GRAIN_SIZE) + 1)
        grain = image(grain * np.float32(self.grade.grain / 255))
        self.grain = np.tile(image(np.repeat(grain[..., None], 3, -1)), (*reach, 1))
        self.falloff = self._falloff()
        self.matrix = self._matrix()

    def frame(self, canvas: Image, index: int, roll: float) -> Frame:
        """Return `canvas`, turned by `roll`, as an 8-bit RGB frame; the canvas is used up."""
        if self.enlarged > 1:
            canvas = self._turned(canvas, roll)
        glow = self._glow(canvas)
        out = np.empty((self.height, self.width, 3), np.uint8)
        down, across = self._grain_offset(index)
        for y in range(0, self.height, _STRIP):
            rows = slice(y, min(y + _STRIP, self.height))
            light = canvas[rows]
            light += glow[rows]
            light *= self.falloff[rows]
            if self.matrix is not None:
                light = cast("Image", cv2.transform(light, self.matrix))
            screen = _film(cast("Image", cv2.cvtColor(light, cv2.COLOR_RGBA2RGB)))
            screen += self.grain[rows.start + down : rows.stop + down, across : across + self.width]
            cv2.convertScaleAbs(screen, dst=out[rows], alpha=255)
        return out

    def _turned(self, canvas: Image, roll: float) -> Image:
        matrix = cv2.getRotationMatrix2D(
            (self.width / 2 - 0.5, self.height / 2 - 0.5), -math.degrees(roll), self.enlarged
        )
        return warp(canvas, image(matrix), self.width, self.height, border="edge")

    def _glow(self, canvas: Image) -> Image:
        """Return the light that spills out of bright places."""
        small = resize(canvas, max(8, self.width // 8), max(8, self.height // 8))
        bright = np.minimum(np.maximum(small - np.float32(0.45), 0), 12)
        reach = small.shape[1] / 160
        spill = blur(image(bright), 1.6 * reach) * np.float32(0.6) + blur(image(bright), 7 * reach) * np.float32(0.4)
        return resize(image(spill * np.float32(self.grade.bloom * 3)), self.width, self.height)

    def _falloff(self) -> Image:
        x = (np.arange(self.width) + 0.5) / self.width * 2 - 1
        y = (np.arange(self.height) + 0.5) / self.height * 2 - 1
        radius = (x[None, :] ** 2 + y[:, None] ** 2) / 2
        return spread(image(self.grade.exposure * (1 - self.grade.vignette * radius**1.3)))

    def _matrix(self) -> Image | None:
        """Return the colour matrix (4, 5) of the mood, or None where it changes nothing."""
        grade = self.grade
        if grade.saturation == 1 and set(grade.tint) == {1.0} and not grade.lift:
            return None
        grey = np.tile(np.array(_LUMA), (3, 1))
        colour = np.diag(grade.tint) @ (grey + (np.eye(3) - grey) * grade.saturation)
        matrix = np.zeros((4, 5))
        matrix[:3, :3] = colour
        matrix[:3, 4] = grade.lift * np.array(grade.tint)
        return image(matrix)

    def _grain_offset(self, index: int) -> tuple[int, int]:
        # Two steps with no common rhythm: the same grain does not come back within hours.
        return (index * 197 + 31) % _GRAIN_SIZE, (index * 313 + 87) % _GRAIN_SIZE


def _film(light: Image) -> Image:
    """Return linear light as it shows on screen: `tone.to_screen`, without leaving the cache; uses `light` up."""
    top = light * np.float32(6.2)
    top += np.float32(0.5)
    top *= light
    light *= np.float32(1.2)
    light += np.float32(0.06)
    light += top
    top /= light
    return top
