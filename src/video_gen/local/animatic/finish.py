"""From light to a finished frame: bloom, the lens's fall-off, the mood's grade, the filmic curve, and grain."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import (
    LUMA,
    STRIP,
    Image,
    blur,
    image,
    light_of_canvas,
    recolour,
    resize,
    strips,
    warp,
)
from video_gen.local.animatic.scene import Mood, Scene
from video_gen.local.animatic.tone import darkness
from video_gen.local.camera import CameraPath
from video_gen.local.yuv import BLACK, TO_YUV, WHITE
from video_gen.media.encode import Picture, Plane

_GRAIN_SIZE: Final = 512

# Darkness is what a screen lacks of white: TO_YUV of (1 - darkness) * 255.
_FROM_DARKNESS: Final = image(np.column_stack([TO_YUV[:, :3] * -255, TO_YUV @ [255, 255, 255, 1]]))


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
        self.grain = self._grain(generator(scene.seed, "grain"))
        self.falloff = self._falloff(width, height)
        self.falloff_small = self._falloff(*self._small)
        self.matrix = self._matrix()

    def frame(self, canvas: Image, index: int, roll: float, out: Picture) -> None:
        """Show `canvas`, turned by `roll`, in the planes of `out`."""
        if self.enlarged > 1:
            canvas = self._turned(canvas, roll)
        glow = self._glow(canvas)
        for rows in strips(self.height):
            light = light_of_canvas(canvas[rows])
            light *= self.falloff[rows]
            light += glow[rows]
            if self.matrix is not None:
                light = recolour(light, self.matrix)
            self._show(light, rows, index, out)

    def _show(self, light: Image, rows: slice, index: int, out: Picture) -> None:
        """Put some rows of light (rows, columns, 3) on the screen; the light is used up."""
        dark = darkness(light)
        luma = recolour(dark, _FROM_DARKNESS[:1])
        # The same grain does not come back within hours: two steps with no common rhythm.
        down, across = (rows.start + index * 197 + 31) % _GRAIN_SIZE, (index * 313 + 87) % _GRAIN_SIZE
        luma += self.grain[down : down + luma.shape[0], across : across + self.width]
        np.clip(luma, BLACK, WHITE, out=luma)
        cv2.convertScaleAbs(luma, dst=out.y[rows])
        half = slice(rows.start // 2, rows.stop // 2)
        for row, plane in ((1, out.u), (2, out.v)):
            _halve(recolour(dark, _FROM_DARKNESS[row : row + 1]), plane[half])

    def _turned(self, canvas: Image, roll: float) -> Image:
        matrix = cv2.getRotationMatrix2D(
            (self.width / 2 - 0.5, self.height / 2 - 0.5), -math.degrees(roll), self.enlarged
        )
        return warp(canvas, image(matrix), self.width, self.height, border="edge")

    def _glow(self, canvas: Image) -> Image:
        """Return the light (rows, columns, 3) that spills out of bright places, as it falls off towards the corners."""
        half = resize(canvas, max(8, self.width // 2), max(8, self.height // 2))
        small = light_of_canvas(resize(half, *self._small))
        bright = np.clip(small - np.float32(0.45), 0, 12)
        reach = small.shape[1] / 160
        spill = blur(bright, 1.6 * reach) * np.float32(0.6) + blur(bright, 7 * reach) * np.float32(0.4)
        return resize(image(spill * self.falloff_small * np.float32(self.grade.bloom * 3)), self.width, self.height)

    @property
    def _small(self) -> tuple[int, int]:
        return max(8, self.width // 8), max(8, self.height // 8)

    def _falloff(self, width: int, height: int) -> Image:
        """Return the share of light that reaches each pixel (rows, columns, 3): less towards the corners."""
        x = (np.arange(width) + 0.5) / width * 2 - 1
        y = (np.arange(height) + 0.5) / height * 2 - 1
        radius = (x[None, :] ** 2 + y[:, None] ** 2) / 2
        single = image(self.grade.exposure * (1 - self.grade.vignette * radius**1.3))
        return np.repeat(single[..., None], 3, -1)

    def _grain(self, rng: np.random.Generator) -> Image:
        """Return grain in levels of luma: a tile, repeated as far as a strip can reach beyond it."""
        grain = image(rng.standard_normal((_GRAIN_SIZE, _GRAIN_SIZE)))
        grain = grain * np.float32(0.8) + blur(grain, 0.7) * np.float32(0.9)
        levels = image(grain * np.float32(self.grade.grain * (WHITE - BLACK) / 255))
        return np.pad(levels, ((0, STRIP), (0, self.width)), mode="wrap")

    def _matrix(self) -> Image | None:
        """Return the colour matrix (3, 4) of the mood, or None where it changes nothing."""
        grade = self.grade
        if grade.saturation == 1 and set(grade.tint) == {1.0} and not grade.lift:
            return None
        grey = np.tile(LUMA, (3, 1))
        colour = np.diag(grade.tint) @ (grey + (np.eye(3) - grey) * grade.saturation)
        return image(np.column_stack([colour, grade.lift * np.array(grade.tint)]))


def _halve(plane: Image, out: Plane) -> None:
    """Average blocks of 2x2 into `out`, around the sites of chroma: even columns, and between two rows."""
    rows, columns = out.shape
    mean = resize(plane, columns, rows)
    # A site lies on the edge between its own block and the one that begins a pixel to the left.
    mean[:, 1:] += resize(plane[:, 1:-1], columns - 1, rows)
    mean[:, :1] *= np.float32(2)
    cv2.convertScaleAbs(mean, dst=out, alpha=0.5)
