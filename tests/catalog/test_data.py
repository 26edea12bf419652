"""The shipped catalog: every name people use resolves, every card plans and quotes, and every check bites."""

import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.catalog import Catalog, ModelCard, load_catalog
from video_gen.catalog.check import problems
from video_gen.catalog.load import CatalogFile, parse_catalog_file
from video_gen.config import Config
from video_gen.exceptions import ConfigurationError, UnknownModelError, VideoGenerationError
from video_gen.spec import MediaRef

FILES = sorted(
    (entry for entry in files("video_gen.catalog.data").iterdir() if entry.name.endswith(".toml")),
    key=lambda entry: entry.name,
)
CARDS = sorted(load_catalog().cards)
PROVIDERS = sorted(load_catalog().providers)

NAMES = {
    "openai/sora-2": ["openai/sora-2", "sora-2", "sora2", "SORA-2"],
    "openai/sora-2-pro": ["openai/sora-2-pro", "sora-2-pro"],
    "azure/sora-2": ["azure/sora-2", "azure-sora"],
    "google/veo-2.0-generate-001": ["google/veo-2.0-generate-001", "veo-2"],
    "google/veo-3.0-generate-001": ["google/veo-3.0-generate-001", "veo-3.0-generate-001"],
    "google/veo-3.1-generate-preview": [
        "google/veo-3.1-generate-preview",
        "veo-3.1-generate-preview",
        "veo3",
        "veo-3.1",
    ],
    "google/veo-3.1-fast-generate-preview": [
        "google/veo-3.1-fast-generate-preview",
        "veo-3.1-fast-generate-preview",
        "gemini/veo-3.1-fast-generate-preview",
    ],
    "gemini/gemini-omni-1.2-flash": ["google/gemini-omni-1.2-flash", "gemini-omni-1.2-flash"],
    "vertex/veo-3.1-generate-001": ["vertex_ai/veo-3.1-generate-001", "veo-3.1-generate-001"],
    "vertex-omni/gemini-omni-1.2-flash": ["vertex/gemini-omni-1.2-flash"],
    "bedrock/amazon.nova-reel-v1:0": ["amazon/nova-reel"],
    "runway/gen4_turbo": ["gen4_turbo"],
    "runway/gen4": ["gen4"],
    "runway/veo3.1": ["veo3.1"],
    "kuai/veo_3_1": ["veo_3_1"],
    "kuai/veo_3_1-fast": ["veo_3_1-fast"],
    "local/draft": ["local", "draft"],
}
VENICE = [
    "kling-2.6-pro-text-to-video",
    "kling-2.5-turbo-pro-text-to-video",
    "sora-2-text-to-video",
    "sora-2-pro-text-to-video",
    "veo3-full-text-to-video",
    "veo3-fast-text-to-video",
    "wan-2.5-preview-text-to-video",
    "ltx-2-full-text-to-video",
    "longcat-text-to-video",
    "kling-2.6-pro-image-to-video",
    "sora-2-image-to-video",
    "veo3-full-image-to-video",
    "wan-2.5-preview-image-to-video",
    "ltx-2-full-image-to-video",
]


class TestNames:
    @pytest.mark.parametrize(("card", "name"), [(card, name) for card, names in NAMES.items() for name in names])
    def test_every_name_in_use_means_its_model(self, catalog, card, name):
        assert catalog.card(name).id == card

    @pytest.mark.parametrize("name", VENICE)
    def test_venices_names_are_venices_models(self, catalog, name):
        assert catalog.card(name).provider == "venice"

    def test_a_wrong_name_gets_the_nearest_right_ones(self, catalog):
        with pytest.raises(UnknownModelError, match=r"there is no model `sorra-2`: did you mean .*`sora-2`"):
            catalog.card("sorra-2")

    def test_the_models_that_ended_say_so(self, catalog):
        ended = {"sora-2": "2026-09-24", "azure-sora": "2026-09-15", "veo-2": "2026-06-30", "nova-reel": "2026-09-30"}
        ended |= {"veo-3.1-generate-preview": "2026-10-22"}
        for name, day in ended.items():
            life = catalog.card(name).lifecycle
            assert (life.status, str(life.retires)) == ("retired", day)


