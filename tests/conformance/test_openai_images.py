"""Pictures through the real driver: the flow runs, and its outputs come to files."""

import pytest
from PIL import Image

from video_gen.catalog import load_catalog
from video_gen.config import Config
from video_gen.exceptions import ContentPolicyError, SubmissionUnknownError
from video_gen.protocols.openai.images import Wish, generate
from video_gen.testing.conformance.house import PATIENCE
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import OpenAIEmulator
from video_gen.testing.emulators.serve import serving
from video_gen.transport import HttpDriver


@pytest.fixture
def emulator():
    with serving(OpenAIEmulator()) as (one,):
        yield one


@pytest.fixture
def provider(emulator):
    config = Config.from_environment({"OPENAI_BASE_URL": f"{emulator.url}/v1"})
    return config.configured(load_catalog().provider("openai"))


@pytest.fixture
async def driver(emulator, tmp_path):
    config = Config.from_environment({"OPENAI_API_KEY": KEY})
    one = HttpDriver(key_of=config.key_for, file_of=lambda _: tmp_path, work=tmp_path / "work", patience=PATIENCE)
    yield one
    await one.close()


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-1"])
async def test_links_and_base64_become_files(driver, provider, tmp_path, model):
    wish = Wish(prompt="a harbour at dusk", model=model, width=1024, height=1024)
    done = await driver.drive(generate(wish, provider), provider)
    file = tmp_path / "harbour.png"
    await driver.collect(done.outputs[0], provider, file, progress=lambda _: None, cancelled=lambda: False)
    with Image.open(file) as picture:
        assert picture.size == (1024, 1024)


async def test_a_blocked_prompt(driver, provider, emulator):
    emulator.faults.inject("refused")
    with pytest.raises(ContentPolicyError):
        await driver.drive(generate(Wish(prompt="a harbour", model="dall-e-3"), provider), provider)


@pytest.mark.parametrize("fault", ["cut_after", "error_after", "garbage"])
async def test_a_lost_answer_may_be_paid_and_is_not_sent_again(driver, provider, emulator, fault):
    emulator.faults.inject(fault)
    with pytest.raises(SubmissionUnknownError):
        await driver.drive(generate(Wish(prompt="a harbour", model="dall-e-2"), provider), provider)
    assert [call.path for call in emulator.world.calls] == ["/v1/images/generations"]
