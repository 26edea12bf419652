import asyncio
import json

import aiohttp
import pytest
from aiohttp import web

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY, Emulator, Route
from video_gen.testing.emulators.faults import FAULTS, Fault
from video_gen.testing.emulators.serve import serving
from video_gen.testing.emulators.studio import Film

AUTH = {"Authorization": f"Bearer {KEY}"}


class Plain(Emulator):
    """The least wire: submit, ask, fetch."""

    name = "plain"

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/jobs", self.submit, "submit"),
            Route("GET", "/jobs/{id}", self.poll, "poll"),
            Route("GET", "/jobs/{id}/video", self.download, "download"),
        ]

    async def submit(self, request: web.Request) -> web.Response:
        body = await request.json()
        film = Film(seconds=1, width=320, height=180, audio=body.get("audio", False))
        render = self.accept(request, f"job-{len(self.world.renders) + 1}", "m", film, body)
        return web.json_response({"id": render.id})

    async def poll(self, request: web.Request) -> web.Response:
        standing = self.world.standing(self.world.renders[request.match_info["id"]])
        return web.json_response({"state": standing.state, "progress": standing.progress, "error": standing.error})

    async def download(self, request: web.Request) -> web.StreamResponse:
        return await self.video(request, self.world.renders[request.match_info["id"]])


@pytest.fixture(scope="module")
def emulator():
    with serving(Plain()) as (one,):
        yield one


@pytest.fixture
async def http(emulator):
    emulator.faults.clear()
    async with aiohttp.ClientSession(emulator.url, headers=AUTH) as session:
        yield session


async def finished(http, job):
    for _ in range(200):
        async with http.get(f"/jobs/{job}") as reply:
            standing = await reply.json()
        if standing["state"] not in {"queued", "running"}:
            return standing
        await asyncio.sleep(0.02)
    raise AssertionError("it never ended")


async def submitted(http, **body):
    async with http.post("/jobs", json=body) as reply:
        assert reply.status == 200
        return (await reply.json())["id"]


async def test_a_job_lives_its_life_and_delivers_a_real_video(emulator, http, tmp_path):
    job = await submitted(http, audio=True)
    assert (await finished(http, job))["state"] == "succeeded"
    async with http.get(f"/jobs/{job}/video") as reply:
        assert reply.headers["Content-Type"] == "video/mp4"
        path = tmp_path / "video.mp4"
        path.write_bytes(await reply.read())
    info = probe(path)
    assert info.width / info.height == pytest.approx(16 / 9, rel=0.02)
    assert info.audio is not None
    assert emulator.world.renders[job].account == KEY


async def test_a_wrong_key_is_refused_before_anything_is_accepted(emulator, http):
    before = len(emulator.world.renders)
    async with http.post("/jobs", json={}, headers={"Authorization": "Bearer other"}) as reply:
        assert reply.status == 401
    assert len(emulator.world.renders) == before


@pytest.mark.parametrize(("fault", "status", "accepted"), [
    ("rate_limited", 429, 0),
    ("unavailable", 503, 0),
    ("error_before", 500, 0),
    ("error_after", 500, 1),
    ("no_credit", 402, 0),
    ("refused", 400, 0),
    ("garbage", 200, 1),
])  # fmt: skip
async def test_a_fault_that_is_an_answer(emulator, http, fault, status, accepted):
    before = len(emulator.world.renders)
    emulator.faults.inject(fault)
    async with http.post("/jobs", json={}) as reply:
        assert reply.status == status
        assert "id" not in await reply.json()
    assert len(emulator.world.renders) == before + accepted
    await submitted(http)  # and it strikes once


