"""Luma's own client for Dream Machine, unmodified, drives the emulator through a generation's whole life."""

import asyncio
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from typing import get_args, get_origin, get_type_hints
from urllib.error import HTTPError

import lumaai
import pytest
from lumaai import AsyncLumaAI, LumaAI
from lumaai.types import Generation
from lumaai.types.generation_create_params import GenerationCreateParams

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.luma import DreamMachineEmulator
from video_gen.testing.emulators.luma.dream_machine import BASE
from video_gen.testing.emulators.luma.dream_machine_body import DURATIONS, MODELS, RATIOS, RESOLUTIONS
from video_gen.testing.emulators.serve import serving

ASKED = {"model": "ray-2", "prompt": "a paper boat", "resolution": "540p", "duration": "5s", "aspect_ratio": "9:16"}


@pytest.fixture(scope="module")
def served():
    with serving(DreamMachineEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    served.balance = 1_000_000
    return served


@pytest.fixture
def client(emulator):
    with LumaAI(base_url=emulator.url + BASE, auth_token=KEY, max_retries=0) as client:
        yield client


def ended(client: LumaAI, generation: Generation) -> Generation:
    for _ in range(400):
        generation = client.generations.get(generation.id)
        if generation.state not in {"queued", "dreaming"}:
            return generation
        time.sleep(0.02)
    raise AssertionError("it never ended")


def made(client: LumaAI, **changes) -> Generation:
    return ended(client, client.generations.create(**{**ASKED, **changes}))


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        assert reply.headers["Content-Type"] == "video/mp4"
        return reply.read()


# --- a generation's life ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["generations", "video"])
def test_from_create_to_download(client, endpoint, tmp_path):
    create = client.generations.create if endpoint == "generations" else client.generations.video.create
    generation = create(**ASKED)
    assert (generation.state, generation.model, generation.generation_type) == ("queued", "ray-2", "video")
    assert abs(generation.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert {name: getattr(generation.request, name) for name in ASKED} == ASKED
    assert generation.assets is None
    done = ended(client, generation)
    assert (done.id, done.state, done.failure_reason) == (generation.id, "completed", None)
    path = tmp_path / "video.mp4"
    path.write_bytes(fetched(done.assets.video))
    info = probe(path)
    assert info.width / info.height == pytest.approx(9 / 16, rel=0.03)
    assert info.audio is None


def test_a_generation_is_queued_then_dreaming_then_completed(client, emulator):
    usual = emulator.world.queue_s, emulator.world.render_s
    emulator.world.queue_s, emulator.world.render_s = 0.5, 2.0  # a busy machine may not look for a second
    generation = client.generations.create(**ASKED)
    seen = [generation.state]
    while seen[-1] != "completed":
        time.sleep(0.05)
        seen.append(client.generations.get(generation.id).state)
    emulator.world.queue_s, emulator.world.render_s = usual
    assert list(dict.fromkeys(seen)) == ["queued", "dreaming", "completed"]


def test_keyframes_loops_and_concepts(client):
    first = {"type": "image", "url": "https://example.com/first.jpg"}
    earlier = {"type": "generation", "id": "0f0b0f6c-0000-4000-8000-000000000000"}
    for more in (
        {"keyframes": {"frame0": first}},
        {"keyframes": {"frame0": earlier, "frame1": first}},
        {"keyframes": {"frame0": first}, "loop": True, "prompt": lumaai.omit},
        {"concepts": [{"key": "orbit_left"}]},
    ):
        assert made(client, **more).state == "completed"
    assert {each.key if hasattr(each, "key") else each for each in client.generations.concepts.list()} >= {"orbit_left"}


def test_the_list_is_newest_first_and_comes_in_pages(client):
    made_here = [client.generations.create(**ASKED, loop=bool(number % 2)).id for number in range(5)]
    whole = client.generations.list()
    assert [each.id for each in whole.generations[:5]] == made_here[::-1]
    first, second = client.generations.list(limit=2), client.generations.list(limit=2, offset=2)
    assert (first.has_more, first.count, first.limit, first.offset) == (True, 2, 2, 0)
    assert [each.id for each in (*first.generations, *second.generations)] == made_here[:0:-1]
    last = client.generations.list(limit=100, offset=len(whole.generations) - 1)
    assert (last.count, last.has_more) == (1, False)
    times = [each.created_at for each in whole.generations]
    assert times == sorted(times, reverse=True)


def test_deleting(client):
    done = made(client)
    assert client.generations.delete(done.id) is None
    for gone in (done.id, "0f0b0f6c-0000-4000-8000-000000000000"):
        with pytest.raises(lumaai.NotFoundError):
            client.generations.get(gone)
        with pytest.raises(lumaai.NotFoundError):
            client.generations.delete(gone)
    assert done.id not in [each.id for each in client.generations.list().generations]
    with pytest.raises(HTTPError, match="403"):
        fetched(done.assets.video)


def test_links_end_and_cannot_be_forged(client, emulator):
    done = made(client)
    with pytest.raises(HTTPError, match="403"):
        fetched(done.assets.video.replace("signature=", "signature=0"))
    now = emulator.world.now
    later = now() + 25 * 3600
    emulator.world.now = lambda: later
    try:
        with pytest.raises(HTTPError, match="403"):
            fetched(done.assets.video)
        assert fetched(client.generations.get(done.id).assets.video)
    finally:
        emulator.world.now = now


def test_credits(client, emulator):
    def balance() -> float:
        return client.credits.get().credit_balance

    start = balance()
    made(client)
    assert start - balance() == 40
    emulator.faults.inject("broken")
    made(client)
    assert start - balance() == 40, "what fails is given back"
    emulator.balance = start - balance() + 39
    with pytest.raises(lumaai.BadRequestError, match="Insufficient credits"):
        client.generations.create(**ASKED, extra_body={"model": "ray-2"})
    assert client.ping.check().message == "pong"


async def test_the_asynchronous_client(emulator):
    async with AsyncLumaAI(base_url=emulator.url + BASE, auth_token=KEY, max_retries=0) as client:
        several = await asyncio.gather(*(client.generations.create(**ASKED) for _ in range(3)))
        for each in several:
            while (await client.generations.get(each.id)).state != "completed":
                await asyncio.sleep(0.02)


# --- notices -----------------------------------------------------------------------------------------------------


@pytest.fixture
def listener():
    class Notices(BaseHTTPRequestHandler):
        got: list[dict] = []  # noqa: RUF012 (a class of one test)
        refuse = 0

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = type(self)
            kind.refuse -= 1
            if kind.refuse < 0:
                kind.got.append(loads(body))
            self.send_response(200 if kind.refuse < 0 else 500)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notices)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/notice", Notices
    server.shutdown()
    thread.join()
    server.server_close()


def states(notices, wanted: int) -> list[str]:
    for _ in range(300):
        if len(notices.got) >= wanted:
            break
        time.sleep(0.02)
    time.sleep(0.1)
    return [Generation.model_validate(each).state for each in notices.got]


@pytest.mark.parametrize(("fault", "refused", "expected"), [
    (None, 0, ["dreaming", "completed"]),
    (None, 2, ["dreaming", "completed"]),
    ("broken", 0, ["dreaming", "failed"]),
    ("duplicate_webhook", 0, ["dreaming", "dreaming", "completed", "completed"]),
    ("missing_webhook", 0, []),
])  # fmt: skip
def test_a_callback_is_told_each_state(client, emulator, listener, fault, refused, expected):
    url, notices = listener
    notices.refuse = refused
    emulator.world.render_s, usual = 0.4, emulator.world.render_s
    if fault:
        emulator.faults.inject(fault)
    generation = made(client, callback_url=url)
    emulator.world.render_s = usual
    assert states(notices, len(expected)) == expected
    assert {each["id"] for each in notices.got} <= {generation.id}


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "reason"), [
    ("policy", "Advanced prompt moderation failed"), ("broken", "Job errored"),
])  # fmt: skip
def test_a_generation_that_fails(client, emulator, fault, reason):
    emulator.faults.inject(fault)
    failed = made(client)
    assert (failed.state, failed.failure_reason, failed.assets) == ("failed", reason, None)


