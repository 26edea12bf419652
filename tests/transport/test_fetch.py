import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from video_gen.exceptions import MediaInputError
from video_gen.transport import fetch, is_public, shown_url


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        port = self.server.server_port
        if self.path.startswith("/redirect/"):
            left = int(self.path.rpartition("/")[2])
            self._reply(302, {"Location": f"/redirect/{left - 1}" if left > 1 else "/ok"})
        elif self.path == "/to-metadata":
            self._reply(302, {"Location": "http://169.254.169.254/latest"})
        elif self.path == "/to-file":
            self._reply(302, {"Location": "file:///etc/passwd"})
        elif self.path == "/big":
            self._reply(200, {"Content-Length": "1000000"}, b"x" * 1000)
        elif self.path == "/drip":
            self._reply(200, {"Connection": "close"}, b"x" * 5000)
        elif self.path == "/hang":
            threading.Event().wait(1.0)
        elif self.path == "/missing":
            self._reply(404, {})
        else:
            self._reply(200, {"Content-Length": "4"}, f"{port:05d}"[:4].encode())

    def _reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_body_arrives_whole_and_redirects_are_followed(site: str) -> None:
    assert len(await fetch(f"{site}/ok", max_bytes=10, allow_private=True)) == 4
    assert len(await fetch(f"{site}/redirect/5", max_bytes=10, allow_private=True)) == 4


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/redirect/6", "redirects more than 5 times"),
        ("/to-file", "not an http or https address"),
        ("/missing", "answered 404"),
        ("/big", "larger than 0.002 MB"),
        ("/drip", "larger than 0.002 MB"),
    ],
)
async def test_what_cannot_be_had_is_said(site: str, path: str, words: str) -> None:
    with pytest.raises(MediaInputError, match=words):
        await fetch(f"{site}{path}", max_bytes=2000, allow_private=True)


async def test_a_silent_host_is_given_up(site: str) -> None:
    with pytest.raises(MediaInputError, match=r"did not answer in 0\.2 s"):
        await fetch(f"{site}/hang", max_bytes=10, allow_private=True, timeout_s=0.2)


async def test_a_closed_port_is_an_error_in_words() -> None:
    with pytest.raises(MediaInputError, match="could not be fetched"):
        await fetch("http://127.0.0.1:9/x", max_bytes=10, allow_private=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"]
)
async def test_every_spelling_of_this_machine_is_refused(site: str, host: str) -> None:
    port = site.rpartition(":")[2]
    with pytest.raises(MediaInputError, match=r"private network|could not be fetched"):
        await fetch(f"http://{host}:{port}/ok", max_bytes=10)


async def test_a_redirect_into_a_private_network_is_refused(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("video_gen.transport.connections.is_public", lambda address: address.startswith("127."))
    with pytest.raises(MediaInputError, match="private network"):
        await fetch(f"{site}/to-metadata", max_bytes=10)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/x", "file:///etc/passwd", "http://", "https://user:secret@example.com/"]
)
async def test_other_schemes_and_credentials_are_refused(url: str) -> None:
    with pytest.raises(MediaInputError) as caught:
        await fetch(url, max_bytes=10)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:192.168.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:0001::", False),
        ("fe80::1%eth0", False),
    ],
)
def test_public_means_globally_reachable(address: str, *, public: bool) -> None:
    assert is_public(address) is public


def test_a_shown_url_hides_what_may_be_secret() -> None:
    assert (
        shown_url("https://u:p@cdn.example.com:8443/a/b.png?token=s3cret#f") == "https://cdn.example.com:8443/a/b.png"
    )
