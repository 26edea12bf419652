"""A call that costs money arrives once, and what its loss means is told apart: every count is the server's own."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from web_world import Make, Serve, answers, asking, cut, hang, ok, once, provider

from video_gen.exceptions import ServiceUnavailableError, SubmissionUnknownError
from video_gen.spec import Call, Reply
from video_gen.transport import HttpDriver, Timeouts

WRITES = ("POST", "PUT", "DELETE")


class Wire:
    """A server of bare connections; counts whole requests that arrived, and connections."""

    def __init__(self) -> None:
        self.url = ""
        self.requests = 0
        self.connections = 0

    async def read(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        await reader.readexactly(int(length[0]) if length else 0)
        self.requests += 1


Talk = Callable[[Wire, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def wired(talk: Talk, **how: Any) -> AsyncIterator[Wire]:
    wire = Wire()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        try:
            await talk(wire, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, **how)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield wire


async def silent(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)
    await reader.read()


async def reset(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)
    writer.transport.abort()


async def closed(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)


async def half_a_head(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await writer.drain()


async def half_a_body(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{"id": "jo')
    await writer.drain()


async def stuck_body(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await half_a_body(wire, reader, writer)
    await reader.read()


async def no_http(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await wire.read(reader)
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


LOSSES = [silent, reset, closed, half_a_head, half_a_body, stuck_body, no_http]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("loss", LOSSES)
async def test_a_call_that_costs_money_arrives_once(driver: HttpDriver, loss: Any, method: str) -> None:
    async with wired(loss) as wire:
        call = Call(method=method, path="/videos", body=None if method == "DELETE" else {"prompt": "x" * 200_000})
        with pytest.raises(SubmissionUnknownError):
            await driver.drive(once(call), provider(wire.url))
        await asyncio.sleep(0.05)
        assert wire.requests == 1
        assert wire.connections == 1


async def test_the_connection_breaks_while_the_request_is_being_sent(driver: HttpDriver) -> None:
    async def slam(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100)
        writer.transport.abort()

    async with wired(slam) as wire:
        with pytest.raises(SubmissionUnknownError):
            await driver.drive(once(Call(method="POST", path="/v", body="x" * 3_000_000)), provider(wire.url))
        assert wire.connections == 1


async def test_a_server_that_takes_nothing_in_is_given_up(driver: HttpDriver) -> None:
    async def deaf(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(20)

    async with wired(deaf) as wire:
        async with asyncio.timeout(5):
            with pytest.raises(SubmissionUnknownError, match="in time"):
                await driver.drive(once(Call(method="POST", path="/v", body="x" * 50_000_000)), provider(wire.url))
        assert wire.connections == 1


async def test_an_answer_may_take_longer_than_a_piece_of_the_body(make_driver: Make, serve: Serve) -> None:
    async def thinks(_: web.Request) -> web.Response:
        await asyncio.sleep(0.6)
        return web.json_response({"id": "job-1"})

    driver = make_driver(timeouts=Timeouts(send=0.2, verdict=3, first_byte=3))
    reply = await driver.drive(
        once(Call(method="POST", path="/v", body="x" * 500_000)), provider((await serve(thinks)).url)
    )
    assert reply.body == {"id": "job-1"}


@pytest.mark.parametrize("method", WRITES)
async def test_a_kept_connection_that_has_gone_stale_is_not_trusted(driver: HttpDriver, method: str) -> None:
    """The server closes what it kept just as the next request comes: on that connection, nobody could tell."""

    async def hangs_up_on_the_second(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await wire.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        await wire.read(reader)
        writer.transport.abort()

    async with wired(hangs_up_on_the_second) as wire:
        flow = asking(Call(path="/models"), Call(method=method, path="/videos"), Call(method=method, path="/videos"))
        replies = await driver.drive(flow, provider(wire.url))
        assert [reply.status for reply in replies] == [200, 200, 200]
        assert wire.requests == 3
        assert wire.connections == 3


async def test_reads_share_a_kept_connection(driver: HttpDriver, serve: Serve) -> None:
    peers = set()

    async def who(request: web.Request) -> web.Response:
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({})

    site = await serve(who)
    await driver.drive(asking(*[Call(path="/x")] * 5), provider(site.url))
    assert len(peers) == 1


@pytest.mark.parametrize("loss", [reset, silent, half_a_body])
async def test_a_read_is_repeated_and_its_loss_says_nothing_of_money(driver: HttpDriver, naps: Any, loss: Any) -> None:
    async with wired(loss) as wire:
        with pytest.raises(ServiceUnavailableError) as caught:
            await driver.drive(once(Call(path="/videos/1")), provider(wire.url))
        assert not isinstance(caught.value, SubmissionUnknownError)
        await asyncio.sleep(0.05)
        assert wire.requests == 3
        assert len(naps.taken) == 2


# --- certainly not sent --------------------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def assert_not_sent(driver: HttpDriver, base_url: str, words: str, path: str = "/videos") -> None:
    with pytest.raises(ServiceUnavailableError, match=words) as caught:
        await driver.drive(once(Call(method="POST", path=path, body={})), provider(base_url))
    assert type(caught.value) is ServiceUnavailableError


async def test_a_refused_connection_sent_nothing(driver: HttpDriver, naps: Any) -> None:
    await assert_not_sent(driver, f"http://127.0.0.1:{closed_port()}", "no connection")
    assert naps.taken == []


async def test_an_unknown_name_sent_nothing(make_driver: Make) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    await assert_not_sent(make_driver(resolve=nobody), "http://api.example", "is not known")


async def test_a_lookup_that_takes_for_ever_sent_nothing(make_driver: Make) -> None:
    release = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        release.wait(10)
        return ["127.0.0.1"]

    async with asyncio.timeout(5):
        await assert_not_sent(make_driver(resolve=slow), "http://api.example", "in time")
    release.set()


async def test_a_failed_encryption_sent_nothing(driver: HttpDriver) -> None:
    async def plain(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 This is a plain port\r\n\r\n")
        await writer.drain()
        await wire.read(reader)

    async with wired(plain) as wire:
        await assert_not_sent(driver, wire.url.replace("http:", "https:"), "no encrypted connection")
        assert wire.requests == 0


async def test_a_certificate_of_nobody_sent_nothing(driver: HttpDriver, tmp_path: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    pem = serialization.Encoding.PEM
    kind = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path / "server.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem) + key.private_bytes(pem, *kind))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    async with wired(silent, ssl=context) as wire:
        await assert_not_sent(driver, wire.url.replace("http:", "https:"), "no encrypted connection")
        assert wire.requests == 0


async def test_a_refused_address_was_sent_nothing(driver: HttpDriver, serve: Serve) -> None:
    inside = await serve()
    await assert_not_sent(driver, "http://127.0.0.1:9", "private network", path=f"{inside.url}/latest/meta-data")
    assert inside.seen == []


async def test_a_header_that_cannot_be_written_was_sent_nothing(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    call = Call(method="POST", path="/v", headers={"X-Title": "two\r\nlines"})
    with pytest.raises(ServiceUnavailableError, match="cannot be written"):
        await driver.drive(once(call), provider(site.url))
    assert site.seen == []


# --- what may be repeated, and writes ------------------------------------------------------------------------------

SAFE = Call(method="POST", path="/async-invoke", body={"token": "t"}, safe=True)


@pytest.mark.parametrize(
    "handlers",
    [
        (cut, cut, cut),
        (cut, answers(429)),
        (hang, answers(503)),
        (answers(500), answers(429)),
        (answers(502), answers(401)),
        (cut, answers(402)),
    ],
)
async def test_a_write_that_may_have_arrived_is_not_taken_for_refused(
    driver: HttpDriver, serve: Serve, handlers: Any
) -> None:
    site = await serve(*handlers)
    with pytest.raises(SubmissionUnknownError):
        await driver.drive(once(SAFE), provider(site.url))
    assert len(site.seen) > 1


@pytest.mark.parametrize("handlers", [(cut, cut, cut), (hang,), (cut, answers(500), cut)])
async def test_the_loss_of_what_is_free_says_nothing_of_money(driver: HttpDriver, serve: Serve, handlers: Any) -> None:
    site = await serve(*handlers)
    with pytest.raises(ServiceUnavailableError):
        await driver.drive(once(Call(method="POST", path="/v1/uploads", free=True)), provider(site.url))
    assert len(site.seen) == 3


@pytest.mark.parametrize(
    ("handlers", "status", "count"),
    [
        ((cut, ok), 200, 2),
        ((answers(500), cut, ok), 200, 3),
        ((cut, answers(400)), 400, 2),
        ((answers(429), answers(429), answers(429)), 429, 3),
        ((answers(503), answers(401)), 401, 2),
        ((answers(500),), 500, 3),
        ((answers(422),), 422, 1),
    ],
)
async def test_an_answer_that_settles_it_is_handed_on(
    driver: HttpDriver, serve: Serve, handlers: Any, status: int, count: int
) -> None:
    site = await serve(*handlers)
    reply = await driver.drive(once(SAFE), provider(site.url))
    assert (reply.status, len(site.seen)) == (status, count)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_refused_call_that_costs_money_is_not_repeated(driver: HttpDriver, serve: Serve, status: int) -> None:
    site = await serve(answers(status, Retry_After="0"))
    reply = await driver.drive(once(Call(method="POST", path="/v", body={})), provider(site.url))
    assert (reply.status, len(site.seen)) == (status, 1)


async def test_a_protocol_may_catch_the_loss_where_it_yielded(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(cut, ok)

    def flow() -> Any:
        try:
            yield Call(method="POST", path="/videos")
        except SubmissionUnknownError as error:
            reply: Reply = yield Call(path="/videos")
            return type(error), reply.body["id"]

    assert await driver.drive(flow(), provider(site.url)) == (SubmissionUnknownError, "job-1")
    assert [each.method for each in site.seen] == ["POST", "GET"]


async def test_an_abandoned_flow_is_closed(driver: HttpDriver, serve: Serve) -> None:
    site, ended = await serve(cut), []

    def flow() -> Any:
        try:
            yield Call(method="POST", path="/videos")
        finally:
            ended.append(True)

    with pytest.raises(SubmissionUnknownError):
        await driver.drive(flow(), provider(site.url))
    assert ended == [True]


async def test_a_flow_whose_task_is_cancelled_is_closed(driver: HttpDriver, serve: Serve) -> None:
    site, ended = await serve(hang), []

    def flow() -> Any:
        try:
            yield Call(path="/videos")
        finally:
            ended.append(True)

    kept = flow()
    task = asyncio.create_task(driver.drive(kept, provider(site.url)))
    while not site.seen:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
