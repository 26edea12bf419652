"""Open land: bands of mountains, hills, dunes or rock, one behind the other, and the ground before the camera."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from video_gen.local.animatic import relief
from video_gen.local.animatic.band import Band, Shape, band_card
from video_gen.local.animatic.land import Land, Relief
from video_gen.local.animatic.layer import Layer
from video_gen.local.animatic.noise import spectral_tile
from video_gen.local.animatic.pixels import Image, image
from video_gen.local.animatic.planting import Nursery, Planter, Wood
from video_gen.local.animatic.scene import Place, Season
from video_gen.local.animatic.soil import SOILS, lava
from video_gen.local.animatic.stage import WORKERS, Stage
from video_gen.local.animatic.tone import colour
from video_gen.local.animatic.water import Surface, Water
from video_gen.local.animatic.waves import Sea


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A band of a recipe: its land, where it lies, what grows on it; `valley` is how much lower its middle is."""

    land: str
    band: Band
    woods: tuple[Wood, ...] = ()
    valley: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A landscape: the horizon's height in the frame, the eye's above the ground, and what is seen, far to near.

    `water` is the index of the range before which a lake begins.
    """

    horizon: float
    eye: float
    ranges: tuple[Range, ...]
    water: int | None = None


_FAR_WOOD: Final = Wood(kinds=("conifer",), height=(16, 26), colours=("needles",), count=900, patchy=0.5)
_NEAR_PINES: Final = Wood(
    kinds=("conifer",), height=(14, 24), colours=("needles",), count=12, patchy=0.5, aside=0.97, beyond=60, alone=True
)
_GROVES: Final = Wood(kinds=("broadleaf",), height=(9, 16), colours=("leaves",), count=240, patchy=0.85)
_GRASS: Final = Wood(kinds=("tuft",), height=(0.28, 0.6), colours=("grass",), count=900, patchy=0.3)
_SHRUBS: Final = Wood(kinds=("shrub",), height=(0.5, 1.3), colours=("scrub",), count=50, patchy=0.6)
_NEAR_TREES: Final = Wood(
    kinds=("broadleaf",), height=(7, 11), colours=("leaves",), count=4, patchy=0, aside=1.0, beyond=24, alone=True
)

_FLOWERS: Final = Wood(kinds=("flower",), height=(0.25, 0.55), colours=("petals",), count=420, patchy=0.7)
_FIGURE: Final = Wood(kinds=("figure",), height=(1.72, 1.8), colours=("coat",), count=1, alone=True)

_MOUNTAINS: Final = (
    Range(land="alpine", band=Band(near=14_000, far=26_000, crest=0.27, foot=-0.01, zoom=2.3)),
    Range(land="alpine", band=Band(near=6_000, far=11_000, crest=0.15, foot=-0.04, zoom=1.3), valley=0.6),
    Range(
        land="hills", band=Band(near=2_000, far=4_200, crest=0.03, foot=-0.1, zoom=1.0), woods=(_FAR_WOOD,), valley=0.5
    ),
)

RECIPES: Final[dict[Place, Recipe]] = {
    "mountains": Recipe(
        horizon=0.60,
        eye=11,
        ranges=(
            *_MOUNTAINS,
            Range(
                land="hills",
                band=Band(near=300, far=1_000, crest=-0.07, foot=-0.28, zoom=0.3),
                woods=(replace(_FAR_WOOD, count=420),),
                valley=0.4,
            ),
            Range(land="meadow", band=Band(near=17, far=120), woods=(_NEAR_PINES,), valley=0.3),
        ),
    ),
    "lake": Recipe(
        horizon=0.56,
        eye=5,
        ranges=(
            *_MOUNTAINS[:2],
            Range(
                land="hills",
                band=Band(near=1_100, far=2_600, crest=0.05, foot=-0.012, zoom=0.8),
                woods=(replace(_FAR_WOOD, count=1100, patchy=0.3),),
                valley=0.35,
            ),
            Range(
                land="meadow", band=Band(near=9, far=34), woods=(replace(_NEAR_PINES, count=8, beyond=24),), valley=1.0
            ),
        ),
        water=3,
    ),
    "hills": Recipe(
        horizon=0.56,
        eye=7,
        ranges=(
            Range(land="alpine", band=Band(near=16_000, far=26_000, crest=0.10, foot=0.0, zoom=2.6)),
            Range(land="hills", band=Band(near=3_000, far=6_000, crest=0.06, foot=-0.03, zoom=1.2), woods=(_GROVES,)),
            Range(
                land="hills",
                band=Band(near=700, far=1_900, crest=0.01, foot=-0.10, zoom=0.5),
                woods=(replace(_GROVES, count=120),),
            ),
            Range(
                land="hills",
                band=Band(near=140, far=420, crest=-0.05, foot=-0.26, zoom=0.14),
                woods=(replace(_GROVES, count=16),),
            ),
            Range(land="meadow", band=Band(near=9, far=70), woods=(replace(_NEAR_TREES, count=3),)),
        ),
    ),
    "meadow": Recipe(
        horizon=0.52,
        eye=1.5,
        ranges=(
            Range(land="alpine", band=Band(near=16_000, far=26_000, crest=0.08, foot=0.0, zoom=2.6)),
            Range(land="hills", band=Band(near=900, far=2_400, crest=0.05, foot=-0.02, zoom=0.6), woods=(_GROVES,)),
            Range(
                land="hills",
                band=Band(near=120, far=380, crest=0.0, foot=-0.05, zoom=0.14),
                woods=(replace(_GROVES, count=26),),
                valley=0.5,
            ),
            Range(land="meadow", band=Band(near=2.2, far=60), woods=(_NEAR_TREES, _GRASS)),
        ),
    ),
    "desert": Recipe(
        horizon=0.50,
        eye=9,
        ranges=(
            Range(land="dunes", band=Band(near=5_000, far=9_000, crest=0.05, foot=-0.01, zoom=7.0)),
            Range(land="dunes", band=Band(near=1_300, far=2_600, crest=0.11, foot=-0.05, zoom=3.0)),
            Range(land="dunes", band=Band(near=330, far=760, crest=0.07, foot=-0.16, zoom=1.0)),
            Range(land="dunes", band=Band(near=60, far=210, crest=-0.02, foot=-0.36, zoom=0.32)),
            Range(land="ripples", band=Band(near=11, far=90)),
        ),
    ),
    "canyon": Recipe(
        horizon=0.50,
        eye=14,
        ranges=(
            Range(land="mesas", band=Band(near=11_000, far=19_000, crest=0.11, foot=-0.01, zoom=2.2)),
            Range(land="mesas", band=Band(near=4_500, far=8_500, crest=0.17, foot=-0.04, zoom=1.1), valley=0.7),
            Range(land="mesas", band=Band(near=1_500, far=3_400, crest=0.19, foot=-0.10, zoom=0.5), valley=0.95),
            Range(land="dust", band=Band(near=260, far=900, crest=-0.06, foot=-0.24, zoom=0.4)),
            Range(land="dust", band=Band(near=20, far=180, zoom=1.0), woods=(_SHRUBS,)),
        ),
    ),
    "snowfield": Recipe(
        horizon=0.58,
        eye=9,
        ranges=(
            Range(land="alpine", band=Band(near=13_000, far=24_000, crest=0.21, foot=-0.01, zoom=2.2)),
            Range(land="alpine", band=Band(near=5_500, far=10_000, crest=0.11, foot=-0.03, zoom=1.2), valley=0.5),
            Range(
                land="hills",
                band=Band(near=900, far=2_000, crest=0.03, foot=-0.08, zoom=0.6),
                woods=(replace(_FAR_WOOD, count=700),),
            ),
            Range(
                land="hills",
                band=Band(near=180, far=520, crest=-0.04, foot=-0.22, zoom=0.2),
                woods=(replace(_FAR_WOOD, count=110, patchy=0.8),),
            ),
            Range(land="meadow", band=Band(near=12, far=90), woods=(replace(_NEAR_PINES, count=16),)),
        ),
    ),
    "volcano": Recipe(
        horizon=0.62,
        eye=16,
        ranges=(
            Range(land="cone", band=Band(near=7_000, far=13_000, crest=0.36, foot=-0.02, x=-6_000, z=-4_000, zoom=1.0)),
            Range(land="hills", band=Band(near=2_200, far=4_600, crest=0.05, foot=-0.06, zoom=1.0), valley=0.4),
            Range(land="hills", band=Band(near=420, far=1_300, crest=-0.03, foot=-0.2, zoom=0.35)),
            Range(land="meadow", band=Band(near=24, far=170)),
        ),
    ),
    "sky": Recipe(
        horizon=0.86,
        eye=30,
        ranges=(
            Range(land="alpine", band=Band(near=15_000, far=26_000, crest=0.05, foot=0.0, zoom=2.4)),
            Range(land="hills", band=Band(near=2_500, far=6_000, crest=0.012, foot=-0.1, zoom=1.0), woods=(_FAR_WOOD,)),
            Range(land="meadow", band=Band(near=90, far=800, zoom=4.0)),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How to make a land: its shape, soil, height and period in metres."""

    shape: str
    soil: str
    amplitude: float
    period: float
    rough: float = 0.3


