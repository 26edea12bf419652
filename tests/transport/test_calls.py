"""What is sent, and what is made of the answer."""

import asyncio
import base64
import gzip
import json
import re
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict
from web_world import TIMEOUTS, Make, Serve, Site, answers, asking, breaks_off, cut, hang, once, provider

from video_gen.exceptions import (
    ConfigurationError,
    InvalidRequestError,
    MediaNotFoundError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.spec import Call, Done, MediaRef, Output, Reply
from video_gen.spec.protocol import Blob
from video_gen.transport import HttpDriver, Limits, Patience, Timeouts

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


# --- what is sent --------------------------------------------------------------------------------------------------


async def test_a_call_says_who_asks_and_what(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    acme = provider(f"{site.url}/v1/", headers={"X-Acme-Version": "2026-01-01"})
    call = Call(
        method="POST",
        path="/videos",
        query={"dry": "a b&c"},
        headers={"X-Own": "1"},
        body={"prompt": "Meer ☀", "seed": 0},
    )
    await driver.drive(once(call), acme)
    seen = site.last
    assert (seen.method, seen.path) == ("POST", "/v1/videos?dry=a+b%26c")
    assert json.loads(seen.body) == {"prompt": "Meer ☀", "seed": 0}
    assert seen.headers["user-agent"] == f"video-gen/{version('video-gen')}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == str(len(seen.body))
    assert seen.headers["x-acme-version"] == "2026-01-01"
    assert seen.headers["x-own"] == "1"
    assert "cookie" not in seen.headers


@pytest.mark.parametrize(
    ("base", "path", "arrives"),
    [
        ("", "/videos", "/videos"),
        ("/", "videos", "/videos"),
        ("/v1//", "/a?b=c", "/v1/a?b=c"),
        ("/v1", "//evil.example/x", "/v1/evil.example/x"),
    ],
)
async def test_a_path_stays_below_the_base_url(
    driver: HttpDriver, serve: Serve, base: str, path: str, arrives: str
) -> None:
    site = await serve()
    await driver.drive(once(Call(path=path)), provider(site.url + base))
    assert site.last.path == arrives


async def test_an_address_is_sent_as_it_is_written(driver: HttpDriver, serve: Serve) -> None:
    """A signature covers its letters: %2F is not /, and + is not %20."""
    site = await serve()
    exact = "/a%2Fb%7Ec/d+e?X-Sig=%2Fab%2B%3D&q=a+b%20c"
    await driver.drive(once(Call(path=site.url + exact)), provider(site.url))
    assert site.last.path == exact


async def test_no_body_is_no_body(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    await driver.drive(asking(Call(method="POST", path="/x"), Call(path="/x")), provider(site.url))
    assert [each.body for each in site.seen] == [b"", b""]
    assert site.seen[0].headers["content-length"] == "0"
    assert "content-type" not in site.seen[0].headers
    assert "content-length" not in site.seen[1].headers


async def test_media_travel_inside_json(driver: HttpDriver, serve: Serve, files: Any) -> None:
    site, ref = await serve(), files(PICTURE, "image/png")
    body = {"image": Blob(ref=ref), "images": [{"data": Blob(ref=ref, encoding="base64")}], "text": "stays"}
    await driver.drive(once(Call(method="POST", path="/x", body=body)), provider(site.url))
    sent, text = json.loads(site.last.body), base64.b64encode(PICTURE).decode()
    assert sent == {"image": f"data:image/png;base64,{text}", "images": [{"data": text}], "text": "stays"}


async def form_of(site: Site) -> list[tuple[CIMultiDict[str], bytes]]:
    """Read a form as a server does, with another implementation than the one that wrote it."""
    import email.parser
    import email.policy

    head = f"Content-Type: {site.last.headers['content-type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + site.last.body)
    return [(CIMultiDict(part.items()), part.get_payload(decode=True)) for part in message.iter_parts()]


async def test_a_form_carries_its_fields_in_order_and_its_files_by_kind(
    driver: HttpDriver, serve: Serve, files: Any
) -> None:
    site, ref = await serve(), files(PICTURE, "image/png")
    form = {
        "prompt": 'say "hi"\r\n☀',
        "seed": 0,
        "watermark": False,
        "gone": None,
        "tags": ["a", "b"],
        "extra": {"k": [1]},
        "input_reference": Blob(ref=ref, encoding="file"),
        "preview": Blob(ref=ref, encoding="base64"),
    }
    await driver.drive(once(Call(method="POST", path="/x", form=form)), provider(site.url))
    parts = await form_of(site)
    named = [(re.search(r'name="([^"]*)"', head["Content-Disposition"]).group(1), data) for head, data in parts]
    assert [name for name, _ in named] == [
        "prompt",
        "seed",
        "watermark",
        "tags",
        "tags",
        "extra",
        "input_reference",
        "preview",
    ]
    values = [data.decode() for name, data in named if name not in {"input_reference", "preview", "extra"}]
    assert values == ['say "hi"\r\n☀', "0", "false", "a", "b"]
    assert json.loads(dict(named)["extra"]) == {"k": [1]}
    assert dict(named)["input_reference"] == PICTURE
    assert dict(named)["preview"] == base64.b64encode(PICTURE)
    head = parts[6][0]
    assert head["Content-Type"] == "image/png"
    assert re.search(r'filename="[\w-]+\.png"', head["Content-Disposition"])
    assert site.last.headers["content-length"] == str(len(site.last.body))


async def test_the_name_of_a_field_cannot_break_out(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    await driver.drive(once(Call(method="POST", path="/x", form={'a"\r\nX-Evil: 1': "v"})), provider(site.url))
    ((head, data),) = await form_of(site)
    assert data == b"v"
    assert list(head) == ["Content-Disposition"]


async def test_a_file_can_be_the_whole_body(driver: HttpDriver, serve: Serve, files: Any) -> None:
    site, data = await serve(), bytes(range(256)) * 4000
    blob = Blob(ref=files(data, "video/mp4"), encoding="file")
    await driver.drive(once(Call(method="PUT", path="/upload", body=blob)), provider(site.url))
    assert site.last.body == data
    assert site.last.headers["content-type"] == "video/mp4"
    assert site.last.headers["content-length"] == str(len(data))


@pytest.mark.parametrize("body", [{"x": {1, 2}}, {"x": float("nan")}])
async def test_what_is_no_json_is_not_sent(driver: HttpDriver, serve: Serve, body: Any) -> None:
    site = await serve()
    with pytest.raises(InvalidRequestError, match="cannot be written as JSON"):
        await driver.drive(once(Call(method="POST", path="/x", body=body)), provider(site.url))
    assert site.seen == []


async def test_a_file_inside_json_is_a_mistake_that_is_not_sent(driver: HttpDriver, serve: Serve, files: Any) -> None:
    site, ref = await serve(), files(PICTURE, "image/png")
    with pytest.raises(InvalidRequestError, match="part of a form"):
        await driver.drive(
            once(Call(method="POST", path="/x", body={"f": Blob(ref=ref, encoding="file")})), provider(site.url)
        )
    assert site.seen == []


async def test_media_that_are_gone_stop_the_call_before_it_is_sent(make_driver: Make, serve: Serve, files: Any) -> None:
    def gone(ref: MediaRef) -> Path:
        raise MediaNotFoundError("`cat.png` is no longer kept")

    site, ref = await serve(), files(PICTURE, "image/png")
    with pytest.raises(MediaNotFoundError):
        await make_driver(file_of=gone).drive(
            once(Call(method="POST", path="/x", form={"f": Blob(ref=ref, encoding="file")})), provider(site.url)
        )
    assert site.seen == []


# --- where it is sent ----------------------------------------------------------------------------------------------


async def test_settings_are_filled_into_the_base_url(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    acme = provider("{endpoint}/openai/{version}", settings={"endpoint": f"{site.url}/", "version": "v1"})
    await driver.drive(once(Call(path="/videos")), acme)
    assert site.last.path == "/openai/v1/videos"


async def test_a_missing_setting_is_named_with_its_variables(driver: HttpDriver) -> None:
    acme = provider(
        "{endpoint}/v1", settings={"endpoint": ""}, settings_env={"endpoint": ("ACME_ENDPOINT", "ACME_BASE")}
    )
    with pytest.raises(
        ConfigurationError, match=r"`acme` needs the setting `endpoint`: set ACME_ENDPOINT or ACME_BASE"
    ):
        await driver.drive(once(Call(path="/x")), acme)


@pytest.mark.parametrize(
    "url", ["api.acme.example/v1", "ftp://acme.example", "https://", "https://user:hunter2@acme.example", "http://[::1"]
)
async def test_a_base_url_that_is_none_names_the_variable_to_check(driver: HttpDriver, url: str) -> None:
    with pytest.raises(ConfigurationError, match="ACME_BASE_URL") as caught:
        await driver.drive(once(Call(path="/x")), provider(url, base_url_env=("ACME_BASE_URL",)))
    assert "hunter2" not in str(caught.value)


# --- what comes back -----------------------------------------------------------------------------------------------


async def reply_to(driver: HttpDriver, site: Site, path: str = "/x") -> Reply:
    return await driver.drive(once(Call(path=path)), provider(site.url))


def says(body: bytes, content_type: str = "application/json", status: int = 200, **headers: str) -> Any:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Content-Type": content_type, **headers})

    return handler


async def test_a_reply_has_lower_case_headers_and_no_cookies(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(says(b'{"a": [1]}', status=202, **{"X-Request-ID": "r-1", "Set-Cookie": "s=1"}))
    reply = await reply_to(driver, site)
    assert (reply.status, reply.ok, reply.body, reply.text) == (202, True, {"a": [1]}, '{"a": [1]}')
    assert reply.headers["x-request-id"] == "r-1"
    assert "set-cookie" not in reply.headers


async def test_cookies_are_not_kept(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(says(b"{}", **{"Set-Cookie": "session=s3cret"}))
    named = provider(site.url.replace("127.0.0.1", "localhost"))  # no client keeps cookies of a bare address
    await driver.drive(asking(Call(path="/x"), Call(path="/x"), Call(method="POST", path="/x")), named)
    assert ["cookie" in each.headers for each in site.seen] == [False] * 3


@pytest.mark.parametrize(
    ("data", "content_type", "body", "text"),
    [
        (b'{"a": ', "application/json", None, '{"a": '),
        (b'{"a": 1}', "text/plain", {"a": 1}, '{"a": 1}'),
        (b"<html>Bad gateway</html>", "text/html", None, "<html>Bad gateway</html>"),
        (b"", "application/json", None, ""),
        ("☀".encode(), "text/plain; charset=none-such", None, "☀"),
        ("é".encode("latin-1"), "text/plain; charset=latin-1", None, "é"),
        (b"[" * 100_000, "application/json", None, "[" * 20_000),
        (b"null", "application/json", None, "null"),
    ],
)
async def test_what_an_answer_says_is_kept(
    driver: HttpDriver, serve: Serve, data: bytes, content_type: str, body: Any, text: str
) -> None:
    reply = await reply_to(driver, await serve(says(data, content_type)))
    assert (reply.body, reply.text, reply.file) == (body, text, None)


@pytest.mark.parametrize("status", [400, 500])
async def test_a_refusal_is_words_whatever_it_calls_itself(driver: HttpDriver, serve: Serve, status: int) -> None:
    site = await serve(says(b'{"error": "no"}', "application/octet-stream", status=status))
    reply = await reply_to(driver, site)
    assert (reply.body, reply.file) == ({"error": "no"}, None)


async def test_a_packed_answer_is_unpacked(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(says(gzip.compress(b'{"a": 1}'), **{"Content-Encoding": "gzip"}))
    assert (await reply_to(driver, site)).body == {"a": 1}


async def test_an_answer_that_is_a_video_goes_to_a_file(driver: HttpDriver, serve: Serve, tmp_path: Path) -> None:
    video = b"\0\0\0\x18ftypisom" + bytes(3_000_000)
    site, held = await serve(says(video, "video/mp4")), []

    def flow() -> Any:
        reply = yield Call(method="POST", path="/video/retrieve", safe=True)
        held.append(Path(reply.file).read_bytes())
        return Done(outputs=(Output(url=Path(reply.file).as_uri(), sha256=None),))

    done = await driver.drive(flow(), provider(site.url))
    assert held == [video]
    dest = tmp_path / "out.mp4"
    await driver.collect(done.outputs[0], provider(site.url), dest, progress=lambda _: None, cancelled=lambda: False)
    assert dest.read_bytes() == video
    assert list((tmp_path / "work_files").iterdir()) == []
    with pytest.raises(ServiceUnavailableError, match="no longer kept"):
        await driver.collect(
            done.outputs[0], provider(site.url), dest, progress=lambda _: None, cancelled=lambda: False
        )


async def test_a_file_that_no_output_names_is_removed(driver: HttpDriver, serve: Serve, tmp_path: Path) -> None:
    site = await serve(says(b"\xff\xd8\xff" * 1000, "image/jpeg"))
    reply = await reply_to(driver, site)
    assert not Path(reply.file).exists()
    assert list((tmp_path / "work_files").iterdir()) == []


async def test_an_answer_too_long_for_memory_goes_to_a_file(make_driver: Make, serve: Serve) -> None:
    data, held = json.dumps({"x": "y" * 300_000}).encode(), []
    site = await serve(says(data))

    def flow() -> Any:
        reply = yield Call(path="/x")
        held.append((reply.body, reply.text, Path(reply.file).read_bytes()))

    await make_driver(limits=Limits(answer=100_000)).drive(flow(), provider(site.url))
    assert held == [(None, "", data)]


async def test_an_answer_without_end_is_cut_off(make_driver: Make, serve: Serve, tmp_path: Path) -> None:
    site = await serve(says(bytes(5_000_000), "video/mp4"))
    with pytest.raises(ServiceUnavailableError, match="longer than 2 MB"):
        await reply_to(make_driver(limits=Limits(video=2_000_000)), site)
    assert list((tmp_path / "work_files").iterdir()) == []


async def test_a_broken_off_file_leaves_nothing(driver: HttpDriver, serve: Serve, tmp_path: Path) -> None:
    site = await serve(breaks_off(bytes(1_000_000), 1000))
    with pytest.raises(ServiceUnavailableError, match="broke off"):
        await reply_to(driver, site)
    assert len(site.seen) == 3
    assert list((tmp_path / "work_files").iterdir()) == []


async def test_a_refusal_counts_also_in_part(driver: HttpDriver, serve: Serve) -> None:
    async def part_of_a_refusal(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(status=400, headers={"Content-Length": "1000"})
        await reply.prepare(request)
        await reply.write(b'{"error": "bad pro')
        await asyncio.sleep(0.02)
        request.transport.abort()
        return reply

    site = await serve(part_of_a_refusal)
    reply = await driver.drive(once(Call(method="POST", path="/x")), provider(site.url))
    assert (reply.status, reply.body, reply.text) == (400, None, '{"error": "bad pro')


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_trickles_is_given_up(make_driver: Make, serve: Serve, method: str) -> None:
    """Each piece comes in time, the whole never does."""

    async def trickle(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "application/json"})
        await reply.prepare(request)
        for _ in range(200):
            await reply.write(b" ")
            await asyncio.sleep(0.05)
        return reply

    site = await serve(trickle)
    driver = make_driver(timeouts=Timeouts(verdict=0.4, read=0.3), patience=Patience(tries=1))
    kind = ServiceUnavailableError if method == "GET" else SubmissionUnknownError
    async with asyncio.timeout(5):
        with pytest.raises(kind):
            await driver.drive(once(Call(method=method, path="/x")), provider(site.url))


# --- repeats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "naps_taken"),
    [
        (answers(503), [0.5, 1.0]),
        (answers(429, Retry_After="3"), [3.5, 4.0]),
        (answers(429, Retry_After="Sat, 21 Nov 2026 10:00:07 GMT", Date="Sat, 21 Nov 2026 10:00:00 GMT"), [7.5, 8.0]),
        (answers(429, Retry_After="Sat, 21 Nov 2026 09:00:00 GMT", Date="Sat, 21 Nov 2026 10:00:00 GMT"), [0.5, 1.0]),
        (answers(429, Retry_After="soon"), [0.5, 1.0]),
        (answers(503, Retry_After="21"), []),
        (answers(404), []),
        (answers(501), []),
        (cut, [0.5, 1.0]),
    ],
)
async def test_repeats_wait_as_asked_and_never_longer_than_that_is_worth(
    make_driver: Make, serve: Serve, naps: Any, handler: Any, naps_taken: list[float]
) -> None:
    site, driver = await serve(handler), make_driver(random=lambda: 1.0)
    with suppress(ServiceUnavailableError):  # the cut connection ends as one
        assert (await reply_to(driver, site)).status >= 400
    assert naps.taken == naps_taken
    assert len(site.seen) == len(naps_taken) + 1


def test_waits_grow_are_spread_and_end() -> None:
    patience = Patience(first=1.0, factor=2.0, cap=8.0)
    assert [patience.wait(n, random=1.0) for n in (1, 2, 3, 4, 5, 9)] == [1, 2, 4, 8, 8, 8]
    assert [patience.wait(n, random=0.0) for n in (1, 2)] == [0.5, 1.0]
    assert patience.wait(1, random=0.0, asked=5.0) == 5.5


async def test_the_environment_sends_nothing_elsewhere(
    driver: HttpDriver, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy nor a password that somebody else's program was given."""
    site, proxy = await serve(), await serve()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    await driver.drive(once(Call(path="/x")), provider(site.url, signing="none"))
    assert proxy.seen == []
    assert "authorization" not in site.last.headers


# --- one provider's trouble is its own -----------------------------------------------------------------------------


async def test_a_slow_provider_holds_up_nobody_else(make_driver: Make, serve: Serve) -> None:
    driver = make_driver(timeouts=Timeouts(connect=5, first_byte=5, verdict=5))
    slow, quick = await serve(hang), await serve()
    waiting = [
        asyncio.create_task(driver.drive(once(Call(path="/x")), provider(slow.url, id="slow"))) for _ in range(150)
    ]
    await asyncio.sleep(0.3)
    async with asyncio.timeout(1):
        reply = await driver.drive(once(Call(path="/x")), provider(quick.url, id="quick"))
    assert reply.ok
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_slow_lookup_holds_up_nobody_else(make_driver: Make, serve: Serve) -> None:
    import threading

    release = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        if host == "slow.example":
            release.wait(10)
        return ["127.0.0.1"]

    driver, quick = make_driver(resolve=look_up, timeouts=TIMEOUTS), await serve()
    slow = [
        asyncio.create_task(driver.drive(once(Call(path=f"/{n}")), provider(f"http://slow.example:{n + 1}", id="slow")))
        for n in range(30)
    ]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(0.8):
        port = quick.url.rpartition(":")[2]
        assert (await driver.drive(once(Call(path="/x")), provider(f"http://quick.example:{port}", id="quick"))).ok
    release.set()
    results = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(each) for each in results} == {ServiceUnavailableError}