def test_a_generation_without_a_video_and_one_that_never_ends(client, emulator):
    emulator.faults.inject("no_video")
    assert made(client).assets is None
    emulator.faults.inject("stuck")
    generation = client.generations.create(**ASKED)
    time.sleep(0.5)
    assert client.generations.get(generation.id).state == "dreaming"


@pytest.mark.parametrize(("fault", "kind", "status"), [
    ("rate_limited", lumaai.RateLimitError, 429),
    ("unavailable", lumaai.InternalServerError, 503),
    ("error_before", lumaai.InternalServerError, 500),
    ("error_after", lumaai.InternalServerError, 500),
    ("unauthorized", lumaai.AuthenticationError, 401),
    ("no_credit", lumaai.BadRequestError, 400),
    ("refused", lumaai.BadRequestError, 400),
])  # fmt: skip
def test_an_error_is_the_clients_own(client, emulator, fault, kind, status):
    before = len(emulator.world.renders)
    emulator.faults.inject(fault)
    with pytest.raises(kind) as caught:
        client.generations.create(**ASKED)
    assert caught.value.status_code == status
    assert caught.value.body["detail"]
    assert len(emulator.world.renders) == before + (fault == "error_after")


def test_a_lost_answer_is_paid_again_by_the_client(emulator):
    """The client repeats a submit, and the wire has no key that would make one of two."""
    before = len(emulator.world.renders)
    emulator.faults.inject("cut_after", times=2)
    with LumaAI(base_url=emulator.url + BASE, auth_token=KEY) as client:
        client.generations.create(**ASKED)
    assert len(emulator.world.renders) == before + 3


