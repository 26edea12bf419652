"""A finished video comes whole or not at all, and what has come once is not fetched again."""

import asyncio
import base64
import errno
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from web_world import (
    KEY,
    Handler,
    Make,
    Serve,
    Site,
    answers,
    breaks_off,
    cut,
    hang,
    once,
    provider,
    redirects,
    serves,
)

from video_gen.exceptions import (
    JobCancelledError,
    NoVideoError,
    ServiceUnavailableError,
    StorageError,
    VerificationError,
)
from video_gen.spec import Call, Done, Output
from video_gen.transport import HttpDriver, Limits, Patience, Timeouts
from video_gen.transport.part_file import PartFile

VIDEO = b"\0\0\0\x18ftypisom" + os.urandom(3_000_000)
HALF = len(VIDEO) // 2
OTHER = b"\0\0\0\x18ftypisom" + os.urandom(2_500_000)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    folder.mkdir()
    return folder / "out.mp4"


async def collect(driver: HttpDriver, site: Site, dest: Path, url: str = "/v.mp4", **changes: Any) -> list[float]:
    shown: list[float] = []
    cancelled: Callable[[], bool] = changes.pop("cancelled", lambda: False)
    output = Output(url=url, **changes)
    await driver.collect(output, provider(site.url), dest, progress=shown.append, cancelled=cancelled)
    return shown


def assert_delivered(dest: Path, data: bytes = VIDEO) -> None:
    assert dest.read_bytes() == data
    assert list(dest.parent.iterdir()) == [dest], "nothing is left beside it"


def ranges(site: Site) -> list[str | None]:
    return [each.headers.get("range") for each in site.seen]


def assert_resumed(asked: str | None) -> None:
    """It went on at most where it broke off; a little that had come may have been lost with the connection."""
    assert asked is not None
    assert HALF - (2 << 20) < int(asked.removeprefix("bytes=").removesuffix("-")) <= HALF
    assert asked != "bytes=0-"


async def broken_once(make_driver: Make, site: Site, dest: Path) -> None:
    """Let a download break off and be given up, as if the process had ended there."""
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        await collect(make_driver(patience=Patience(tries=1)), site, dest)
    assert not dest.exists()


# --- whole, in one go ----------------------------------------------------------------------------------------------


async def test_a_video_comes_whole_with_its_progress(driver: HttpDriver, serve: Serve, out: Path) -> None:
    site = await serve(serves(VIDEO))
    shown = await collect(driver, site, out, bytes=len(VIDEO), sha256=hashlib.sha256(VIDEO).hexdigest().upper())
    assert_delivered(out)
    assert shown == sorted(shown)
    assert len(shown) > 3
    assert shown[-1] == 1.0
    assert site.last.headers["accept-encoding"] == "identity"


async def test_a_length_that_is_not_announced_is_taken_from_the_provider(
    driver: HttpDriver, serve: Serve, out: Path
) -> None:
    async def chunked(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        await reply.write(VIDEO)
        return reply

    shown = await collect(driver, await serve(chunked), out, bytes=len(VIDEO))
    assert_delivered(out)
    assert 0 < shown[0] < 1


async def test_an_existing_file_is_replaced_only_by_a_whole_one(make_driver: Make, serve: Serve, out: Path) -> None:
    out.write_bytes(b"before")
    site = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    with pytest.raises(ServiceUnavailableError):
        await collect(make_driver(patience=Patience(tries=1)), site, out)
    assert out.read_bytes() == b"before"
    await collect(make_driver(), site, out)
    assert_delivered(out)


async def test_the_bytes_are_on_the_disk_before_the_name_is(
    driver: HttpDriver, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr("os.fsync", lambda handle: (order.append("flush"), fsync(handle)))
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append("name"), replace(self, to)))
    await collect(driver, await serve(serves(VIDEO)), out)
    assert order == ["flush", "name", "flush"]