class TestFiles:
    @pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry.name)
    def test_each_is_named_for_its_provider_and_reads(self, entry):
        file = parse_catalog_file(entry.read_text(encoding="utf-8"), entry.name)
        assert file.provider.id == entry.name.removesuffix(".toml")

    @pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry.name)
    def test_prices_are_text_and_sources_are_public(self, entry):
        text = entry.read_text(encoding="utf-8")
        assert not re.search(r"usd_\w+ = [\d.]", text)
        assert not re.search(r"(?i)\bseed 00\d|reference sheet|protocol sheet", text)

    def test_a_broken_file_names_its_fault(self):
        with pytest.raises(ConfigurationError, match=r"catalog file x\.toml is not TOML"):
            parse_catalog_file("[provider", "x.toml")
        text = FILES[0].read_text(encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"catalog file x\.toml, model\.0\.id `\?\?`"):
            parse_catalog_file(
                re.sub(r'^id = "[a-z-]+/[^"]+"', 'id = "??"', text, count=1, flags=re.MULTILINE), "x.toml"
            )

    def test_the_whole_catalog_has_no_problem(self, catalog):
        assert problems(catalog) == []


class TestKeys:
    """One variable, two meanings: a relay never sees Google's key, nor Google a relay's."""

    @pytest.mark.parametrize(
        ("environ", "google", "relay"),
        [
            ({"VEO3_API_KEY": "k"}, "k", None),
            ({"VEO3_API_KEY": "k", "VEO3_BASE_URL": "https://relay.example"}, None, "k"),
            ({"VEO3_API_KEY": "k", "GEMINI_API_KEY": "g"}, "g", None),
            ({"GOOGLE_API_KEY": "o", "GEMINI_API_KEY": "g"}, "g", None),
            ({"GOOGLE_API_KEY": "o", "KUAI_API_KEY": "q"}, "o", "q"),
        ],
    )
    def test_precedence(self, catalog, tmp_path, environ, google, relay):
        config = Config.from_environment(environ, tmp_path / "none")

        def key(provider: str) -> str | None:
            found = config.key_for(catalog.providers[provider])
            return None if found is None else found.get_secret_value()

        assert (key("google"), key("gemini"), key("kuai")) == (google, google, relay)

    def test_the_relay_is_set_up_by_its_own_variables(self, catalog, tmp_path):
        environ = {
            "VEO3_BASE_URL": "https://relay.example",
            "VEO3_ENDPOINT": "/v2/videos",
            "VEO3_MODEL": "veo_3_1-fast",
        }
        config = Config.from_environment(environ, tmp_path / "none")
        relay = catalog.providers["kuai"]
        assert config.base_url_for(relay) == "https://relay.example"
        settings = config.settings_for(relay)
        assert (settings["endpoint"], settings["model"]) == ("/v2/videos", "veo_3_1-fast")

    @pytest.mark.parametrize(
        ("provider", "variable"),
        [
            ("openai", "OPENAI_API_KEY"),
            ("azure", "AZURE_OPENAI_API_KEY"),
            ("runway", "RUNWAYML_API_SECRET"),
            ("runway", "RUNWAY_API_KEY"),
            ("bedrock", "AWS_BEARER_TOKEN_BEDROCK"),
        ],
    )
    def test_the_usual_variable_of_each_provider(self, catalog, tmp_path, provider, variable):
        key = Config.from_environment({variable: "k"}, tmp_path / "none").key_for(catalog.providers[provider])
        assert key is not None

    def test_runway_is_sent_its_version(self, catalog):
        assert catalog.providers["runway"].headers == {"X-Runway-Version": "2024-11-06"}


def picture(width: int, height: int) -> MediaRef:
    return MediaRef(sha256="a" * 64, media_type="image/png", bytes=1, width=width, height=height)


CLIP = MediaRef(sha256="b" * 64, media_type="video/mp4", bytes=1, width=1280, height=720, seconds=6.4)


def inputs() -> st.SearchStrategy[dict[str, object]]:
    still = picture(900, 1600)
    return st.sampled_from(
        [
            {},
            {"first_frame": still},
            {"first_frame": still, "last_frame": still},
            {"references": (still, still)},
            {"source_video": CLIP},
        ]
    )


REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "seconds": st.floats(0.5, 70),
        "aspect_ratio": st.sampled_from(["16:9", "9:16", "1:1", "4:3", "21:9", "2.39:1"]),
        "resolution": st.sampled_from(["360p", "480p", "720p", "1080p", "1440p", "4k"]),
        "fps": st.sampled_from([24, 30, 60]),
        "audio": st.booleans(),
        "seed": st.integers(0, 2**32),
        "negative_prompt": st.just("blur"),
        "count": st.integers(1, 16),
        "camera": st.sampled_from([{"kind": "pan"}, {"kind": "orbit", "direction": "left"}]),
        "motion_strength": st.floats(0, 1),
        "strict": st.booleans(),
    },
)
SENTENCE = re.compile(r"`[^`]+`.* .*", re.DOTALL)


