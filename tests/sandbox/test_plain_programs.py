"""Programs that know nothing of video-gen and speak to Sora and Veo themselves, step by step."""

import asyncio
from pathlib import Path

import httpx
import pytest
from google import genai
from google.genai import types

from video_gen.media.probe import probe
from video_gen.testing.emulators.sandbox import sandbox


@pytest.fixture(scope="module")
def settings():
    with sandbox(port=0, only=("openai", "vertex"), queue_s=0.2, render_s=0.05, size="small") as opened:
        yield opened.environment


async def test_sora_by_its_three_calls(settings, tmp_path):
    headers = {"Authorization": f"Bearer {settings['OPENAI_API_KEY']}"}
    words = {"model": "sora-2", "prompt": "a calm ocean", "seconds": "8", "size": "720x1280"}
    async with httpx.AsyncClient(base_url=settings["OPENAI_BASE_URL"], headers=headers) as client:
        made = await client.post("/videos", files={name: (None, value) for name, value in words.items()})
        job = made.raise_for_status().json()
        assert job["status"] in {"queued", "pending"}
        async with asyncio.timeout(30):
            while job["status"] != "completed":
                await asyncio.sleep(0.05)
                job = (await client.get(f"/videos/{job['id']}")).raise_for_status().json()
        film = (await client.get(f"/videos/{job['id']}/content")).raise_for_status()
    path = tmp_path / "film.mp4"
    path.write_bytes(film.content)
    assert probe(path).seconds > 0


@pytest.mark.filterwarnings("ignore:The generate_videos method with prompt:DeprecationWarning")  # as older programs do
async def test_veo_by_googles_own_client(settings, tmp_path):
    """On Google Cloud, the one place where google-genai still orders videos."""
    client = genai.Client(
        vertexai=True,
        api_key=settings["GOOGLE_OAUTH_ACCESS_TOKEN"],
        http_options=types.HttpOptions(base_url=settings["GOOGLE_VERTEX_BASE_URL"]),
    )
    config = types.GenerateVideosConfig(
        aspect_ratio="9:16", duration_seconds=8, number_of_videos=1, person_generation="allow_all"
    )
    operation = client.models.generate_videos(model="veo-3.1-generate-001", prompt="a calm ocean", config=config)
    async with asyncio.timeout(30):
        while not operation.done:
            await asyncio.sleep(0.05)
            operation = client.operations.get(operation)
    path = tmp_path / "film.mp4"
    operation.response.generated_videos[0].video.save(str(path))
    info = probe(Path(path))
    assert info.height > info.width