# --- broken off, and gone on with ----------------------------------------------------------------------------------


async def test_the_rest_is_fetched_where_it_broke_off(driver: HttpDriver, serve: Serve, out: Path) -> None:
    site = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    await collect(driver, site, out)
    assert_delivered(out)
    first, second = ranges(site)
    assert first is None
    assert_resumed(second)
    assert site.last.headers["if-range"] == '"v1"'


async def test_a_later_try_goes_on_where_an_earlier_one_ended(make_driver: Make, serve: Serve, out: Path) -> None:
    site = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    await broken_once(make_driver, site, out)
    await collect(make_driver(), site, out, url="/v.mp4?X-Sig=new")
    assert_delivered(out)
    first, second = ranges(site)
    assert first is None
    assert_resumed(second)


async def test_a_killed_process_leaves_a_part_that_is_gone_on_with(driver: HttpDriver, serve: Serve, out: Path) -> None:
    async def stalls(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Length": str(len(VIDEO)), "ETag": '"v1"'})
        await reply.prepare(request)
        await reply.write(VIDEO[: 2 << 20])
        await asyncio.sleep(20)
        return reply

    site = await serve(stalls, serves(VIDEO))
    script = f"""
import asyncio
from pathlib import Path
from video_gen.spec import Output, Provider
from video_gen.transport import HttpDriver
acme = Provider(id="acme", title="", protocol="", base_url="{site.url}", signing="none")
driver = HttpDriver(key_of=lambda _: None, file_of=None, work=Path("work"))
asyncio.run(driver.collect(Output(url="/v.mp4"), acme, Path("{out}"), progress=print, cancelled=lambda: False))
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.DEVNULL)
    part = PartFile(out).path
    async with asyncio.timeout(20):
        while not (part.exists() and part.stat().st_size >= 1 << 20):
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()
    kept = part.stat().st_size
    await collect(driver, site, out)
    assert_delivered(out)
    assert ranges(site) == [None, f"bytes={kept}-"]


async def test_a_part_that_lacks_only_its_name_is_not_fetched_again(
    driver: HttpDriver, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve(serves(VIDEO))
    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "publish", lambda self: (_ for _ in ()).throw(StorageError("just killed")))
        with pytest.raises(StorageError):
            await collect(driver, site, out)
    await collect(driver, site, out)
    assert_delivered(out)
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    ("then", "requests"),
    [
        (serves(OTHER, tag='"v2"'), 2),
        (serves(OTHER, ranges=False), 2),
        (answers(416), 3),
    ],
    ids=["changed", "no ranges", "not satisfiable"],
)
async def test_what_no_longer_fits_begins_anew(
    make_driver: Make, serve: Serve, out: Path, then: Handler, requests: int
) -> None:
    site = await serve(breaks_off(VIDEO, HALF), then, serves(OTHER, tag='"v2"'))
    await broken_once(make_driver, site, out)
    await collect(make_driver(), site, out)
    assert_delivered(out, OTHER)
    assert_resumed(ranges(site)[1])
    assert ranges(site)[2:] == [None] * (requests - 2)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": f"bytes 0-{len(VIDEO) - 1}/{len(VIDEO)}"},
        {"Content-Range": f"bytes %s-{len(VIDEO)}/{len(VIDEO) + 1}"},
        {"Content-Range": f"bytes %s-{len(VIDEO) - 1}/{len(VIDEO)}", "ETag": '"v2"'},
        {},
    ],
    ids=["from the start", "another length", "another tag", "unsaid"],
)
async def test_another_part_than_was_asked_for_is_not_joined(
    make_driver: Make, serve: Serve, out: Path, headers: dict[str, str]
) -> None:
    async def other_part(request: web.Request) -> web.Response:
        start = request.headers["Range"].removeprefix("bytes=").removesuffix("-")
        named = {name: value.replace("%s", start) for name, value in headers.items()}
        return web.Response(status=206, body=OTHER[:1000], headers={"Content-Type": "video/mp4", **named})

    site = await serve(breaks_off(VIDEO, HALF), other_part, serves(VIDEO))
    await broken_once(make_driver, site, out)
    await collect(make_driver(), site, out)
    assert_delivered(out)
    assert_resumed(ranges(site)[1])
    assert ranges(site)[2:] == [None]


@pytest.mark.parametrize(
    ("tag", "headers", "resumed"),
    [
        ('W/"v1"', {}, False),
        ("", {}, False),
        ("", {"Last-Modified": "Sat, 21 Nov 2026 09:00:00 GMT"}, True),
        ('W/"v1"', {"Last-Modified": "Sat, 21 Nov 2026 09:00:00 GMT"}, False),
        ('"v1"', {"Content-Encoding": "gzip"}, False),
    ],
)
async def test_only_a_strong_validator_lets_the_rest_be_asked_for(
    make_driver: Make, serve: Serve, out: Path, tag: str, headers: dict[str, str], *, resumed: bool
) -> None:
    first = breaks_off(VIDEO, 100, tag=tag, **headers)
    site = await serve(first, serves(VIDEO, tag=""))
    with pytest.raises(ServiceUnavailableError):
        await collect(make_driver(patience=Patience(tries=1)), site, out)
    await collect(make_driver(), site, out)
    assert out.read_bytes()[-1000:] == VIDEO[-1000:]
    assert (ranges(site)[1] is not None) is resumed


@pytest.mark.parametrize(
    ("url", "resumed"), [("/v.mp4?sig=2", True), ("/w.mp4", False)], ids=["signed anew", "another video"]
)
async def test_a_part_belongs_to_its_address(
    make_driver: Make, serve: Serve, out: Path, url: str, *, resumed: bool
) -> None:
    site = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    await broken_once(make_driver, site, out)
    await collect(make_driver(), site, out, url=url)
    assert_delivered(out)
    assert (ranges(site)[1] is not None) is resumed


async def test_a_part_whose_note_is_damaged_begins_anew(make_driver: Make, serve: Serve, out: Path) -> None:
    site = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    await broken_once(make_driver, site, out)
    out.with_name("out.mp4.part.json").write_text('{"place":')
    await collect(make_driver(), site, out)
    assert_delivered(out)
    assert ranges(site) == [None, None]


async def test_what_is_noted_beside_a_part_holds_no_signature(make_driver: Make, serve: Serve, out: Path) -> None:
    site = await serve(breaks_off(VIDEO, HALF))
    with pytest.raises(ServiceUnavailableError):
        await collect(make_driver(patience=Patience(tries=1)), site, out, url="/v.mp4?X-Sig=s3cret", authorized=True)
    noted = out.with_name("out.mp4.part.json").read_text()
    assert "s3cret" not in noted
    assert KEY not in noted


async def test_tries_that_bring_nothing_are_counted_and_end(
    driver: HttpDriver, serve: Serve, out: Path, naps: Any
) -> None:
    site = await serve(cut, answers(503), hang, serves(VIDEO))
    with pytest.raises(ServiceUnavailableError):
        await collect(driver, site, out)
    assert (len(site.seen), len(naps.taken)) == (3, 2)
    await collect(driver, site, out)
    assert_delivered(out)


async def test_tries_that_bring_something_are_not_counted(driver: HttpDriver, serve: Serve, out: Path) -> None:
    async def a_bit_more(request: web.Request) -> web.StreamResponse:
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        whole = {"Content-Range": f"bytes {start}-{len(VIDEO) - 1}/{len(VIDEO)}", "ETag": '"v1"'}
        rest = VIDEO[start:]
        reply = web.StreamResponse(status=206 if start else 200, headers=whole if start else {"ETag": '"v1"'})
        reply.content_length = len(rest)
        await reply.prepare(request)
        await reply.write(rest[:400_000])
        assert request.transport is not None
        if len(rest) > 400_000:
            request.transport.close()
        return reply

    site = await serve(a_bit_more)
    await collect(driver, site, out)
    assert_delivered(out)
    assert len(site.seen) > 3, "more than tries that bring nothing"


async def test_a_server_that_never_gets_further_is_given_up(driver: HttpDriver, serve: Serve, out: Path) -> None:
    """Each try brings something, but never more than the one before."""
    site = await serve(breaks_off(VIDEO, HALF, tag=""))
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        await collect(driver, site, out)
    assert len(site.seen) == 3


# --- not what was promised -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        ({"bytes": len(VIDEO) + 1}, f"has {len(VIDEO)} bytes, and {len(VIDEO) + 1} were announced"),
        ({"sha256": "0" * 64}, "sha256 is"),
    ],
)
async def test_a_video_that_is_not_the_promised_one_is_thrown_away(
    driver: HttpDriver, serve: Serve, out: Path, promised: Any, words: str
) -> None:
    with pytest.raises(VerificationError, match=words):
        await collect(driver, await serve(serves(VIDEO)), out, **promised)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "media_type", "words"),
    [
        (b"<!doctype html><title>Just a moment...</title>", "text/html", "an HTML page came in its place: <!doctype"),
        (b'{"error": {"message": "expired"}}', "application/json; charset=utf-8", 'JSON came in its place: {"error"'),
        (b"<?xml version='1.0'?><Error/>", "application/xml", "an XML document came"),
        (b"try again later", "text/plain", "text came in its place: try again later"),
        (b"", "video/mp4", "it is empty"),
    ],
)
async def test_words_in_place_of_a_video_are_quoted(
    driver: HttpDriver, serve: Serve, out: Path, body: bytes, media_type: str, words: str
) -> None:
    site = await serve(serves(body, media_type=media_type))
    with pytest.raises(ServiceUnavailableError) as caught:
        await collect(driver, site, out)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400
    assert len(site.seen) == 1
    assert not out.exists()


async def test_a_video_that_calls_itself_text_is_a_video(driver: HttpDriver, serve: Serve, out: Path) -> None:
    await collect(driver, await serve(serves(VIDEO, media_type="text/plain")), out)
    assert_delivered(out)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_link_that_has_ended_is_said_so_at_once(
    driver: HttpDriver, serve: Serve, out: Path, status: int
) -> None:
    site = await serve(answers(status, {"e": "AccessDenied"}))
    with pytest.raises(ServiceUnavailableError, match=rf"answered {status} \(its link has ended.*Denied") as caught:
        await collect(driver, site, out)
    assert caught.value.status_code == status
    assert len(site.seen) == 1


async def test_a_busy_server_is_asked_again_but_not_for_long(
    driver: HttpDriver, serve: Serve, out: Path, naps: Any
) -> None:
    site = await serve(answers(503), answers(429, Retry_After="2"), serves(VIDEO))
    await collect(driver, site, out)
    assert_delivered(out)
    assert naps.taken[1] >= 2
    busy = await serve(answers(429, Retry_After="3600"))
    with pytest.raises(ServiceUnavailableError) as caught:
        await collect(driver, busy, out)
    assert (caught.value.retry_after, len(busy.seen)) == (3600, 1)


async def test_a_video_without_end_is_cut_off(make_driver: Make, serve: Serve, out: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match=r"larger than 0.001 GB"):
        await collect(make_driver(limits=Limits(video=1_000_000)), await serve(serves(VIDEO)), out)
    assert not out.exists()


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [b"x" * 200, b""], ids=["a drip", "silence"])
async def test_a_download_that_comes_too_slowly_is_noticed(
    make_driver: Make, serve: Serve, out: Path, piece: bytes
) -> None:
    async def drips(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(len(VIDEO))})
        await reply.prepare(request)
        await reply.write(VIDEO[:1000])
        for _ in range(400):
            await reply.write(piece)
            await asyncio.sleep(0.05)
        return reply

    site = await serve(drips)
    driver = make_driver(timeouts=Timeouts(first_byte=5))
    async with asyncio.timeout(3):
        with pytest.raises(ServiceUnavailableError, match="too slow: only"):
            await collect(driver, site, out)
    assert len(site.seen) == 1


async def test_a_long_download_at_a_fair_rate_has_all_the_time_it_needs(
    make_driver: Make, serve: Serve, out: Path
) -> None:
    """It takes three times as long as any single limit."""

    async def steady(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(len(VIDEO))})
        await reply.prepare(request)
        for start in range(0, len(VIDEO), 100_000):
            await reply.write(VIDEO[start : start + 100_000])
            await asyncio.sleep(0.1)
        return reply

    times = Timeouts(connect=1, send=1, first_byte=1, verdict=1, read=1)
    driver = make_driver(limits=Limits(idle=1, floor=100_000.0), timeouts=times)
    await collect(driver, await serve(steady), out)
    assert_delivered(out)


async def test_a_cancelled_download_stops_and_keeps_what_has_come(make_driver: Make, serve: Serve, out: Path) -> None:
    async def slowly(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Length": str(len(VIDEO)), "ETag": '"v1"'})
        await reply.prepare(request)
        await reply.write(VIDEO[:HALF])
        await asyncio.sleep(20)
        return reply

    site, loop = await serve(slowly, serves(VIDEO)), asyncio.get_running_loop()
    started = loop.time()
    patient = make_driver(limits=Limits(idle=10, floor=1), timeouts=Timeouts(first_byte=10))
    async with asyncio.timeout(5):
        with pytest.raises(JobCancelledError):
            await collect(patient, site, out, cancelled=lambda: loop.time() > started + 0.3)
    assert not out.exists()
    await collect(make_driver(), site, out)
    assert_delivered(out)
    first, second = ranges(site)
    assert first is None
    assert_resumed(second)


async def test_a_task_that_is_cancelled_keeps_what_has_come(make_driver: Make, serve: Serve, out: Path) -> None:
    site = await serve(breaks_off(VIDEO, HALF), hang, serves(VIDEO))
    task = asyncio.create_task(collect(make_driver(timeouts=Timeouts()), site, out))
    while len(site.seen) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await collect(make_driver(), site, out)
    assert_delivered(out)
    assert_resumed(ranges(site)[2])


async def test_a_task_cancelled_while_the_disk_writes_keeps_each_byte_once(
    make_driver: Make, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, write = await serve(serves(VIDEO)), PartFile.write
    writing, go_on = threading.Event(), threading.Event()

    def slow(self: PartFile, data: bytes) -> None:
        writing.set()
        assert go_on.wait(10)
        write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "write", slow)
        task = asyncio.create_task(collect(make_driver(), site, out))
        assert await asyncio.to_thread(writing.wait, 10)
        task.cancel()
        await asyncio.sleep(0.05)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    kept = PartFile.found(out).path.read_bytes()
    assert kept
    assert VIDEO.startswith(kept)
    await collect(make_driver(), site, out)
    assert_delivered(out)


# --- the disk ------------------------------------------------------------------------------------------------------


async def test_a_full_disk_is_said_and_what_has_come_is_kept(
    driver: HttpDriver, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, write = await serve(serves(VIDEO)), PartFile.write

    def full(self: PartFile, data: bytes) -> None:
        if self.size >= 1 << 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "write", full)
        with pytest.raises(StorageError, match="No space left on device; free some space"):
            await collect(driver, site, out)
    assert not out.exists()
    await collect(driver, site, out)
    assert_delivered(out)
    assert ranges(site)[1] is not None


async def test_a_folder_that_is_not_there_is_the_disks_fault(driver: HttpDriver, serve: Serve, out: Path) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        await collect(driver, await serve(serves(VIDEO)), out.parent / "none" / "x.mp4")


# --- videos that have no address -----------------------------------------------------------------------------------


async def test_a_video_sent_as_text_is_put_into_a_file_before_it_is_stored(
    driver: HttpDriver, serve: Serve, out: Path, tmp_path: Path
) -> None:
    site = await serve(answers(200, {"bytesBase64Encoded": base64.b64encode(VIDEO).decode()}))

    def flow() -> Any:
        reply = yield Call(path="/x")
        return Done(outputs=(Output(url=f"data:video/mp4;base64,{reply.body['bytesBase64Encoded']}"),))

    done = await driver.drive(flow(), provider(site.url))
    assert len(done.outputs[0].url) < 500, "rows hold no videos"
    await collect(driver, site, out, url=done.outputs[0].url)
    assert_delivered(out)
    assert list((tmp_path / "work_files").iterdir()) == []


async def test_a_data_url_is_decoded(driver: HttpDriver, serve: Serve, out: Path) -> None:
    url = f"data:video/mp4;base64,{base64.b64encode(VIDEO).decode()}"
    await collect(driver, await serve(), out, url=url, sha256=hashlib.sha256(VIDEO).hexdigest())
    assert_delivered(out)
    with pytest.raises(VerificationError):
        await collect(driver, await serve(), out, url=url, bytes=7)


@pytest.mark.parametrize("url", ["data:video/mp4;base64,", "data:video/mp4;base64", "data:video/mp4;base64,A"])
async def test_text_that_is_no_video_is_said(driver: HttpDriver, serve: Serve, out: Path, url: str) -> None:
    with pytest.raises(NoVideoError):
        await collect(driver, await serve(), out, url=url)


async def test_only_files_of_answers_are_taken(driver: HttpDriver, serve: Serve, out: Path, tmp_path: Path) -> None:
    """A provider's answer must not choose what is read from this machine, nor moved."""
    site, private = await serve(), tmp_path / "private.mp4"
    private.write_bytes(b"mine")
    inside = tmp_path / "work_files" / "reply_dir"
    inside.mkdir(parents=True)
    beside = tmp_path / "reply_1"
    beside.write_bytes(b"mine")
    own = tmp_path / "work_files" / "9f86d081.mp4"
    own.write_bytes(b"another job's")
    sneaky = f"{(tmp_path / 'work_files').as_uri()}/../reply_1"
    for url in (
        private.as_uri(),
        beside.as_uri(),
        own.as_uri(),
        sneaky,
        inside.as_uri(),
        "file:///etc/passwd",
        "file://host/x",
    ):
        with pytest.raises(ServiceUnavailableError):
            await collect(driver, site, out, url=url)
    assert private.read_bytes() == beside.read_bytes() == b"mine"
    assert own.read_bytes() == b"another job's"


async def test_files_that_nobody_fetched_are_swept_after_a_month(
    make_driver: Make, serve: Serve, tmp_path: Path
) -> None:
    folder = tmp_path / "work_files"
    folder.mkdir()
    for name, age in {"reply_old": 31 * 24 * 3600, "reply_new": 29 * 24 * 3600, "other_old": 31 * 24 * 3600}.items():
        path = folder / name
        path.touch()
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    await make_driver().drive(once(Call(path="/x")), provider((await serve()).url))
    assert sorted(path.name for path in folder.iterdir()) == ["other_old", "reply_new"]


async def test_a_redirected_download_is_resumed_through_its_redirect(
    make_driver: Make, serve: Serve, out: Path
) -> None:
    store = await serve(breaks_off(VIDEO, HALF), serves(VIDEO))
    site = await serve(redirects(f"{store.url}/x"))
    await collect(make_driver(allow_private=True), site, out)
    assert_delivered(out)
    first, second = ranges(store)
    assert first is None
    assert_resumed(second)
