"""A customer of an emulated provider: the real engine, store and transport in a folder of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from video_gen.catalog import load_catalog
from video_gen.catalog import plan as make_plan
from video_gen.client.inputs import MediaKeeper, read_inputs
from video_gen.client.wiring import check, load_protocol
from video_gen.config import Config
from video_gen.engine.places import Places
from video_gen.engine.policy import Policy
from video_gen.engine.service import Jobs
from video_gen.spec import Attempt, Event, Job, Plan, Protocol, Provider, Request
from video_gen.testing.conformance.wire import Wire
from video_gen.testing.emulators.emulator import Emulator
from video_gen.transport import HttpDriver, Limits, Patience, Timeouts

TODAY: Final = date(2026, 11, 21)
QUICK: Final = Policy(
    retry_first=0.05,
    retry_cap=0.2,
    poll_first=0.05,
    poll_cap=0.1,
    settle=0.2,
    reconcile_tries=4,
)
TIMEOUTS: Final = Timeouts(connect=2.0, send=2.0, first_byte=1.0, verdict=1.0, read=1.0)
PATIENCE: Final = Patience(tries=2, first=0.05, cap=0.1)
LIMITS: Final = Limits(idle=1.0, floor=20_000.0)


@dataclass
class House:
    """An open store whose jobs are carried out, and the emulator they are sent to."""

    wire: Wire
    emulator: Emulator
    jobs: Jobs
    provider: Provider
    protocol: Protocol
    home: Path

    async def plan(self, *, model: str | None = None, picture: Path | None = None, **fields: Any) -> Plan:
        """Plan a video; nothing is sent."""
        inputs = await read_inputs(
            MediaKeeper(self.jobs.blobs, allow_private_urls=False), {} if picture is None else {"image": picture}
        )
        words = {"prompt": "a paper boat on a quiet lake", **self.wire.words, **fields}
        request = Request.of(model=model or self.wire.text, first_frame=inputs.get("first_frame"), **words)
        card = load_catalog().card(request.model)
        return make_plan(request, card, self.provider, today=TODAY, allow_retired=True)

    async def start(self, plan: Plan, *, key: str | None = None) -> Job:
        """Hand a job in; with a key, in the name of the caller who brought it."""
        return await self.jobs.create(plan, key=None if key is None else SecretStr(key))

    async def end_of(self, job: Job, *, within: float = 60.0) -> Job:
        """Return a job when it has ended."""
        return await self.jobs.wait(job.id, timeout_s=within)

    async def make(self, **fields: Any) -> Job:
        """Plan a video, hand the job in, and wait for its end."""
        return await self.end_of(await self.start(await self.plan(**fields)))

    async def attempts(self, job: Job) -> list[Attempt]:
        """Return a job's attempts."""
        return await self.jobs.attempts(job.id)

    async def events(self, job: Job) -> list[Event]:
        """Return a job's history."""
        return await self.jobs.events(job.id)

    async def story(self, job: Job) -> str:
        """Return a job's history as text, for the message of a failed check."""
        return "\n".join(f"{event.kind}: {event.message}" for event in await self.events(job))

    async def until(self, job: Job, kind: str, *, within: float = 20.0) -> None:
        """Wait for an event of a kind."""
        async with asyncio.timeout(within):
            async for item in self.jobs.watch(job.id):
                if isinstance(item, Event) and item.kind == kind:
                    return

    def accepted(self) -> int:
        """Return how many jobs the provider has accepted: what it may charge for."""
        return len(self.emulator.world.accepted())

    async def stored_bytes(self) -> bytes:
        """Return every byte that lies in the home."""

        def read() -> bytes:
            return b"".join(path.read_bytes() for path in self.home.rglob("*") if path.is_file())

        return await asyncio.to_thread(read)


@asynccontextmanager
async def at_home(wire: Wire, emulator: Emulator, home: Path, *, allow_private: bool = False) -> AsyncIterator[House]:
    """Open a home whose jobs go to a served emulator; `allow_private` lets links lead to this machine's other hosts."""
    config = Config.from_environment(
        {**wire.environment(emulator), "VIDEO_GEN_HOME": str(home)}, dotenv=home / "no-dotenv"
    )
    catalog = load_catalog()
    card = catalog.card(wire.text)
    provider = config.configured(catalog.provider(card.provider))
    protocol = wire.protocol() if wire.protocol else load_protocol(card.protocol or provider.protocol)
    places = Places.of(home, home / "outputs")
    driver = HttpDriver(
        key_of=config.key_for,
        file_of=places.blobs.file_of,
        work=places.work,
        allow_private=allow_private,
        timeouts=TIMEOUTS,
        patience=PATIENCE,
        limits=LIMITS,
    )
    jobs = await Jobs.open(
        places,
        driver_of=lambda _, key: driver if key is None else driver.keyed(lambda _: key),
        protocol_of=lambda _: protocol,
        provider_of=lambda provider_id: config.configured(catalog.provider(provider_id)),
        verify=check,
        limit=lambda _: None,
        policy=QUICK,
    )
    try:
        jobs.run()
        yield House(wire, emulator, jobs, provider, protocol, home)
    finally:
        await jobs.close()
        await driver.close()


def holds(body: Any, name: str, value: Any) -> bool:
    """Whether a parsed body holds a field whose name ends so, with this very value, at any depth."""
    if isinstance(body, dict):
        here = any(str(key).lower().endswith(name) and type(each) is type(value) and each == value
                   for key, each in body.items())  # fmt: skip
        return here or any(holds(each, name, value) for each in body.values())
    if isinstance(body, list):
        return any(holds(each, name, value) for each in body)
    if isinstance(body, str) and body[:1] in {"{", "["}:
        try:
            return holds(json.loads(body), name, value)
        except ValueError:
            return False
    return False