@pytest.mark.parametrize(("fault", "accepted"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_cut_connection(emulator, http, fault, accepted):
    before = len(emulator.world.renders)
    with pytest.raises(aiohttp.ClientError):
        await http.post("/jobs", json={}, headers={"X-Emulate": fault})
    assert len(emulator.world.renders) == before + accepted


@pytest.mark.parametrize(("fault", "accepted"), [("hang_before", 0), ("hang_after", 1)])
async def test_an_answer_that_never_comes(emulator, http, fault, accepted):
    before = len(emulator.world.renders)
    emulator.faults.inject(fault)
    with pytest.raises(TimeoutError):
        await http.post("/jobs", json={}, timeout=aiohttp.ClientTimeout(total=0.5))
    assert len(emulator.world.renders) == before + accepted


@pytest.mark.parametrize(
    ("fault", "error"), [("policy", "policy"), ("audio_filtered", "audio_filtered"), ("broken", "broken")]
)
async def test_a_job_that_fails(emulator, http, fault, error):
    emulator.faults.inject(fault)
    standing = await finished(http, await submitted(http))
    assert (standing["state"], standing["error"]) == ("failed", error)


async def test_a_stuck_job_never_ends_and_a_backward_one_goes_back(emulator, http):
    emulator.faults.inject("stuck")
    stuck = emulator.world.renders[await submitted(http)]
    late = stuck.accepted_at + 1000
    emulator.world.now, real = (lambda: late), emulator.world.now
    assert emulator.world.standing(stuck).state == "running"
    emulator.world.now = real
    emulator.world.render_s, usual = 3.0, emulator.world.render_s
    emulator.faults.inject("backwards")
    backward = emulator.world.renders[await submitted(http)]
    while not backward.take.done():
        await asyncio.sleep(0.02)
    emulator.world.now = lambda: backward.accepted_at + emulator.world.queue_s + 2
    first, second = (emulator.world.standing(backward).progress for _ in range(2))
    emulator.world.now, emulator.world.render_s = real, usual
    assert 0 < second < first < 1


@pytest.mark.parametrize("fault", ["corrupt", "cut_short", "html", "expired", "truncated"])
async def test_a_download_that_is_not_the_video(emulator, http, fault):
    job = await submitted(http)
    await finished(http, job)
    async with http.get(f"/jobs/{job}/video") as reply:
        whole = await reply.read()
    emulator.faults.inject(fault)
    async with http.get(f"/jobs/{job}/video") as reply:
        if fault == "truncated":
            assert int(reply.headers["Content-Length"]) == len(whole)
            with pytest.raises(aiohttp.ClientPayloadError):
                await reply.read()
        else:
            assert (await reply.read()) != whole


async def test_a_video_can_be_had_in_parts(emulator, http):
    job = await submitted(http)
    await finished(http, job)
    async with http.get(f"/jobs/{job}/video") as reply:
        whole = await reply.read()
    async with http.get(f"/jobs/{job}/video", headers={"Range": "bytes=100-"}) as reply:
        assert reply.status == 206
        assert await reply.read() == whole[100:]


async def test_the_other_host_records_what_it_is_sent(emulator, http):
    job = await submitted(http)
    await finished(http, job)
    emulator.faults.inject("redirect")
    async with http.get(f"/jobs/{job}/video", headers={"X-Key": "secret"}) as reply:
        assert reply.status == 200
    assert emulator.trap.seen[-1]["x-key"] == "secret"


async def test_faults_are_put_in_and_counted_from_outside(emulator, http):
    async with http.post("/_control/faults", json={"name": "unavailable", "times": 2}) as reply:
        assert reply.status == 200
    for expected in (503, 503, 200):
        async with http.post("/jobs", json={}) as reply:
            assert reply.status == expected
    async with http.get("/_control/accepted") as reply:
        assert len((await reply.json())["accepted"]) == len(emulator.world.renders)
    async with http.post("/_control/faults", json={"name": "earthquake"}) as reply:
        assert reply.status == 400
        assert "cut_after" in json.dumps(await reply.json())


def test_every_fault_can_be_asked_for_by_name():
    for name, (step, _meaning) in FAULTS.items():
        assert Fault.of(name).step == step
        assert Fault.parse(f"{name}=3").value == 3
