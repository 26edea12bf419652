"""The words of a prompt become a scene."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.local.animatic import Scene, read_prompt, words
from video_gen.spec.request import CameraMotion


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a calm ocean at sunset", "ocean"),
        ("waves crashing on rocks", "ocean"),
        ("a woman walks along a tropical beach", "beach"),
        ("a lake in the mountains", "lake"),
        ("misty mountains at dawn", "mountains"),
        ("the Alps", "mountains"),
        ("rolling hills of Tuscany", "hills"),
        ("fireflies over a meadow", "meadow"),
        ("wildflowers in a mountain meadow", "meadow"),
        ("an autumn forest with falling leaves", "forest"),
        ("tall pines in fog", "forest"),
        ("desert dunes at golden hour", "desert"),
        ("a canyon in the desert", "canyon"),
        ("city skyline by the sea", "city"),
        ("a cyberpunk alley", "street"),
        ("aurora over snowy pines", "snowfield"),
        ("an erupting volcano", "volcano"),
        ("a spiral galaxy", "space"),
        ("an astronaut above a planet", "space"),
        ("a whale underwater", "underwater"),
        ("clouds drifting", "sky"),
        ("northern lights", "snowfield"),
        ("a sailboat", "ocean"),
        ("sunset", "hills"),
        ("a cat playing piano", "studio"),
        ("a bottle of perfume on a podium", "studio"),
        ("a cozy living space", "studio"),
        ("", "studio"),
        ("una montaña de noche", "mountains"),
        ("coucher de soleil sur la mer", "ocean"),
        ("海の夕日", "ocean"),
    ],
)
def test_words_choose_the_place(prompt, place):
    assert read_prompt(prompt).place == place


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("the sea at daybreak", "hour", "dawn"),
        ("the sea at sunrise", "hour", "sunrise"),
        ("the sea at midday", "hour", "noon"),
        ("the sea in the late afternoon", "hour", "golden"),
        ("the sea at SUNSET", "hour", "sunset"),
        ("the sea at twilight", "hour", "dusk"),
        ("the sea in the blue hour", "hour", "blue"),
        ("the sea by moonlight", "hour", "night"),
        ("the sea at midnight", "hour", "midnight"),
        ("starry sky over a lake", "hour", "night"),
        ("a meadow with fireflies", "hour", "dusk"),
        ("the sea under a cloudless sky", "cover", "clear"),
        ("a cloudy lake", "cover", "cloudy"),
        ("an overcast lake", "cover", "overcast"),
        ("a stormy sea", "cover", "storm"),
        ("the sea with lightning", "cover", "storm"),
        ("a lake in the rain", "cover", "overcast"),
        ("a lake with the milky way above", "cover", "clear"),
        ("a street, film noir", "mood", "noir"),
        ("a street in black and white", "mood", "noir"),
        ("a synthwave street", "mood", "neon"),
        ("pastel hills", "mood", "pastel"),
        ("a forest, super 8 footage", "mood", "vintage"),
        ("a moody forest", "mood", "moody"),
        ("a forest in the fall", "season", "autumn"),
        ("a forest in winter", "season", "winter"),
        ("cherry blossoms in a garden", "season", "spring"),
        ("leaves fall in a summer forest", "season", "summer"),
    ],
)
def test_words_choose_light_weather_and_mood(prompt, field, value):
    assert getattr(read_prompt(prompt), field) == value


@pytest.mark.parametrize(
    ("prompt", "element"),
    [
        ("a rainy street", "rain"),
        ("a thunderstorm over hills", "lightning"),
        ("snow falling in a forest", "snow"),
        ("foggy hills", "fog"),
        ("a campfire by the lake", "fire"),
        ("sparks over a desert", "embers"),
        ("fireflies in the forest", "fireflies"),
        ("falling leaves", "leaves"),
        ("petals in the wind", "petals"),
        ("dust motes in a desert", "dust"),
        ("seagulls above the sea", "birds"),
        ("a shooting star over mountains", "shooting star"),
        ("northern lights over a lake", "aurora"),
        ("a full moon over the sea", "moon"),
        ("a ship at sea", "boat"),
        ("a hiker on a mountain", "figure"),
        ("palm trees on a beach", "palms"),
        ("a city below a mountain", "mountains"),
    ],
)
def test_words_choose_what_is_seen(prompt, element):
    assert read_prompt(prompt).has(element)


@pytest.mark.parametrize(
    ("prompt", "negative", "gone"),
    [
        ("a beach without people", None, "figure"),
        ("a beach, no people or birds", None, "birds"),
        ("a beach with people", "people", "figure"),
        ("a snowy forest, no snowfall", None, "snow"),
        ("a rainy street", "rain, blur", "rain"),
    ],
)
def test_what_is_refused_is_left_out(prompt, negative, gone):
    assert not read_prompt(prompt, negative).has(gone)


def test_no_clouds_is_a_clear_sky():
    assert read_prompt("hills without clouds").cover == "clear"
    assert read_prompt("cloudy hills", "clouds").cover == "clear"


def test_a_no_ends_where_the_phrase_ends():
    scene = read_prompt("a lake with no people, birds above, a boat")
    assert scene.has("birds")
    assert scene.has("boat")
    assert not scene.has("figure")


@pytest.mark.parametrize(
    ("prompt", "camera", "drive"),
    [
        ("slow pan left over hills", "pan left", "stand"),
        ("the camera pans slowly to the right over hills", "pan right", "stand"),
        ("hills, panning shot", "pan", "stand"),
        ("dolly in on a forest", "dolly in", "stand"),
        ("the camera pulls back from a lake", "dolly out", "stand"),
        ("pushing in on a lake", "dolly in", "stand"),
        ("zoom out from the city", "zoom out", "stand"),
        ("the view tilts up to the stars over a lake", "tilt up", "stand"),
        ("crane down to the street", "tilt down", "stand"),
        ("the camera orbits around a tree", "orbit", "stand"),
        ("handheld footage of a street", "handheld", "stand"),
        ("static shot of a lake", "static", "stand"),
        ("drone flyover of dunes", "dolly in", "fly"),
        ("aerial view of hills, tilting down", "tilt down", "fly"),
        ("tracking shot through a forest", "pan right", "follow"),
        ("hills", "dolly in", "stand"),
    ],
)
def test_words_move_the_camera(prompt, camera, drive):
    scene = read_prompt(prompt)
    assert (str(scene.camera), scene.drive) == (camera, drive)


def test_speed_words_choose_the_strength():
    slow, plain, fast = (read_prompt(f"{word} pan over hills").strength for word in ("slow", "", "fast"))
    assert slow < plain < fast


def test_an_explicit_camera_and_strength_win_over_words():
    tilt = CameraMotion(kind="tilt", direction="up")
    scene = read_prompt("fast drone pan left over hills", camera=tilt, strength=0.1)
    assert (scene.camera, scene.drive, scene.strength) == (tilt, "stand", 0.1)
    assert read_prompt("hills", strength=0.0).strength == 0.0


def test_every_choice_is_explained():
    scene = read_prompt("Stormy sea at dusk, no boats, slow zoom out")
    reasons = [str(reason) for reason in scene.because]
    assert reasons == [
        "no boats -> no element boat",
        "sea -> place ocean",
        "dusk -> hour dusk",
        "stormy -> cover storm",
        "slow -> strength 0.35",
        "zoom out -> camera zoom out",
    ]


def test_an_unnamed_hour_depends_on_the_seed_alone():
    assert {read_prompt("hills", seed=seed).hour for seed in range(12)} == {"morning", "golden"}
    assert read_prompt("hills", seed=5) == read_prompt("hills", seed=5)


def test_contradictions_are_resolved():
    assert not read_prompt("stars in a storm over the sea").has("stars")
    assert not read_prompt("a studio in the rain").has("rain")
    assert not read_prompt("leaves in a winter forest").has("leaves")


@given(st.text(max_size=200), st.text(max_size=80), st.integers(0, 2**63 - 1))
def test_any_text_is_a_scene(prompt, negative, seed):
    scene = read_prompt(prompt, negative, seed)
    assert Scene.model_validate(scene.model_dump()) == scene


def test_each_phrase_is_reachable():
    tables = (words.PLACES, words.HOURS, words.COVERS, words.MOODS, words.SEASONS, words.ELEMENTS)
    parts = ("place", "hour", "cover", "mood", "season", "element")
    for part, table in zip(parts, tables, strict=True):
        for choice, names in table.items():
            for name in names.split():
                reasons = {str(reason) for reason in read_prompt("", name.replace("-", " ")).because}
                assert any(reason.endswith(f"no {part} {choice}") for reason in reasons), (name, reasons)


def test_every_place_has_a_rank():
    assert set(words.RANK) == set(words.PLACES)