@given(asked=REQUESTS, media=inputs(), name=st.sampled_from(CARDS))
def test_any_request_plans_or_is_refused_in_a_sentence(plan_named, catalog, asked, media, name):
    refused: list[str] = []
    try:
        plan = plan_named(name, **asked, **media)
    except VideoGenerationError as error:
        refused.append(str(error))
    if refused:
        assert SENTENCE.search(refused[0])
        return
    card, settings = catalog.card(name), plan.settings
    assert plan.quote.high is None or plan.quote.low <= plan.quote.high
    assert (plan.quote.high is None) or plan.quote.source
    assert settings.count <= card.max_count
    assert settings.audio is None or card.audio in {"optional", None} or card.rules
    assert all(SENTENCE.search(change.reason) for change in plan.adjustments)
    if card.resolutions and settings.resolution:
        assert settings.resolution in card.resolutions
    if card.ratios and settings.aspect_ratio:
        assert settings.aspect_ratio in card.ratios


EVERY_INPUT = st.fixed_dictionaries(
    {},
    optional={
        "first_frame": st.just(picture(900, 1600)),
        "last_frame": st.just(picture(900, 1600)),
        "references": st.just((picture(64, 64), picture(64, 64))),
        "source_video": st.just(CLIP),
    },
)


@given(media=EVERY_INPUT, name=st.sampled_from(CARDS), strict=st.booleans())
def test_an_input_is_dropped_only_where_the_model_takes_none_and_with_an_adjustment(
    plan_named, catalog, media, name, strict
):
    card = catalog.card(name)
    try:
        plan = plan_named(name, drop_inputs=True, strict=strict, **media)
    except VideoGenerationError:
        return
    taken = {option: getattr(card, option) for option in ("first_frame", "last_frame", "source_video")}
    taken["references"] = "no" if card.references_max == 0 else "optional"
    sent = {option for option in taken if getattr(plan.settings, option)}
    noted = {change.option.replace(" ", "_") for change in plan.adjustments if change.used is None}
    assert not {option for option in sent if taken[option] == "no"}
    assert noted & taken.keys() == media.keys() - sent
    assert not (strict and noted)
    assert plan.settings.first_frame == media.get("first_frame")


def usual_inputs(card: ModelCard, task: str) -> dict[str, object]:
    """The inputs that make the task, and those the model cannot do without."""
    still = picture(1280, 720)
    clip = MediaRef(sha256="b" * 64, media_type="video/mp4", bytes=1, width=1280, height=720, seconds=6.0)
    every = {"first_frame": still, "last_frame": still, "references": (still,), "source_video": clip}
    named = {
        "image_to_video": {"first_frame"},
        "first_last_frame": {"first_frame", "last_frame"},
        "reference_to_video": {"references"},
        "video_to_video": {"source_video"},
    }.get(task, set())
    required = {name for name in ("first_frame", "last_frame", "source_video") if getattr(card, name) == "required"}
    return {name: every[name] for name in named | required}


@pytest.mark.parametrize("owner", PROVIDERS)
def test_every_card_takes_the_inputs_of_its_own_tasks(plan_named, cards_of, owner):
    """With nothing but its inputs a task is offered as it is: strict has nothing to refuse."""
    for card in cards_of(owner):
        for task in card.tasks or ("text_to_video",):
            assert plan_named(card.id, **usual_inputs(card, task), strict=True).adjustments == (), card.id


@pytest.mark.parametrize("owner", PROVIDERS)
def test_a_longer_video_never_costs_less(plan_named, cards_of, owner):
    for card in cards_of(owner):
        for task, tier in product(card.tasks or ("text_to_video",), card.resolutions or (None,)):
            asked = {"resolution": tier, **usual_inputs(card, task)}
            quotes = [plan_named(card.id, seconds=seconds, **asked).quote for seconds in (1, 4, 5, 6, 8, 10, 15, 60)]
            lows, highs = [each.low for each in quotes], [each.high for each in quotes if each.high is not None]
            assert lows == sorted(lows), (card.id, task, tier)
            assert highs == sorted(highs), (card.id, task, tier)


