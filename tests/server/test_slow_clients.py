"""Whoever sends or reads too slowly does not hold a connection for ever."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from video_gen.server.bodies import BodyLimits
from video_gen.server.faults import BodyTimeoutError
from video_gen.server.slow_clients import PatientProtocol

PLENTY = 64 * 2**20


class Hasty(PatientProtocol):
    header_seconds = 0.3
    read_seconds = 0.3


async def _size(request: Request) -> Response:
    try:
        return JSONResponse(len(await request.body()))
    except BodyTimeoutError as error:
        return JSONResponse(error.message, status_code=error.http_status)


async def _plenty(request: Request) -> Response:
    return Response(b"x" * PLENTY)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A server in a thread with hardly any patience."""
    app = Starlette(routes=[Route("/size", _size, methods=["POST"]), Route("/plenty", _plenty)])
    app.add_middleware(BodyLimits, most=10**6, start_seconds=0.3)
    listening = socket.create_server(("127.0.0.1", 0))
    served = uvicorn.Server(uvicorn.Config(app, http=Hasty, timeout_keep_alive=1, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(served.serve([listening])))
    thread.start()
    yield listening.getsockname()
    served.should_exit = True
    thread.join(30)


@pytest.fixture
def connect(address) -> Iterator[Callable[[bytes], socket.socket]]:
    opened: list[socket.socket] = []

    def connect(text: bytes) -> socket.socket:
        connection = socket.create_connection(address, timeout=30)
        opened.append(connection)
        connection.sendall(text)
        return connection

    yield connect
    for each in opened:
        each.close()


def everything(connection: socket.socket) -> bytes:
    """Read to the end; a connection that is broken off has ended too."""
    read = bytearray()
    try:
        while data := connection.recv(65536):
            read += data
    except ConnectionResetError:
        pass
    return bytes(read)


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-"])
def test_who_never_ends_the_head_of_a_request_is_let_go(connect, begun: bytes):
    assert everything(connect(begun)) == b""


def test_who_begins_another_request_and_does_not_end_it_is_let_go(connect):
    whole = b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
    answer = everything(connect(whole + b"GET / HTTP/1.1\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"2")


def test_who_sends_a_body_too_slowly_is_told_so(connect):
    answer = everything(connect(b"POST /size HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\nab"))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"after 2 bytes the body came too slowly" in answer


def test_who_does_not_read_its_answer_is_let_go(connect):
    connection = connect(b"GET /plenty HTTP/1.1\r\nHost: a\r\n\r\n")
    threading.Event().wait(1)
    assert len(everything(connection)) < PLENTY
