"""The request types of Runway's own client judge what we send for every model, and the forms the emulator checks by."""

import collections.abc
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
import typing_extensions
from pydantic import TypeAdapter, ValidationError
from runwayml._utils import PropertyInfo
from runwayml.types import image_to_video_create_params, text_to_video_create_params, video_to_video_create_params

from video_gen.catalog import load_catalog, plan
from video_gen.protocols.runway.body import body, endpoint
from video_gen.spec import MediaRef, Plan, Request
from video_gen.testing.emulators.runway.forms import forms, issues

TODAY = date(2026, 11, 21)
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=9000, width=1280, height=720)
OTHER = MediaRef(sha256="b" * 64, media_type="image/png", bytes=9000, width=1280, height=720)
FILM = MediaRef(sha256="c" * 64, media_type="video/mp4", bytes=9000, width=1280, height=720, seconds=5)
URIS = {PICTURE.sha256: "https://example.com/1.jpg", OTHER.sha256: "runway://2", FILM.sha256: "https://example.com/3"}
INPUTS: dict[str, dict[str, Any]] = {
    "text_to_video": {},
    "image_to_video": {"first_frame": PICTURE},
    "first_last_frame": {"first_frame": PICTURE, "last_frame": OTHER},
    "reference_to_video": {"references": (PICTURE, OTHER)},
    "video_to_video": {"source_video": FILM},
}
WISHES: list[dict[str, Any]] = [
    {},
    {"aspect_ratio": "9:16"},
    {"aspect_ratio": "1:1", "resolution": "1080p", "seconds": 7},
    {"resolution": "480p", "seconds": 5, "audio": False, "seed": 0},
    {"width": 1280, "height": 720, "seconds": 8, "audio": True, "seed": 7, "negative_prompt": "rain"},
]
Types = dict[str, tuple[Any, bool]]


def types_of(typed: Any) -> Types:
    """Return the fields of a request type by their names on the wire: their types, and whether they are required."""
    found: Types = {}
    for name, hint in get_type_hints(typed, include_extras=True).items():
        alias, required, inner = name, False, hint
        while get_origin(inner) in {typing_extensions.Required, Annotated}:
            if get_origin(inner) is Annotated:
                infos = [each for each in get_args(inner)[1:] if isinstance(each, PropertyInfo) and each.alias]
                alias = infos[0].alias if infos else alias
            else:
                required = True
            inner = get_args(inner)[0]
        found[alias] = (inner, required)
    return found


def sdk_types() -> dict[str, dict[str, list[Types]]]:
    """Return the request types by endpoint and model; one model may have several."""
    unions = {
        "image_to_video": image_to_video_create_params.ImageToVideoCreateParams,
        "text_to_video": text_to_video_create_params.TextToVideoCreateParams,
        "video_to_video": video_to_video_create_params.VideoToVideoCreateParams,
    }
    found: dict[str, dict[str, list[Types]]] = {}
    for name, union in unions.items():
        for typed in get_args(union):
            types = types_of(typed)
            (model,) = get_args(types.pop("model")[0])
            found.setdefault(name, {}).setdefault(model, []).append(types)
    return found


SDK = sdk_types()


def fits(value: Any, hint: Any) -> bool:
    """Whether the SDK's type allows a value; iterables are looked into, unknown keys of objects are not allowed."""
    if get_origin(hint) is Union:
        return any(fits(value, each) for each in get_args(hint))
    if get_origin(hint) is collections.abc.Iterable:
        return isinstance(value, list) and all(fits(each, get_args(hint)[0]) for each in value)
    if typing_extensions.is_typeddict(hint):
        types = types_of(hint)
        return isinstance(value, dict) and not misfits(value, types)
    try:
        TypeAdapter(hint).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def misfits(sent: dict[str, Any], types: Types) -> list[str]:
    missing = [name for name, (_, required) in types.items() if required and name not in sent]
    unknown = [name for name in sent if name not in {*types, "model"}]
    wrong = [f"{name}={value!r}" for name, value in sent.items() if name in types and not fits(value, types[name][0])]
    return missing + unknown + wrong


def plans() -> list[Plan]:
    catalog = load_catalog()
    cards = [card for card in catalog.cards.values() if card.provider == "runway" and card.wire in forms_models()]
    return [
        plan(
            Request.of(model=card.id, prompt="a paper boat", **INPUTS[task], **wish),
            card,
            catalog.provider("runway"),
            today=TODAY,
        )
        for card in cards
        for task in card.tasks or ()
        for wish in WISHES
    ]


def forms_models() -> set[str]:
    return {model for models in forms().values() for model in models}


PLANS = plans()


@pytest.mark.parametrize("planned", PLANS, ids=lambda each: f"{each.model.partition('/')[2]}-{each.task}")
def test_whatever_is_planned_is_a_request_the_sdk_could_have_sent(planned):
    sent, where = body(planned, URIS), endpoint(planned)
    if planned.wire_model == "gen4":
        assert where == "image_to_video"  # in no SDK: its form is the emulator's alone
    else:
        types = SDK[where][planned.wire_model]
        assert [] in [misfits(sent, each) for each in types], (sent, [misfits(sent, each) for each in types])
    assert issues(where, sent) == []


def test_every_model_and_every_endpoint_was_tried():
    tried = {(endpoint(each), each.wire_model) for each in PLANS}
    assert tried == {(name, model) for name, models in forms().items() for model in models}


def test_the_emulator_knows_the_models_of_the_sdk():
    named = {(name, model) for name, models in forms().items() for model in models}
    assert named - {(name, model) for name, models in SDK.items() for model in models} == {("image_to_video", "gen4")}
    assert {(name, model) for name, models in SDK.items() for model in models} <= named


CASES = [(name, model) for name, models in SDK.items() for model in models]


@pytest.mark.parametrize(("name", "model"), CASES)
def test_the_emulators_forms_are_the_sdks_types(name, model):
    (types,) = SDK[name][model]
    fields = forms()[name][model]
    assert fields.keys() == types.keys()
    for field, (hint, required) in types.items():
        assert fields[field].required == required, field
        for value in samples(hint):
            accepted = not fields[field].issues(value, (field,))
            assert accepted, f"the emulator refuses {field}={value!r}"
        for value in (
            "no such choice",
            1.5,
            True,
            ["text"],
            None,
            *([] if typing_extensions.is_typeddict(hint) else [{}]),
        ):
            if not fields[field].issues(value, (field,)):
                assert fits(value, hint), f"the emulator takes {field}={value!r}"


def samples(hint: Any) -> list[Any]:
    """Return values that a type allows, every choice among them."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    if get_origin(hint) is Union:
        return [each for part in get_args(hint) for each in samples(part)]
    if get_origin(hint) is collections.abc.Iterable:
        return [[each] for each in samples(get_args(hint)[0])]
    if typing_extensions.is_typeddict(hint):
        types = types_of(hint)
        whole = {name: samples(inner)[0] for name, (inner, _) in types.items()}
        few = {name: value for name, value in whole.items() if types[name][1]}
        return [whole, few]
    return {str: ["some text"], int: [5], float: [0.5], bool: [True, False], object: [{"uri": "https://example.com"}]}[
        hint
    ]
