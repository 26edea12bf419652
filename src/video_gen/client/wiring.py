"""Puts the rooms together: which driver carries which provider, which class speaks which protocol."""

import asyncio
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from video_gen.catalog import Catalog
from video_gen.config import Config
from video_gen.engine.blobs import Blobs
from video_gen.engine.ceilings import Ceilings
from video_gen.engine.ports import Checked, Driver
from video_gen.engine.service import INPUTS, WORK, Jobs
from video_gen.exceptions import ConfigurationError
from video_gen.local.service import LocalService
from video_gen.spec import MediaInfo, Plan, Protocol, Provider, Settings, micro

if TYPE_CHECKING:
    from video_gen.transport import HttpDriver

GROUP = "video_gen.protocols"
LOCAL = "local:"


@cache
def load_protocol(name: str) -> Protocol:
    """Return the protocol that an installed package registers under `name`.

    Raises:
        ConfigurationError: none does, or two do.
    """
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        known = ", ".join(sorted(point.name for point in entry_points(group=GROUP)))
        raise ConfigurationError(
            f"the protocol `{name}` is not installed, so its models can be planned and quoted but not run; "
            f"installed: {known}"
        )
    if len(found) > 1:
        packages = " and ".join(sorted(point.value for point in found))
        raise ConfigurationError(f"two packages register the protocol `{name}`: {packages}; uninstall one")
    protocol: Protocol = found[0].load()()
    return protocol


class Drivers:
    """Finds the driver of a provider; each is made once, when it is first needed."""

    def __init__(self, home: Path, config: Config, *, renders: int) -> None:
        """Keep work files in `home`; the embedded renderer draws `renders` videos at once."""
        self._work = home / WORK
        self._blobs = Blobs(home / INPUTS)
        self._config = config
        self._renders = renders
        self._local: LocalService | None = None
        self._http: HttpDriver | None = None

    def of(self, provider: Provider, key: SecretStr | None = None) -> Driver:
        """Return the driver that reaches `provider`; with a key, in the name of the caller who brought it."""
        if provider.base_url.startswith(LOCAL):
            return self._embedded()
        return self._over_http() if key is None else self._over_http().keyed(lambda _: key)

    def check(self, provider: Provider, key: SecretStr | None = None) -> None:
        """Say what is missing to reach `provider`; nothing is sent.

        Raises:
            ConfigurationError: names the variable to set.
        """
        if not provider.base_url.startswith(LOCAL):
            driver = self._over_http() if key is None else self._over_http().keyed(lambda _: key)
            driver.check(provider)

    def _embedded(self) -> LocalService:
        if self._local is None:
            from video_gen.local.draft import draw

            self._local = LocalService(self._work, self._blobs.file_of, draw, width=self._renders)
        return self._local

    def _over_http(self) -> "HttpDriver":
        if self._http is None:
            from video_gen.transport import HttpDriver

            self._http = HttpDriver(
                key_of=self._config.key_for,
                file_of=self._blobs.file_of,
                work=self._work,
                allow_private=self._config.allow_private_urls,
            )
        return self._http

    async def close(self) -> None:
        """Stop what the drivers do in this process."""
        if self._http is not None:
            await self._http.close()
        if self._local is not None:
            await self._local.close()


def check(path: Path, plan: Plan) -> Checked:
    """Verify a finished file and compare it with its plan."""
    settings = plan.settings
    if plan.request.kind == "image":
        from video_gen.media.verify_image import verify_image

        info, media_type = verify_image(path)
        return Checked(info=info, media_type=media_type, differences=_other_size(info, settings))
    from video_gen.media.verify import Expectation, verify

    expected = Expectation(
        seconds=settings.seconds,
        width=settings.width,
        height=settings.height,
        fps=settings.fps,
        audio=settings.audio,
    )
    verified = verify(path, expected)
    return Checked(info=verified.info, differences=tuple(map(str, verified.differences)))


def _other_size(info: MediaInfo, settings: Settings) -> tuple[str, ...]:
    asked = (settings.width, settings.height)
    if None in asked or asked == (info.width, info.height):
        return ()
    return (f"{settings.width}x{settings.height} was planned, it is {info.width}x{info.height}",)


async def open_jobs(config: Config, catalog: Catalog) -> tuple[Jobs, Drivers]:
    """Open the jobs of the configured home; the drivers are to be closed after them.

    Raises:
        StorageError: the home cannot be used.
    """
    home = await asyncio.to_thread(lambda: config.home.expanduser().resolve())
    outputs = await asyncio.to_thread(config.outputs_dir.resolve)

    def limit(provider_id: str) -> int:
        return catalog.provider(provider_id).concurrency or config.max_concurrent

    drivers = Drivers(home, config, renders=catalog.provider("local").concurrency or 1)
    jobs = await Jobs.open(
        home,
        outputs,
        driver_of=drivers.of,
        protocol_of=load_protocol,
        provider_of=lambda provider_id: config.configured(catalog.provider(provider_id)),
        verify=check,
        limit=limit,
        ceilings=_ceilings(config),
    )
    return jobs, drivers


def _ceilings(config: Config) -> Ceilings:
    return Ceilings(
        max_cost_per_day=None if config.max_cost_per_day is None else micro(config.max_cost_per_day),
        max_jobs_per_day=config.max_jobs_per_day,
        unknown_prices=config.allow_unknown_prices,
    )
