"""The client finds the driver of each provider, and closes what it opened."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from web_world import KEY, Serve, once, provider, serves

from video_gen.client.wiring import Drivers, places_of
from video_gen.config import Config
from video_gen.exceptions import ServiceUnavailableError
from video_gen.local.service import LocalService
from video_gen.spec import Call, Output
from video_gen.transport import HttpDriver


def drivers_of(home: Path, **environ: str) -> Drivers:
    config = Config.from_environment({**environ, "VIDEO_GEN_HOME": str(home)}, home / "none")
    return Drivers(places_of(config), config, renders=1)


async def test_the_scheme_of_the_base_url_chooses_the_driver(tmp_path: Path) -> None:
    drivers = drivers_of(tmp_path)
    one, two = provider("https://one.example", id="one"), provider("{endpoint}/v1", id="two")
    assert isinstance(drivers.of(one), HttpDriver)
    assert drivers.of(one) is drivers.of(two)
    local = provider("local:", id="local")
    assert isinstance(drivers.of(local), LocalService)
    assert drivers.of(local) is drivers.of(local)
    await drivers.close()


async def test_keys_come_from_the_configuration(serve: Serve, tmp_path: Path) -> None:
    site, drivers = await serve(), drivers_of(tmp_path, ACME_API_KEY=KEY)
    acme = provider(site.url)
    assert (await drivers.of(acme).drive(once(Call(path="/x")), acme)).ok
    assert site.last.headers["authorization"] == f"Bearer {KEY}"
    await drivers.close()


@pytest.mark.parametrize("allowed", [True, False])
async def test_the_guard_is_as_configured(serve: Serve, tmp_path: Path, *, allowed: bool) -> None:
    site, elsewhere = await serve(), await serve(serves(b"\0\0\0\x18ftypisom" + bytes(100)))
    drivers = drivers_of(tmp_path, ACME_API_KEY=KEY, **({"VIDEO_GEN_ALLOW_PRIVATE_URLS": "1"} if allowed else {}))
    acme, dest, output = provider(site.url), tmp_path / "v.mp4", Output(url=f"{elsewhere.url}/v")
    fetching = drivers.of(acme).collect(output, acme, dest, progress=lambda _: None, cancelled=lambda: False)
    if allowed:
        await fetching
    else:
        with pytest.raises(ServiceUnavailableError, match="VIDEO_GEN_ALLOW_PRIVATE_URLS"):
            await fetching
    assert dest.exists() is allowed
    await drivers.close()


async def test_closing_hangs_up(serve: Serve, tmp_path: Path) -> None:
    gone: list[asyncio.Transport] = []

    async def peer(request: web.Request) -> web.Response:
        assert request.transport is not None
        gone.append(request.transport)
        return web.json_response({})

    site, drivers = await serve(peer), drivers_of(tmp_path, ACME_API_KEY=KEY)
    acme = provider(site.url)
    await drivers.of(acme).drive(once(Call(path="/x")), acme)
    assert not gone[0].is_closing()
    await drivers.close()
    async with asyncio.timeout(2):
        while not gone[0].is_closing():
            await asyncio.sleep(0.01)
