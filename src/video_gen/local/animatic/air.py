"""The air between here and there: distance fades to the colour of the sky behind it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.light import Light
from video_gen.local.animatic.pixels import Image, image, mix
from video_gen.local.animatic.scene import Scene

_CLEAR: Final = 26_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """Haze.

    `colours` (columns, 3) is the sky just above the horizon at the reference columns `at`: what far things fade to;
    `close` is what near air adds, the light that falls from above.

    `visibility` is the distance in metres after which a third of the contrast is left. Mist of thickness `mist` lies
    up to about `top` metres above the ground.
    """

    at: Image
    colours: Image
    close: Image
    visibility: float
    mist: float
    top: float

    def colour(self, u: Image, depth: Image) -> Image:
        """Return the haze's colour at reference columns, between the eye and `depth` metres."""
        share = 1 - np.exp(-depth / np.float32(0.5 * self.visibility))
        far = [np.interp(u, self.at, self.colours[:, k]).astype(np.float32) - self.close[k] for k in range(3)]
        return image(np.stack([share * part + base for part, base in zip(far, self.close, strict=True)], -1))

    def clarity(self, depth: Image, height: Image) -> Image:
        """Return the share of an object's own light that arrives from `depth` metres, `height` metres up."""
        low = np.exp(-np.maximum(height, 0) / np.float32(self.top))
        thickness = depth / np.float32(self.visibility) * (1 + np.float32(self.mist) * low)
        return image(np.exp(-thickness))


def air_of(scene: Scene, light: Light, columns: Image, horizon: Image) -> Air:
    """Return the air of a scene whose sky has the colours `horizon` (columns, 3) above the horizon."""
    visibility, mist, top = _CLEAR, 1.5, 350.0
    if scene.hour in {"dawn", "sunrise", "golden"}:
        mist = 4.0
    if scene.has("rain", "snow"):
        visibility, mist = _CLEAR * 0.3, 2.0
    if scene.cover == "storm":
        visibility = min(visibility, _CLEAR * 0.45)
    if scene.has("fog"):
        visibility, mist, top = _CLEAR * 0.42, 14.0, 260.0
    far = mix(horizon * np.float32(0.85), np.broadcast_to(light.stops[2], horizon.shape), 0.25)
    close = image(light.fill * np.float32(0.45) + light.stops[1] * np.float32(0.12))
    return Air(at=columns, colours=far, close=close, visibility=visibility, mist=mist, top=top)