BASE = """
[provider]
id = "acme"
title = "Acme"
protocol = "openai"
base_url = "https://acme.example"
key_env = ["ACME_KEY"]
source = "a test"
checked = "2026-11-21"
{provider}

[[model]]
id = "acme/one"
wire = "one"
title = "One"
source = "a test"
checked = "2026-11-21"
{model}
"""

FAULTS = [
    ('source = ""', "", "provider `acme` names no source"),
    ('checked = "soon"', "", "provider `acme` was checked on `soon`, which is no date"),
    ('base_url = "https://{region}.acme.example"', "", "provider `acme` has no setting `region` for its base URL"),
    ('signing = "header"', "", "provider `acme` signs by a header and does not say which"),
    ("key_env = []", "", "provider `acme` needs a key and names no variable that may hold it"),
    ('key_needs = { OTHER = "X" }', "", "provider `acme` has a condition for `OTHER`, which is no variable of its key"),
    ("", 'source = ""', "`acme/one` names no source"),
    ("", 'wire = "{deployment}"', "`acme/one` has a wire name with `deployment`, which is no setting of its provider"),
    ("", 'prices = [{ usd_per_video = "1" }]', "`acme/one` has prices and does not say where they were read"),
    ("", 'aliases = ["Auto"]', "`acme/one` has the alias `auto`, which lets the gateway choose"),
    ("", 'aliases = ["one two"]', "`acme/one` has the alias `one two`, which nobody can type plainly"),
    ("", 'lifecycle = { status = "retired" }', "`acme/one` is retired with neither a day nor a note"),
    (
        "",
        'lifecycle = { status = "retired", retires = 2027-01-01 }',
        "`acme/one` is retired as of 2027-01-01, after it was checked",
    ),
    ("", 'lifecycle = { replacement = "acme/two" }', "`acme/one` is replaced by `acme/two`, which is no card"),
    (
        "",
        'lifecycle = { status = "retired", retires = 2026-01-01, replacement = "acme/one" }',
        "`acme/one` is replaced by `acme/one`, which is retired",
    ),
    ("", "durations = [8, 4]", "`acme/one` has durations that do not rise"),
    ("", "fps = [24, 24]", "`acme/one` has fps that do not rise"),
    ("", 'resolutions = ["4k", "720p"]', "`acme/one` has resolutions that do not rise"),
    (
        "",
        'rules = [{ when = { task = ["text_to_video"] }, durations = [8, 4], because = "so" }]',
        "`acme/one` has durations when so that do not rise",
    ),
    ("", "durations = [4, 8]\nduration_default = 5", "`acme/one` has the usual length 5, which is not among its own"),
    (
        "",
        "durations = { min = 4, max = 8, step = 2 }\nduration_default = 5",
        "`acme/one` has the usual length 5, which is not among its own",
    ),
    ("", "fps_default = 24", "`acme/one` has the usual frame rate 24, which is not among its own"),
    ("", 'size_default = "1280x720"', "`acme/one` has a usual size and names none that it takes"),
    ("", 'ratio_default = "16:9"', "`acme/one` has a usual aspect ratio and names none that it takes"),
    ("", 'resolution_default = "720p"', "`acme/one` has a usual resolution and names none that it takes"),
    ("", 'audio = "never"\naudio_default = true', "`acme/one` has a usual sound although there is no choice"),
    ("", "fps_selectable = true", "`acme/one` lets one choose a frame rate and names none"),
    ("", 'sizes = ["64x64"]\nfree_size = { max_side = 99 }', "`acme/one` has both listed sizes and a free size"),
    (
        "",
        'ratios = ["1:1"]\nresolutions = ["720p"]\nframe_sizes = { "1:1 4k" = "2160x2160" }',
        "`acme/one` lists pixels for `1:1 4k`, which it does not take",
    ),
    (
        "",
        'tasks = ["image_to_video"]',
        "`acme/one` makes videos from a first frame and does not say whether it needs one",
    ),
    (
        "",
        'tasks = ["image_to_video"]\nfirst_frame = "no"',
        "`acme/one` makes videos from a first frame and takes none",
    ),
    (
        "",
        'tasks = ["text_to_video"]\nsource_video = "optional"',
        "`acme/one` takes a source video and makes no video from it",
    ),
    (
        "",
        'tasks = ["text_to_video", "image_to_video"]\nfirst_frame = "required"',
        "`acme/one` needs a first frame and makes videos from a prompt alone",
    ),
    (
        "",
        'tasks = ["reference_to_video"]\nreferences_max = 0',
        "`acme/one` makes videos from reference pictures and takes none",
    ),
    (
        "",
        'tasks = ["text_to_video"]\nrules = [{ when = { task = ["video_to_video"] }, fps = [8], because = "so" }]',
        "`acme/one` has a rule (so) for task video to video, which never happens",
    ),
    (
        "",
        'price_source = "x"\nprices = [{ when = { colour = ["red"] }, usd_per_video = "1" }, { usd_per_video = "2" }]',
        "`acme/one` has price 1 that depends on `colour`, which planning does not know",
    ),
    (
        "",
        (
            'price_source = "x"\naudio = "never"\n'
            'prices = [{ when = { audio = [true] }, usd_per_video = "1" }, { usd_per_video = "2" }]'
        ),
        "`acme/one` has price 1 for audio on, which never happens",
    ),
    (
        "",
        (
            'price_source = "x"\nsizes = ["1280x720"]\n'
            'prices = [{ when = { resolution = ["1080p"] }, usd_per_video = "1" }, { usd_per_video = "2" }]'
        ),
        "`acme/one` has price 1 for resolution 1080p, which never happens",
    ),
    (
        "",
        'price_source = "x"\nprices = [{ usd_per_video = "1" }, { when = { audio = [true] }, usd_per_video = "2" }]',
        "`acme/one` has price 2, which an earlier one always wins over",
    ),
    (
        "",
        (
            'price_source = "x"\nresolutions = ["720p", "4k"]\n'
            'prices = [{ when = { resolution = ["720p"] }, usd_per_video = "1" }]'
        ),
        "`acme/one` has no price for resolution 4k",
    ),
    (
        "",
        'price_source = "x"\nprices = [{ when = { resolution = ["720p"] }, usd_per_video = "1" }]',
        "`acme/one` has prices that depend on resolution, and no last one for whatever else there is",
    ),
]