def test_a_connection_that_breaks(client, emulator):
    emulator.faults.inject("cut_before")
    with pytest.raises(lumaai.APIConnectionError):
        client.generations.create(**ASKED)
    emulator.faults.inject("hang_after")
    with pytest.raises(lumaai.APITimeoutError):
        client.generations.create(**ASKED, timeout=0.3)


@pytest.mark.parametrize(("change", "status", "where"), [
    ({"model": "ray-1-6"}, 422, ["body", "model"]),
    ({"aspect_ratio": "2:1"}, 422, ["body", "aspect_ratio"]),
    ({"resolution": "480p"}, 422, ["body", "resolution"]),
    ({"duration": "7s"}, 422, ["body", "duration"]),
    ({"loop": "yes"}, 422, ["body", "loop"]),
    ({"extra_body": {"fps": 24}}, 422, ["body", "fps"]),
    ({"keyframes": {"frame2": {"type": "image", "url": "https://a.b/c"}}}, 422, ["body", "keyframes", "frame2"]),
    ({"keyframes": {"frame0": {"type": "picture"}}}, 422, ["body", "keyframes", "frame0"]),
    ({"keyframes": {"frame0": {"type": "image", "url": "data:image/png;base64,AAAA"}}}, 422,
     ["body", "keyframes", "frame0", "image", "url"]),
    ({"keyframes": {"frame0": {"type": "generation"}}}, 422, ["body", "keyframes", "frame0", "generation", "id"]),
    ({"prompt": lumaai.omit}, 400, "Prompt is required"),
    ({"prompt": "ab"}, 400, "Prompt is too short, minimum length is 3 characters"),
    ({"prompt": "x" * 5001}, 400, "Prompt is too long, maximum length is 5000 characters"),
    ({"keyframes": {}}, 400, "No keyframes provided"),
    ({"loop": True, "keyframes": {"frame1": {"type": "image", "url": "https://a.b/c"}}}, 400,
     "Loop is not supported for end frame"),
])  # fmt: skip
def test_a_body_that_is_wrong(client, emulator, change, status, where):
    before = len(emulator.world.renders)
    with pytest.raises(lumaai.APIStatusError) as caught:
        client.generations.create(**{**ASKED, **change})
    assert caught.value.status_code == status
    assert isinstance(caught.value, lumaai.BadRequestError if status == 400 else lumaai.UnprocessableEntityError)
    detail = caught.value.body["detail"]
    assert where == (detail if isinstance(where, str) else detail[0]["loc"])
    assert len(emulator.world.renders) == before


def test_the_emulator_takes_what_the_client_is_typed_for():
    def choices(name: str) -> set[str]:
        hint = get_type_hints(GenerationCreateParams)[name]
        found = [each for part in (hint, *get_args(hint)) for each in get_args(part) if isinstance(each, str)]
        assert found, get_origin(hint)
        return set(found)

    assert choices("model") == set(MODELS)
    assert choices("aspect_ratio") == set(RATIOS)
    assert choices("resolution") == set(RESOLUTIONS)
    assert choices("duration") == set(DURATIONS)
