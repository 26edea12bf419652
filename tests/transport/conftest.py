"""Makes `web_world` importable, and a driver that reaches what it serves."""

import hashlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from video_gen.spec import MediaRef
from video_gen.transport import HttpDriver, Limits, Patience, World

sys.path.insert(0, str(Path(__file__).parent))

from web_world import KEY, TIMEOUTS, Handler, Make, Naps, Serve, Site, ok


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server for some handlers."""
    runners = []

    async def start(*handlers: Handler, host: str = "127.0.0.1") -> Site:
        site = Site(handlers=list(handlers) or [ok])
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{tail:.*}", site.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        site.url = f"http://{host}:{runner.addresses[0][1]}"
        return site

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[bytes, str], MediaRef]:
    """Keep bytes where the driver's `file_of` finds them."""
    folder = tmp_path / "inputs"
    folder.mkdir()

    def keep(data: bytes, media_type: str) -> MediaRef:
        sha256 = hashlib.sha256(data).hexdigest()
        (folder / sha256).write_bytes(data)
        return MediaRef(sha256=sha256, media_type=media_type, bytes=len(data))

    return keep


@pytest.fixture
async def make_driver(tmp_path: Path, naps: Naps) -> AsyncIterator[Make]:
    """Make a driver; what is not given is quick and strict."""
    drivers = []

    def make(**changes: Any) -> HttpDriver:
        world = {name: changes.pop(name) for name in ("resolve", "random") if name in changes}
        given = {
            "key_of": lambda provider: SecretStr(KEY),
            "file_of": lambda ref: tmp_path / "inputs" / ref.sha256,
            "work": tmp_path / "work_files",
            "timeouts": TIMEOUTS,
            "patience": Patience(tries=3),
            "limits": Limits(idle=0.4, floor=100_000.0),
            "world": World(sleep=naps, **world),
        }
        driver = HttpDriver(**{**given, **changes})
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        await driver.close()


@pytest.fixture
def driver(make_driver: Make) -> HttpDriver:
    return make_driver()