def fragment(base: str, faults: str) -> str:
    """Put a fault in the place of the line that has its key, or behind the others."""
    for line in faults.splitlines():
        key = line.partition(" = ")[0]
        base, replaced = re.subn(rf"^{key} = .*$", lambda _, line=line: line, base, count=1, flags=re.MULTILINE)
        base = base if replaced else f"{base}\n{line}"
    return base


def catalog_with(provider: str, model: str) -> Catalog:
    head, _, card = BASE.format(provider="", model="").partition("[[model]]")
    text = f"{fragment(head, provider)}\n[[model]]{fragment(card, model)}"
    return Catalog([CatalogFile.model_validate(tomllib.loads(text))])


@pytest.mark.parametrize(("provider", "model", "problem"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_every_check_bites(provider: str, model: str, problem: str):
    assert problems(catalog_with(provider, model)) == [problem]


def test_a_sound_card_has_no_problem():
    assert problems(catalog_with("", "")) == []


def test_a_price_may_leave_out_what_a_rule_forbids():
    model = """
tasks = ["text_to_video", "image_to_video"]
first_frame = "optional"
resolutions = ["720p", "4k"]
rules = [{ when = { task = ["image_to_video"] }, resolutions = ["720p"], because = "so" }]
price_source = "x"
prices = [
    { when = { task = ["text_to_video"] }, usd_per_video = "1" },
    { when = { task = ["image_to_video"], resolution = ["720p"] }, usd_per_video = "2" },
]"""
    head, _, card = BASE.format(provider="", model=model).partition("[[model]]")
    assert problems(Catalog([CatalogFile.model_validate(tomllib.loads(f"{head}[[model]]{card}"))])) == []


@pytest.mark.parametrize(
    ("twist", "message"),
    [
        (lambda file: [file, file], "two catalog files describe the provider `acme`"),
        (
            lambda file: [file.model_copy(update={"model": file.model + file.model})],
            "`acme/one` names both `acme/one` and `acme/one`",
        ),
        (
            lambda file: [file.model_copy(update={"provider": file.provider.model_copy(update={"id": "other"})})],
            "card `acme/one` stands in the file of provider `other`",
        ),
    ],
)
def test_names_that_clash_are_refused(twist: Callable[[CatalogFile], list[CatalogFile]], message: str):
    file = CatalogFile.model_validate(tomllib.loads(BASE.format(provider="", model="")))
    with pytest.raises(ConfigurationError, match=message):
        Catalog(twist(file))