_LANDS: Final[dict[str, _Kind]] = {
    "alpine": _Kind(shape="alpine", soil="alpine", amplitude=2_500, period=11_000),
    "hills": _Kind(shape="rolling", soil="grass", amplitude=260, period=5_200),
    "meadow": _Kind(shape="rolling", soil="grass", amplitude=1.1, period=90, rough=0.45),
    "dunes": _Kind(shape="dunes", soil="sand", amplitude=75, period=900, rough=0.06),
    "ripples": _Kind(shape="dunes", soil="sand", amplitude=2.6, period=70, rough=0.07),
    "mesas": _Kind(shape="mesas", soil="strata", amplitude=420, period=6_200),
    "dust": _Kind(shape="rolling", soil="strata", amplitude=2.5, period=220, rough=0.5),
    "beach": _Kind(shape="rolling", soil="beach", amplitude=0.25, period=40, rough=0.08),
    "floor": _Kind(shape="rolling", soil="litter", amplitude=0.5, period=42, rough=0.7),
    "bed": _Kind(shape="rolling", soil="bed", amplitude=0.7, period=34, rough=0.2),
    "cone": _Kind(shape="cone", soil="ash", amplitude=2_600, period=12_000),
}
_OF_VOLCANO: Final = {"hills": "ash", "meadow": "ash"}
_OF_SNOW: Final = {"hills": "snow", "meadow": "snow", "alpine": "high"}


