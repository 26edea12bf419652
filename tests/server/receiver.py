"""An address that is posted to: it keeps what came, and answers as it is told."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Answers by the path that is posted to, and keeps what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.answers = {"/gone": 410, "/broken": 500, "/moved": 307}
        self.before_answering: dict[str, Callable[[], object]] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"

    def at(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for where, headers, body in list(self.came) if where == path]

    def until(self, path: str, number: int = 1, seconds: float = 60) -> list[tuple[dict[str, str], bytes]]:
        return until(lambda: found if len(found := self.at(path)) >= number else None, seconds)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.server.before_answering.get(self.path, lambda: None)()
        self.send_response(self.server.answers.get(self.path, 200))
        if self.path == "/moved":
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(b"whatever " * 1000)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
