"""Puts the rooms together: which driver carries which provider, which class speaks which protocol."""

import asyncio
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from video_gen.catalog import Catalog
from video_gen.config import Config
from video_gen.engine.ceilings import Ceilings
from video_gen.engine.places import Places, Shared
from video_gen.engine.policy import Bounds, Policy
from video_gen.engine.ports import Checked, Driver
from video_gen.engine.service import Jobs
from video_gen.engine.vaults import open_vault
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
    found = list(_registered().select(name=name))
    if not found:
        known = ", ".join(sorted(_registered().names))
        raise ConfigurationError(
            f"the protocol `{name}` is not installed, so its models can be planned and quoted but not run; "
            f"installed: {known}"
        )
    if len(found) > 1:
        packages = " and ".join(sorted(point.value for point in found))
        raise ConfigurationError(f"two packages register the protocol `{name}`: {packages}; uninstall one")
    protocol: Protocol = found[0].load()()
    return protocol


@cache
def _registered() -> EntryPoints:
    return entry_points(group=GROUP)  # it reads a file of every installed package


class Drivers:
    """Finds the driver of a provider; each is made once, when it is first needed."""

    def __init__(self, places: Places, config: Config, *, renders: int) -> None:
        """Keep work files at their place; the embedded renderer draws `renders` videos at once."""
        self._work = places.work
        self._blobs = places.blobs
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


def policy_of(config: Config) -> Policy:
    """Return the engine's policy, as patient as the configuration says."""
    return Policy(
        retries=config.max_retries,
        retry_first=config.retry_delay,
        retry_factor=config.retry_backoff,
        queue=Bounds(config.max_queued, config.max_queued_per_key),
    )


def places_of(config: Config) -> Places:
    """Return where things are as configured. Blocks.

    Raises:
        ConfigurationError: the object store or the secret is none.
    """
    home = config.home.expanduser().resolve()
    vault = open_vault(config.object_store, config.environment) if config.object_store else None
    shared = Shared(url=config.database_url, lease_seconds=config.lease_seconds) if config.database_url else None
    return Places.of(
        home,
        config.outputs_dir.resolve(),
        shared=shared,
        vault=vault,
        secret=config.secret,
        public_url=config.public_url,
    )


async def open_jobs(config: Config, catalog: Catalog) -> tuple[Jobs, Drivers]:
    """Open the jobs of the configured home or database; the drivers are to be closed after them.

    Raises:
        StorageError: the home or the database cannot be used.
        ConfigurationError: a setting names no such thing.
    """
    places = await asyncio.to_thread(places_of, config)

    def limit(provider_id: str) -> int:
        return catalog.provider(provider_id).concurrency or config.max_concurrent

    drivers = Drivers(places, config, renders=catalog.provider("local").concurrency or 1)
    jobs = await Jobs.open(
        places,
        driver_of=drivers.of,
        protocol_of=load_protocol,
        provider_of=lambda provider_id: config.configured(catalog.provider(provider_id)),
        verify=check,
        limit=limit,
        ceilings=_ceilings(config),
        policy=policy_of(config),
    )
    return jobs, drivers


def _ceilings(config: Config) -> Ceilings:
    return Ceilings(
        max_cost_per_day=None if config.max_cost_per_day is None else micro(config.max_cost_per_day),
        max_jobs_per_day=config.max_jobs_per_day,
        unknown_prices=config.allow_unknown_prices,
    )
