"""The README names every provider there is, and shows a chain that can be planned."""

import re
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from video_gen.catalog import load_catalog
from video_gen.catalog.chain import Candidate, plan_chain
from video_gen.spec import Request

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAMES = {
    "ark": "Ark",
    "azure": "Azure",
    "azure-jobs": "Azure",
    "bedrock": "Amazon Bedrock",
    "fal": "fal",
    "gemini": "Omni, by Gemini",
    "google": "Google (Veo",
    "kling": "Kling",
    "kuai": "relay",
    "local": "embedded renderer",
    "luma": "Luma",
    "luma-dream-machine": "Luma",
    "minimax": "MiniMax",
    "openai": "OpenAI",
    "replicate": "Replicate",
    "runway": "Runway",
    "venice": "Venice",
    "vertex": "on Google Cloud",
    "vertex-omni": "on Google Cloud",
    "volcengine": "ByteDance",
}


def test_it_names_every_provider_that_can_be_reached():
    catalog, registered = load_catalog(), {point.name for point in entry_points(group="video_gen.protocols")}
    assert {each.id for each in catalog.providers.values() if each.protocol in registered} == NAMES.keys()
    text = " ".join(README.split())
    assert [name for name in NAMES.values() if name not in text] == []


def test_its_chain_can_be_planned_below_its_ceiling():
    command = re.search(r"^\$ video-gen generate .*--fallback.*$", README, re.MULTILINE)[0]
    first, fallback, ceiling = (
        re.search(rf"--{option} (\S+)", command)[1] for option in ("model", "fallback", "max-cost")
    )
    catalog = load_catalog()
    cards = [catalog.card(name) for name in (first, fallback)]
    request = Request.of(model=first, prompt="a calm ocean at sunset", fallback=(fallback,))
    chain = [Candidate(card, catalog.provider_of(card)) for card in cards]
    plan = plan_chain(request, chain, today=date(2026, 11, 21))
    assert plan.alternatives
    for each in (plan, *plan.alternatives):
        assert each.quote.high == pytest.approx(each.quote.low)
        assert each.quote.high <= float(ceiling) * 1_000_000
