"""How much a prompt demands: by labelled prompts, and whatever the prompt is."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.routing import analyze
from video_gen.routing.demand import tier_of

LABELLED = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))
CASES = [(tier, prompt) for tier, prompts in LABELLED.items() for prompt in prompts]


def test_the_prompts_are_many_and_of_every_tier():
    assert set(LABELLED) == {"low", "medium", "high"}
    assert len(set(CASES)) >= 60
    assert min(len(prompts) for prompts in LABELLED.values()) >= 15


@pytest.mark.parametrize(("tier", "prompt"), CASES)
def test_a_prompt_gets_the_tier_a_person_would_give_it(tier, prompt):
    demand = analyze(prompt)
    assert demand.tier == tier, demand.because


def test_the_reasons_name_the_words():
    demand = analyze("Two samurai fighting in the rain")
    assert demand.because == ("people (samurai) +2; several at once (two) +1; fast or skilled movement (fighting) +2")
    assert analyze("a red apple").because == "nothing in it is hard for a model"


def test_the_topic_is_read_too():
    assert analyze("the finale", "boxers fighting, two people, cinematic").tier == "high"
    assert analyze("the finale").tier == "low"


def test_words_are_whole_words():
    assert analyze("a manuscript, a mansion and a humane handle").points == 0
    assert analyze("A MAN").points == 2


@pytest.mark.parametrize(
    "prompt",
    [
        "夕暮れの静かな海",
        "رجل يركض في المطر",
        "Ein Mann läuft durch den Regen",
        "🌊🌅",
        "a" * 100_000,
        "x\ud800y".encode("utf-8", "replace").decode(),
        '"' * 500,
    ],
)
def test_no_prompt_is_too_strange(prompt):
    assert analyze(prompt).tier in {"low", "medium", "high"}


def test_a_long_text_without_spaces_is_long():
    assert analyze("海" * 200).points == 2


@given(prompt=st.text(), topic=st.text())
def test_the_points_are_the_sum_of_what_was_found(prompt, topic):
    demand = analyze(prompt, topic)
    assert demand == analyze(prompt, topic)
    assert demand.points == sum(feature.points for feature in demand.features)
    assert demand.tier == tier_of(demand.points)
    assert all(feature.found and feature.points for feature in demand.features)
