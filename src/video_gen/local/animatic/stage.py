"""What every builder of a scene works with: the scene, its lens, light, sky and air."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from video_gen.local.animatic.air import Air, air_of
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.light import Light, light_of
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.sky import Sky

WORKERS: Final = 2
"""Threads that draw: numpy and OpenCV let go of the interpreter while they work."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An outdoor scene before anything stands in it."""

    scene: Scene
    lens: Lens
    light: Light
    sky: Sky
    air: Air

    @classmethod
    def of(cls, scene: Scene, lens: Lens, seconds: float) -> Self:
        """Light `scene` and hang its sky."""
        light = light_of(scene, lens)
        sky = Sky(scene, lens, light, seconds)
        return cls(scene, lens, light, sky, air_of(scene, light, sky.u, sky.horizon()))

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of the part `name`."""
        return generator(self.scene.seed, name)
