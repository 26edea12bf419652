"""From a scene to frames: which layers a place is made of, and drawing them from back to front."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.city import CITY, city, paint_glow
from video_gen.local.animatic.coast import BEACH, OPEN_SEA, coast
from video_gen.local.animatic.falling import Leaves, Rain, Snow
from video_gen.local.animatic.finish import Finish
from video_gen.local.animatic.fire import Fire
from video_gen.local.animatic.floating import Birds, Dust, Embers, Fireflies, bird_colour
from video_gen.local.animatic.landscape import RECIPES, Landscape, Recipe
from video_gen.local.animatic.layer import Layer, Moment
from video_gen.local.animatic.lens import Lens, View
from video_gen.local.animatic.light import light_of
from video_gen.local.animatic.nightsky import Aurora, ShootingStar, Stars, paint_milky_way
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import Image, image, settle_memory
from video_gen.local.animatic.scene import Place, Scene
from video_gen.local.animatic.shot import framed, path_of
from video_gen.local.animatic.space import space
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.street import STREET, street
from video_gen.local.animatic.studio import STUDIO, studio
from video_gen.local.animatic.underwater import REEF, underwater
from video_gen.local.animatic.volcano import Plume
from video_gen.local.animatic.weather import Flash, Lightning, Mist, strikes
from video_gen.local.animatic.woods import WOODS, woods
from video_gen.local.camera import CameraPath
from video_gen.media.encode import Picture

_VOID: Final = Recipe(horizon=0.5, eye=10, ranges=())

VIEWPOINTS: Final[dict[Place, Recipe]] = {
    **RECIPES,
    "ocean": OPEN_SEA,
    "beach": BEACH,
    "city": CITY,
    "street": STREET,
    "forest": WOODS,
    "underwater": REEF,
    "space": _VOID,
    "studio": STUDIO,
}


@dataclass(frozen=True, slots=True)
class Film:
    """A scene ready to be drawn; each frame depends on its index alone, so frames may be drawn in any order."""

    layers: tuple[Layer, ...]
    finish: Finish
    lens: Lens
    path: CameraPath
    fps: float
    count: int

    def frame(self, index: int, canvas: Image, out: Picture) -> None:
        """Draw frame `index` into `out`; `canvas` (height, width, 4) is scratch space."""
        view = View(self.lens, self.path(index / max(1, self.count - 1)))
        hidden = [float(self.lens.height)] * len(self.layers)
        for at in range(len(self.layers) - 2, -1, -1):
            hidden[at] = min(hidden[at + 1], self.layers[at + 1].covers(view))
        for layer, row in zip(self.layers, hidden, strict=True):
            layer.draw(canvas, Moment(view, index / self.fps, row))
        self.finish.frame(canvas, index, view.pose.roll, out)


def compose(scene: Scene, width: int, height: int, *, fps: float, count: int) -> Film:
    """Build the layers of `scene` for a clip of `count` frames."""
    settle_memory()
    seconds = count / fps
    path = path_of(scene, seconds)
    viewpoint = VIEWPOINTS[scene.place]
    horizon, eye = viewpoint.horizon, viewpoint.eye
    horizon += float(generator(scene.seed, "horizon").uniform(-0.02, 0.02))
    if scene.drive == "fly" and scene.place in RECIPES:
        horizon, eye = horizon - 0.08, eye * 2.2
    lens = framed(Lens(width=width, height=height, horizon=0), path).at(horizon=horizon, eye=eye)
    layers = _BUILDERS.get(scene.place, _outdoors)(scene, lens, seconds)
    layers += _particles(scene, lens, fps)
    return Film(tuple(layers), Finish(scene, lens, path), lens, path, fps, count)


def _outdoors(scene: Scene, lens: Lens, seconds: float) -> list[Layer]:
    stage = Stage.of(scene, lens, seconds)
    overhead = _overhead(stage, seconds)
    land = _land(stage)
    below: list[Layer] = []
    if any(isinstance(layer, Lightning) for layer in overhead):
        below = [Flash(strikes(scene.seed, seconds))]
    return [stage.sky, *overhead, *_misted(stage, land), *below]


def _land(stage: Stage) -> list[Layer]:
    place = stage.scene.place
    if place in {"ocean", "beach"}:
        return coast(stage)
    if place == "city":
        if stage.scene.dim:
            paint_glow(stage)
        return city(stage)
    if place == "street":
        if stage.scene.dim:
            paint_glow(stage)
        return street(stage)
    if place == "forest":
        return woods(stage)
    land = Landscape(stage).layers(RECIPES[place])
    if place == "volcano":
        land.insert(1, Plume(stage))
        land.insert(0, Plume(stage, glow=True))
    return land


def _overhead(stage: Stage, seconds: float) -> list[Layer]:
    """Return the lights of the sky, and hang those that belong behind or within the clouds."""
    scene, sky = stage.scene, stage.sky
    layers: list[Layer] = []
    if scene.has("milky way"):
        paint_milky_way(sky, stage.rng("milky way"))
    open_sky = scene.cover in {"clear", "scattered", "cloudy"}
    if open_sky and (scene.has("stars", "milky way", "aurora", "shooting star") or scene.dark):
        strong = scene.has("stars", "milky way")
        power = (1.0 if strong else 0.7) if scene.dark else 0.45 if scene.dim else 0.0
        if power and scene.place not in {"city", "street"}:
            layers.append(Stars(sky, stage.rng("stars"), power))
    if scene.has("aurora"):
        sky.behind.append(Aurora(sky, stage.rng("aurora")))
    if scene.has("shooting star"):
        layers.append(ShootingStar(stage.rng("meteors"), seconds))
    if scene.has("lightning") or scene.cover == "storm":
        lightning = Lightning(sky, scene.seed, seconds)
        sky.within.append(lightning)
        layers.append(lightning)
    return layers


def _misted(stage: Stage, land: list[Layer]) -> list[Layer]:
    """Return `land` with banks of mist between its farther layers, where there is mist."""
    scene = stage.scene
    misty = scene.has("fog") or (
        scene.hour in {"dawn", "sunrise"} and scene.place in {"mountains", "hills", "lake", "meadow"}
    )
    if not misty or scene.place in {"forest", "street"} or len(land) < 3:
        return land
    lens = stage.lens
    colour = image(stage.air.colours.mean(axis=0) * np.float32(1.03))
    dense = 0.85 if scene.has("fog") else 0.5
    row = lens.horizon / lens.height
    out = list(land)
    spots = ((1, row - 0.015, 0.045, 0.01), (2, row + 0.02, 0.055, 0.03))
    for place, at, thick, near in reversed(spots):
        bank = Mist(stage.rng(f"mist {place}"), row=at, thick=thick, near=near, colour=colour, dense=dense)
        out.insert(min(place, len(out)), bank)
    return out


def _particles(scene: Scene, lens: Lens, fps: float) -> list[Layer]:
    """Return what floats and falls before the camera."""
    light = light_of(scene, lens)
    soft = image(light.sun * np.float32(0.4) + light.fill)
    return [*_floating(scene, lens, soft), *_falling(scene, lens, soft, fps)]


def _floating(scene: Scene, lens: Lens, light: Image) -> list[Layer]:
    size = (lens.width, lens.height)
    layers: list[Layer] = []
    if scene.has("birds"):
        birds = generator(scene.seed, "birds")
        layers.append(Birds(birds, *size, dark=bird_colour(scene), horizon=lens.horizon / lens.height))
    if scene.has("fireflies"):
        layers.append(Fireflies(generator(scene.seed, "fireflies"), *size))
    camp = scene.has("fire") and scene.place not in {"space", "underwater", "volcano", "ocean"}
    if camp:
        depth = max(6.0, lens.depth(0.86 * lens.height))
        layers.append(Fire(lens, generator(scene.seed, "fire"), u=0.5, depth=depth))
    if camp or scene.has("embers") or scene.place == "volcano":
        reach, start = (0.06, 0.84) if camp else (0.6, 1.0)
        layers.append(Embers(generator(scene.seed, "embers"), *size, spread_x=reach, y=start))
    if scene.has("dust") and scene.place not in {"studio", "underwater"}:
        layers.append(Dust(generator(scene.seed, "dust"), *size, light=light))
    return layers


def _falling(scene: Scene, lens: Lens, light: Image, fps: float) -> list[Layer]:
    size = (lens.width, lens.height)
    heavy = scene.cover == "storm"
    layers: list[Layer] = []
    if scene.has("leaves") or (scene.season == "autumn" and scene.place == "forest"):
        layers.append(Leaves(generator(scene.seed, "leaves"), *size, light=light, petals=False))
    if scene.has("petals"):
        layers.append(Leaves(generator(scene.seed, "petals"), *size, light=light, petals=True, count=90))
    if scene.has("snow"):
        layers.append(Snow(generator(scene.seed, "snow"), *size, light=light, heavy=heavy))
    if scene.has("rain"):
        layers.append(Rain(generator(scene.seed, "rain"), *size, light=light, shutter=0.5 / fps, heavy=heavy))
    return layers


def _alone(build: Callable[[Scene, Lens], list[Layer]]) -> Callable[[Scene, Lens, float], list[Layer]]:
    return lambda scene, lens, _seconds: build(scene, lens)


_BUILDERS: Final[dict[Place, Callable[[Scene, Lens, float], list[Layer]]]] = {
    "space": _alone(space),
    "studio": _alone(studio),
    "underwater": lambda scene, lens, seconds: underwater(Stage.of(scene, lens, seconds)),
}