@dataclass(slots=True)
class Landscape:
    """Builds the land of one scene."""

    stage: Stage
    _lands: dict[str, Land] = field(default_factory=dict)

    def layers(self, recipe: Recipe, state: Surface | None = None) -> list[Layer]:
        """Return the ranges of `recipe`, and its lake if it has one."""
        stage = self.stage
        nursery = Nursery(stage.scene.seed, stage.light)
        planter = Planter(nursery, stage.lens, stage.light, stage.air)
        with ThreadPoolExecutor(WORKERS) as workers:
            kinds = dict.fromkeys(part.land for part in recipe.ranges)
            self._lands.update(zip(kinds, workers.map(self._land, kinds), strict=True))
            ranges = list(
                workers.map(lambda index: self._range(index, recipe.ranges[index], planter), range(len(recipe.ranges)))
            )
        layers: list[Layer] = []
        for index, part in enumerate(ranges):
            if index == recipe.water:
                shore = recipe.ranges[index - 1].band.near
                layers.append(Water(stage.lens, state or lake(stage, shore), stage.rng("water"), stage.light))
            layers.extend(part)
        return layers

    def _range(self, index: int, part: Range, planter: Planter) -> list[Layer]:
        rng = self.stage.rng(f"range {index}")
        land = self._lands[part.land]
        period = land.relief.period
        band = replace(part.band, headroom=self._headroom(part))
        if index == 0 and self.stage.scene.has("mountains") and self.stage.scene.place in {"meadow", "hills"}:
            band = replace(band, crest=0.2)
        if part.land != "cone":
            band = replace(band, x=rng.uniform(0, period), z=rng.uniform(0, period))
        if part.valley:
            band = replace(band, shape=_valley(part.valley, self.stage, rng))
        card, ground = band_card(band, land, self.stage.lens, self.stage.air)
        layers: list[Layer] = [card]
        for wood in (*part.woods, *self._guests(part)):
            colours = leaf_colours(wood, self.stage.scene.season, self.stage)
            layers += planter.plant(card, ground, wood, colours, rng)
        return layers

    def _guests(self, part: Range) -> list[Wood]:
        """Return what the prompt puts on the nearest ground: flowers, and a person at a third of the frame."""
        scene, lens = self.stage.scene, self.stage.lens
        guests: list[Wood] = []
        if part.band.crest is not None:
            return guests
        if scene.has("flowers") or (scene.season == "spring" and part.land == "meadow"):
            guests.append(_FLOWERS)
        if scene.has("figure"):
            side = 0.36 if self.stage.light.sun_x > lens.width / 2 else 0.64
            guests.append(
                replace(_FIGURE, at=side, beyond=max(8.0, lens.depth((0.84 if lens.eye < 4 else 0.93) * lens.height)))
            )
        return guests

    def _headroom(self, part: Range) -> float:
        lens = self.stage.lens
        tall = [w.height[1] / max(part.band.near, w.beyond) for w in part.woods if not w.alone]
        return min(max(tall, default=0.0) * lens.focal, 0.3 * lens.height)

    def _land(self, name: str) -> Land:
        return ground_land(self.stage, name)


