"""A client of a server: what goes wrong between the two, and what a caller may not do there."""

import asyncio
import json
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image
from server_world import Served, new_key, start

from video_gen import (
    AsyncClient,
    AuthenticationError,
    Client,
    ConfigurationError,
    InvalidRequestError,
    JobCancelledError,
    JobNotFoundError,
    JobStateError,
    MediaNotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    Status,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.client.remote import wire as wires
from video_gen.client.remote.refusals import error_of
from video_gen.config import Config
from video_gen.media.probe import probe
from video_gen.server import faults
from video_gen.server.dialects.remote.problem import render
from video_gen.server.errors import fault_of
from video_gen.spec import Call, Reply

SMALL = {"model": "local", "duration": 0.5, "size": "128x72", "fps": 12, "seed": 0}
SECRET = "vg-a-key-that-nobody-may-read"


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[tuple[Served, dict[str, str]]]:
    """A server that asks for keys, and some."""
    folder = tmp_path / "guarded"
    folder.mkdir()
    keys = {
        "maker": await new_key(folder, "maker"),
        "reader": await new_key(folder, "reader", scopes=["read"]),
        "still": await new_key(folder, "still", models=["local/still"]),
    }
    server = await asyncio.to_thread(start, folder)
    yield server, keys
    await asyncio.to_thread(server.stop)


def every(kind: type[VideoGenerationError]) -> Iterator[type[VideoGenerationError]]:
    if kind.__module__ == "video_gen.exceptions":
        yield kind
    for child in kind.__subclasses__():
        yield from every(child)


@pytest.mark.parametrize("kind", [*every(VideoGenerationError)])
def test_an_error_is_on_this_side_what_it_was_on_the_other(kind):
    raised = kind("what, the limit, the way out", provider="acme", status_code=418, request_id="r1", retry_after=2.5)
    came = error_of(reply_of(raised), "http://server")
    assert (type(came), came.message, came.facts()) == (kind, raised.message, raised.facts())


@pytest.mark.parametrize(
    ("raised", "kind", "says"),
    [
        (faults.UnauthorizedError(), AuthenticationError, "set VIDEO_GEN_API_KEY, or `api_key=`"),
        (faults.ForbiddenError("the key lacks the scope"), AuthenticationError, "lacks the scope"),
        (faults.TooManyRequestsError(retry_after=7), RateLimitError, "more often than it may"),
        (faults.BodyTooLargeError("the limit is 64"), InvalidRequestError, "the limit is 64"),
        (faults.BodyTimeoutError(), ServiceUnavailableError, "in time"),
        (faults.NoSuchPathError(), ConfigurationError, "not as a video-gen server"),
        (KeyError("a bug"), ServiceUnavailableError, "its log says"),
    ],
)
def test_what_only_a_server_says_has_a_class_here(raised, kind, says):
    came = error_of(reply_of(raised), "http://server")
    assert type(came) is kind
    assert says in came.message
    assert came.retry_after == (7 if kind is RateLimitError else None)


def reply_of(raised: Exception) -> Reply:
    answer = render(fault_of(raised))
    return Reply(status=answer.status_code, headers=dict(answer.headers), body=json.loads(answer.body))


@pytest.mark.parametrize("body", [None, [], {"error": "no"}, {"error": {"code": 7}}, "<html>"])
@pytest.mark.parametrize("status", [400, 404, 502])
def test_what_a_proxy_says_is_told_too(body, status):
    came = error_of(Reply(status=status, body=body), "http://server")
    assert "http://server" in came.message


async def test_keys_are_asked_for_and_shown_to_nobody(guarded):
    server, keys = guarded
    for key in (None, SECRET):
        with pytest.raises(AuthenticationError, match="set VIDEO_GEN_API_KEY") as told:
            await asyncio.to_thread(Client, base_url=server.url, api_key=key)
        assert SECRET not in str(told.value)
    with pytest.raises(ConfigurationError, match="no key has") as told:
        await asyncio.to_thread(Client, base_url=server.url, api_key=f"{SECRET}\n…")
    assert SECRET not in str(told.value)
    async with AsyncClient(base_url=server.url, api_key=keys["maker"]) as client:
        job = await client.generate("a sea of my own", **SMALL)
        assert job.owner is not None
        assert (await client.usage()).today.name == "maker"
        with pytest.raises(InvalidRequestError, match="leave `owner` out"):
            await client.jobs.list(owner="somebody")
        for settle in (client.jobs.write_off(job.id), client.jobs.resubmit(job.id), client.jobs.adopt(job.id, "x")):
            with pytest.raises(AuthenticationError, match="lacks the scope `admin`"):
                await settle
        with pytest.raises(InvalidRequestError, match=r"line 2: `runway` .* needs a key"):
            await client.batch([{"prompt": "near"}, {"prompt": "far", "model": "gen4.5", "size": None}], **SMALL)
        assert await client.jobs.list(search="near") == []
    async with AsyncClient(base_url=server.url, api_key=keys["reader"]) as client:
        with pytest.raises(JobNotFoundError):
            await client.jobs.get(job.id)
        assert await client.jobs.list() == []
        assert await client.jobs.of_keys([job.idempotency_key]) == {}
        with pytest.raises(AuthenticationError, match="lacks the scope `generate`"):
            await client.submit(await client.plan("a sea", **SMALL))
    async with AsyncClient(base_url=server.url, api_key=keys["still"]) as client:
        assert [row["id"] for row in await client.models.list()] == ["local/still"]
        with pytest.raises(AuthenticationError, match="is not for the model `local/draft`"):
            await client.plan("a sea", **SMALL)


def test_the_address_and_the_key_come_from_the_environment(served, monkeypatch):
    monkeypatch.setenv("VIDEO_GEN_BASE_URL", served.url)
    with Client() as client, pytest.raises(ConfigurationError, match="make one without `base_url`"):
        _ = client._client.engine
    with Client(Config.from_environment()) as client:
        assert client.jobs.list() == [], "whoever gives settings means this process"


@pytest.mark.parametrize(
    "address", ["localhost:8000", "ftp://host", "http://user:pw@host", "http://host?a=b", "http://"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ConfigurationError, match="give one like http://localhost:8000") as told:
        Client(base_url=address)
    assert "pw" not in str(told.value)


async def test_a_place_is_known_to_whoever_hands_the_job_in_and_many_may_wait_for_one_file(served, tmp_path):
    out = tmp_path / "sea.mp4"
    async with AsyncClient(base_url=served.url) as client:
        plan = await client.plan("a sea for many", **SMALL)
        first = await client.submit(plan, out=out, idempotency_key="one-for-many")
    async with AsyncClient(base_url=served.url) as client:
        left = await client.jobs.wait(first.id, timeout_s=60)
        assert left.artifacts[0].path.startswith(served.url), "this client was told no place"
        job = await client.submit(plan, out=out, idempotency_key="one-for-many")
        done = await asyncio.gather(*(client.jobs.wait(job.id) for _ in range(8)))
        assert {each.artifacts[0].path for each in done} == {str(out)}
        assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["sea.mp4"]
        assert (await client.submit(plan, idempotency_key="one-for-many")).out is None


def test_nobody_there_and_somebody_else_there_are_told_apart(served):
    with pytest.raises(ServiceUnavailableError, match="is `video-gen serve` running there"):
        Client(base_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ConfigurationError, match="not as a video-gen server"):
        Client(base_url=f"{served.url}/api/v1")


def test_a_plan_that_was_changed_on_the_way_is_refused(served):
    with Client(base_url=served.url) as client:
        plan = client.plan("a paid sea", model="openai/sora-2-pro", duration=4)
        cheap = plan.model_copy(update={"quote": plan.quote.model_copy(update={"low": 0, "high": 0})})
        with pytest.raises(JobStateError, match="plan it again"):
            client.submit(cheap)
        drawn = client.plan("drift", image=Image.new("RGB", (64, 64)), **SMALL)
        forged = drawn.request.first_frame.model_copy(update={"width": 4096})
        assert client.submit(drawn.model_copy(
            update={"request": drawn.request.model_copy(update={"first_frame": forged})}
        )).request.first_frame.width == 64  # fmt: skip
        lost = drawn.request.model_copy(update={"first_frame": forged.model_copy(update={"sha256": "0" * 64})})
        with pytest.raises(MediaNotFoundError):
            client.submit(drawn.model_copy(update={"request": lost}))


async def test_a_lost_answer_makes_one_job(served):
    async with cutting(served.url) as (url, cuts), AsyncClient(base_url=url) as client:
        plan = await client.plan("a sea whose answer is lost", **SMALL)
        cuts.append("POST /remote/v1/jobs ")
        job = await client.submit(plan)
        assert cuts == []
        assert [each.id for each in await client.jobs.list(search="a sea whose answer is lost")] == [job.id]
        cuts.extend(["POST /remote/v1/jobs "] * 3)
        with pytest.raises(SubmissionUnknownError, match="idempotency_key=again") as told:
            await client.submit(plan, idempotency_key="again")
        assert told.value.exit_code == 9
        job = await client.submit(plan, idempotency_key="again")
        found = await client.jobs.list(search="a sea whose answer is lost")
        assert [each.idempotency_key == "again" for each in found] == [True, False]


async def test_a_download_that_breaks_off_goes_on(served, tmp_path):
    async with cutting(served.url) as (url, cuts), AsyncClient(base_url=url) as client:
        job = await client.generate("a sea", **SMALL)
        cuts.append("/files/0")
        fetched = await client.fetch(job.id, str(tmp_path / "sea.mp4"))
        assert cuts == []
        assert probe(Path(fetched.artifacts[0].path)).width == 128
        assert [each.name for each in tmp_path.iterdir() if each.suffix in {".mp4", ".part", ".ready"}] == ["sea.mp4"]


async def test_many_may_wait_at_once_and_others_still_ask(served):
    async with AsyncClient(base_url=served.url) as client:
        plan = await client.plan("a sea that many wait for", model="local", duration=60, size="640x360")
        job = await client.submit(plan)
        waiting = [asyncio.create_task(client.jobs.wait(job.id)) for _ in range(130)]
        await asyncio.sleep(0.5)
        async with asyncio.timeout(10):  # a connection that is held back is so for longer
            await client.jobs.cancel(job.id)
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(end) for end in ends} == {JobCancelledError}


def test_a_file_that_is_gone_is_told_and_one_too_large_is_not_taken(tmp_path):
    server = start(tmp_path / "server", VIDEO_GEN_MAX_BODY_BYTES="20000")
    try:
        with Client(base_url=server.url) as client:
            job = client.submit(client.plan("a sea", **SMALL))
            client.jobs.wait(job.id, timeout_s=60)
            [film] = (server.folder / "outputs").glob("*.mp4")
            film.unlink()
            with pytest.raises(MediaNotFoundError, match="moved or removed there"):
                client.fetch(job.id, str(tmp_path / "sea.mp4"))
            with pytest.raises(InvalidRequestError, match="the limit is 20,000: give a URL instead"):
                client.plan("drift", image=Image.effect_noise((640, 360), 90), **SMALL)
    finally:
        server.stop()


def test_a_server_is_killed_and_started_again_while_somebody_waits(tmp_path):
    port = str(free_port())
    server = start(tmp_path / "server", "--port", port)
    try:
        with Client(base_url=server.url) as client, ThreadPoolExecutor(3) as pool:
            job = client.submit(client.plan("rain", model="local", duration=4, size="640x360", fps=24))
            told = []
            waiting = pool.submit(client.jobs.wait, job.id, timeout_s=120)
            shown = pool.submit(client.video.wait_for_completion, job.id, 0.2, 120, told.append)
            server.until(job.id, lambda task: task["status"] == "processing" and bool(told))
            rows, begun, ended = ["hail on tin", "hail on glass"], threading.Event(), []
            batch = pool.submit(
                client.batch, rows, out=tmp_path, at_once=1, on_row=ended.append,
                on_progress=lambda *_: begun.set(), **SMALL,
            )  # fmt: skip
            assert begun.wait(60)
            os.kill(server.process.pid, signal.SIGKILL)
            assert ended == [], "the first row is handed in, the second is not"
            server.stop()
            server = start(tmp_path / "server", "--port", port)
            assert waiting.result().status is Status.COMPLETED
            assert shown.result().is_completed()
            assert told[-1].status == "completed"
            assert len(client.jobs.attempts(job.id)) == 1
            done = batch.result().completed
            assert [Path(row.files[0]).parent for row in done] == [tmp_path, tmp_path]
            assert {job.id for job in client.jobs.list(search="hail on")} == {row.job_id for row in done}
    finally:
        server.stop()


@pytest.mark.parametrize("away", [ServiceUnavailableError, SubmissionUnknownError, RateLimitError])
async def test_long_work_waits_for_a_server_that_is_away(served, monkeypatch, away):
    async with AsyncClient(base_url=served.url) as client:
        wire, answers = client._installation._wire, [away("not now", retry_after=0.01)] * 2
        monkeypatch.setattr(wires, "_FIRST", 0.01)
        reply = wire.reply

        async def sometimes(call: Call) -> Reply:
            if answers:
                raise answers.pop()
            return await reply(call)

        monkeypatch.setattr(wire, "reply", sometimes)
        with pytest.raises(away):
            await client.plan("a sea", **SMALL)
        with client.long_work():
            assert (await client.plan("a sea", **SMALL)).quote.high == 0
        assert answers == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@asynccontextmanager
async def cutting(url: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Pass connections on; of the answer to a request that a cut names comes nothing, or of a file a piece."""
    cuts: list[str] = []
    under_way: set[asyncio.Task[None]] = set()
    host, port = url.removeprefix("http://").split(":")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        under_way.add(connection)
        from_server, to_server = await asyncio.open_connection(host, int(port))
        requests: list[str] = []
        asking = asyncio.create_task(forth(reader, to_server, requests))
        try:
            await back(from_server, writer, requests)
        finally:
            asking.cancel()
            for each in (writer, to_server):
                each.close()
            await asyncio.gather(asking, writer.wait_closed(), to_server.wait_closed(), return_exceptions=True)
            under_way.discard(connection)

    async def forth(reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, requests: list[str]) -> None:
        while data := await reader.read(1 << 16):
            line = data.partition(b"\r\n")[0].decode("latin-1")
            requests += [line] if line.endswith("HTTP/1.1") else []
            to_server.write(data)
            await to_server.drain()

    async def back(from_server: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: list[str]) -> None:
        with suppress(OSError):
            while data := await from_server.read(1 << 16):
                cut = bool(cuts) and cuts[0] in requests[-1]
                if cut:
                    cuts.pop(0)
                writer.write(data[:2000] if cut and "/files/" in requests[-1] else b"" if cut else data)
                await writer.drain()
                if cut:
                    return

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", cuts
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
