"""Every emulator on one port, each under its provider's name: a place to develop against at no cost."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from aiohttp import web

from video_gen.exceptions import ConfigurationError, InvalidRequestError
from video_gen.testing import emulators
from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.emulator import MAX_BODY, Emulator
from video_gen.testing.emulators.faults import FAULTS, HEADER
from video_gen.testing.emulators.serve import Host
from video_gen.testing.emulators.studio import Size, Studio
from video_gen.testing.emulators.world import World

PORT: Final = 8090


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The emulators at work."""

    url: str
    booths: tuple[Booth, ...]
    emulators: Mapping[str, Emulator]

    @property
    def environment(self) -> dict[str, str]:
        """Every setting that leads to the sandbox."""
        found: dict[str, str] = {}
        for booth in self.booths:
            found |= booth.environment(f"{self.url}/{booth.name}")
        return found


def booths() -> tuple[Booth, ...]:
    """Return the booth of every emulator there is, by name."""
    modules = (import_module(f"{emulators.__name__}.{module.name}") for module in iter_modules(emulators.__path__))
    found = [booth for module in modules for booth in getattr(module, "SANDBOX", ())]
    return tuple(sorted(found, key=lambda booth: booth.name))


@contextmanager
def sandbox(
    *,
    port: int = PORT,
    only: tuple[str, ...] = (),
    size: Size = "asked",
    queue_s: float = 1.0,
    render_s: float = 4.0,
) -> Iterator[Sandbox]:
    """Serve emulators on one port of 127.0.0.1 for the length of the block.

    Args:
        port: 0 takes a free one.
        only: Names of booths; none means all.
        size: Films as long and large as asked, or small ones.
        queue_s: Seconds a job waits in the queue.
        render_s: Seconds a job takes at least.

    Raises:
        ConfigurationError: the port is taken.
        InvalidRequestError: no such booth.
    """
    chosen = _chosen(only)
    studio = Studio(size)
    made = {booth.name: booth.make(World(studio, queue_s=queue_s, render_s=render_s)) for booth in chosen}
    host = Host()
    try:
        app = web.Application(client_max_size=MAX_BODY)
        for name, emulator in made.items():
            emulator.trap.url = host.serve(emulator.trap.application())
            app.add_subapp(f"/{name}", emulator.application())
        app.router.add_get("/", partial(_welcome, chosen))
        url = _serve(host, app, port)
        for name, emulator in made.items():
            emulator.url = f"{url}/{name}"
        yield Sandbox(url=url, booths=chosen, emulators=made)
    finally:
        host.close()
        studio.close()


def _chosen(only: tuple[str, ...]) -> tuple[Booth, ...]:
    known = booths()
    unknown = set(only) - {booth.name for booth in known}
    if unknown:
        names = ", ".join(booth.name for booth in known)
        raise InvalidRequestError(f"there is no emulator of `{min(unknown)}`: choose {names}")
    return tuple(booth for booth in known if not only or booth.name in only)


def _serve(host: Host, app: web.Application, port: int) -> str:
    try:
        return host.serve(app, port=port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ConfigurationError(f"port {port} is taken: stop what uses it, or choose another with --port") from None


async def _welcome(chosen: tuple[Booth, ...], _request: web.Request) -> web.Response:
    services = {booth.name: {"title": booth.title, "path": f"/{booth.name}"} for booth in chosen}
    faults = {name: {"step": step, "meaning": meaning} for name, (step, meaning) in FAULTS.items()}
    return web.json_response({"emulators": services, "fault_header": HEADER, "faults": faults})