def ground_land(stage: Stage, name: str) -> Land:
    """Return the land called `name`, lit as the stage is."""
    kind, scene = _LANDS[name], stage.scene
    rng = stage.rng(f"land {name}")
    swap = {"volcano": _OF_VOLCANO, "snowfield": _OF_SNOW}.get(scene.place, {})
    soil = SOILS[swap.get(name, kind.soil)](rng, scene.season)
    shape: Image = getattr(relief, kind.shape)(rng)
    grit = image(np.clip(spectral_tile(rng, 512, 0.8, low=2), -2.5, 2.5) * 0.5)
    land = Land(Relief.of(shape, kind.amplitude, kind.period), soil, stage.light, grit, kind.rough)
    if scene.place == "volcano":
        land.shine(lava(rng, land.relief, from_top=name == "cone"))
    return land


def _valley(depth: float, stage: Stage, rng: np.random.Generator) -> Shape:
    """Return a shape whose ground is low where the sun stands, or near the middle."""
    lens = stage.lens
    middle = float(np.clip(stage.light.sun_x / lens.width, 0.32, 0.68)) + rng.uniform(-0.05, 0.05)

    def shape(u: Image) -> Image:
        away = (u / np.float32(lens.width) - np.float32(middle)) / np.float32(0.36)
        return image(1 - np.float32(depth) * np.exp(-away * away))

    return shape


def lake(stage: Stage, shore: float) -> Surface:
    """Return calm water that reaches to `shore` metres."""
    light = stage.light
    body = colour("16424a") * (light.sun * np.float32(0.5) + light.fill)
    rough = 0.055 if stage.scene.has("rain") else 0.028
    sea = Sea(steep=rough, swell=7, wind=stage.rng("breeze").uniform(0.3, 1.2), aligned=1)
    return Surface(sea=sea, body=image(body), far=shore, wide=40, fine=9, clear=14_000, mirror=0.95)


LEAVES: Final[dict[Season, tuple[str, ...]]] = {
    "spring": ("7f9c48", "8fa85a", "748f46", "e0b0bc"),
    "summer": ("5c7f38", "6b8c40", "4f7434"),
    "autumn": ("c8672a", "d99a34", "b4442a", "c98a3a", "8f8a3c"),
    "winter": ("8a8078", "9a9088"),
}
_NEEDLES: Final[dict[Season, tuple[str, ...]]] = {
    "spring": ("47643a", "3d5a38"),
    "summer": ("3a5636", "324d34"),
    "autumn": ("42593a", "4d5c38"),
    "winter": ("7f939a", "5d7674", "93a6ae"),
}
_SCRUB: Final = ("7c8250", "8d8a58", "6c7448")


_PETALS: Final = ("e8d15a", "d8607a", "f0ece2", "9a7ad0", "e08a48")


def leaf_colours(wood: Wood, season: Season, stage: Stage) -> list[Image]:
    """Return the colours of `wood` in `season`."""
    snowy = stage.scene.place == "snowfield" or stage.scene.has("snow")
    table = {
        "leaves": LEAVES[season],
        "needles": _NEEDLES["winter" if snowy else season],
        "scrub": _SCRUB,
        "petals": _PETALS,
        "coat": ("7a3b32", "3c4c63", "6a5a3c"),
        "grass": {"winter": ("9a9480",), "autumn": ("b08f48", "a3804a")}.get(season, ("5c7438", "6f8343", "4d6632")),
    }
    return [colour(name) for kind in wood.colours for name in table[kind]]
