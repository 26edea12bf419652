"""What Luma Agents' emulator refuses, in the words of its documents; its life cycle is in the conformance tests."""

import base64
import io
import json

import aiohttp
import pytest
from PIL import Image

from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.luma import LumaAgentsEmulator
from video_gen.testing.emulators.serve import serving

ASKED = {"model": "ray-3.2", "type": "video", "prompt": "a paper boat", "video": {"resolution": "360p"}}


def inline(data: bytes, kind: str = "image/png") -> dict[str, str]:
    return {"data": base64.b64encode(data).decode(), "media_type": kind}


def picture(kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 36)).save(buffer, kind)
    return buffer.getvalue()


FRAME = inline(picture())
LINK = {"url": "https://example.com/a.png"}


@pytest.fixture(scope="module")
def emulator():
    with serving(LumaAgentsEmulator()) as (one,):
        yield one


@pytest.fixture
async def http(emulator):
    emulator.concurrent = 50
    async with aiohttp.ClientSession(emulator.url, headers={"Authorization": f"Bearer {KEY}"}) as session:
        yield session


async def created(http, **changes):
    body = io.BytesIO(json.dumps({**ASKED, **changes}).encode())
    async with http.post("/v1/generations", data=body, headers={"Content-Type": "application/json"}) as reply:
        return reply.status, await reply.json(), reply.headers


@pytest.mark.parametrize("changes", [
    {},
    {"aspect_ratio": "21:9", "video": {"duration": "10s", "resolution": "1080p"}},
    {"video": {"start_frame": FRAME, "end_frame": LINK}},
    {"video": {"duration": "10s", "keyframes": [FRAME, LINK], "keyframe_indexes": [0, 240], "hdr": True}},
    {"video": {"loop": True}},
    {"type": "video_edit", "source": {"generation_id": "g"}, "video": {"edit": {"strength": "flex_1"}}},
    {"type": "video_reframe", "source": {"file_id": "f"}, "aspect_ratio": "9:16"},
])  # fmt: skip
async def test_what_is_taken(http, emulator, changes):
    status, generation, _ = await created(http, **changes)
    assert status == 201
    assert (generation["state"], generation["type"]) == ("queued", changes.get("type", "video"))
    assert generation["id"] in emulator.world.renders


@pytest.mark.parametrize(("changes", "status", "said"), [
    ({"model": "ray-2"}, 422, ["body", "model"]),
    ({"prompt": ""}, 422, ["body", "prompt"]),
    ({"type": "film"}, 422, ["body", "type"]),
    ({"aspect_ratio": "9:21"}, 422, ["body", "aspect_ratio"]),
    ({"video": {"resolution": "4k"}}, 422, ["body", "video", "resolution"]),
    ({"video": {"duration": "9s"}}, 422, ["body", "video", "duration"]),
    ({"video": {"fps": 24}}, 422, ["body", "video", "fps"]),
    ({"video": "long"}, 422, ["body", "video"]),
    ({"seed": 1}, 422, ["body", "seed"]),
    ({"video": {"duration": "10s", "start_frame": FRAME}}, 422, "use keyframes"),
    ({"video": {"duration": "10s", "loop": True}}, 422, "loop is not supported with duration"),
    ({"video": {"hdr": True, "loop": True}}, 422, "loop is not supported with hdr"),
    ({"video": {"keyframes": [FRAME], "keyframe_indexes": [0], "start_frame": FRAME}}, 422, "exclude"),
    ({"video": {"keyframes": [FRAME]}}, 422, "must match keyframes in length"),
    ({"video": {"edit": {"strength": "flex_1"}}}, 422, "only valid with type=video_edit"),
    ({"video": {"start_frame": {}}}, 422, "exactly one"),
    ({"video": {"start_frame": {**FRAME, **LINK}}}, 422, "exactly one"),
    ({"video": {"start_frame": {"data": "AAAA"}}}, 422, "media_type is required"),
    ({"video": {"start_frame": {"data": "!", "media_type": "image/png"}}}, 422, "invalid base64"),
    ({"video": {"start_frame": inline(b"no picture")}}, 422, "could not be decoded"),
    ({"video": {"start_frame": inline(picture("GIF"), "image/gif")}}, 422, "could not be decoded"),
    ({"video": {"start_frame": inline(bytes(50 * 2**20 + 1))}}, 413, "exceeds 50 MB"),
    ({"type": "video_edit"}, 422, "source is required"),
    ({"type": "video_edit", "source": inline(b"no video", "video/mp4")}, 422, "could not be decoded"),
    ({"type": "video_edit", "source": LINK, "aspect_ratio": "1:1"}, 422, "not supported with type=video_edit"),
    ({"type": "video_edit", "source": LINK, "video": {"duration": "5s"}}, 422, "that of its source"),
    ({"type": "video_reframe", "source": LINK}, 422, "aspect_ratio is required"),
])  # fmt: skip
async def test_what_is_refused(http, emulator, changes, status, said):
    before = len(emulator.world.renders)
    found, body, _ = await created(http, **changes)
    assert found == status
    assert body["detail"][0]["loc"] == said if isinstance(said, list) else said in body["detail"]
    assert len(emulator.world.renders) == before


async def test_more_at_once_than_may_be(http, emulator):
    emulator.concurrent = 0
    status, body, headers = await created(http)
    assert (status, body) == (429, {"detail": "Concurrent job limit exceeded"})
    assert headers["Retry-After"] == "1"


async def test_links_end_after_an_hour_and_cannot_be_forged(http, emulator):
    _, generation, _ = await created(http)
    while generation["state"] != "completed":
        async with http.get(f"/v1/generations/{generation['id']}") as reply:
            generation = await reply.json()
    (output,) = generation["output"]
    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(output["url"]) as reply:
            assert (reply.status, reply.headers["Content-Type"]) == (200, "video/mp4")
        async with stranger.get(output["url"].replace("Signature=", "Signature=0")) as reply:
            assert reply.status == 403
        now = emulator.world.now
        later = now() + 3700
        emulator.world.now = lambda: later
        async with stranger.get(output["url"]) as reply:
            assert reply.status == 403
        emulator.world.now = now
