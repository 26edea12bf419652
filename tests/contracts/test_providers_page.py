"""The page of providers: what it says to type works."""

import re
from pathlib import Path

import pytest

from video_gen import Client
from video_gen.catalog import load_catalog

PAGE = (Path(__file__).parents[2] / "docs/reference/providers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r'^\$ video-gen (generate|image) "(.+)" --model (\S+) -o ', PAGE, re.MULTILINE)


def test_each_provider_has_its_part():
    assert re.findall(r"^## (\S+)$", PAGE, re.MULTILINE) == sorted(load_catalog().providers)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEO_GEN_HOME", str(tmp_path_factory.mktemp("home")))
        with Client() as opened:
            yield opened


@pytest.mark.parametrize(("command", "prompt", "model"), EXAMPLES)
def test_what_it_says_to_type_can_be_planned(client, command, prompt, model):
    plan = client.images.plan(prompt, model=model) if command == "image" else client.plan(prompt, model=model)
    assert (plan.model, plan.settings.prompt) == (model, prompt)
