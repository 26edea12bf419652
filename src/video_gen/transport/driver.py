"""Runs protocols' flows over HTTP."""

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar, cast

from video_gen.exceptions import ServiceUnavailableError, VideoGenerationError
from video_gen.spec import Call, Done, Failed, Flow, Operation, Output, Pending, Provider, Reply
from video_gen.transport.address import UnsafeUrlError, joined, with_query
from video_gen.transport.body import Body, FileOf, body_of
from video_gen.transport.caller import Caller, Outgoing
from video_gen.transport.connections import Connections, Resolve, look_up
from video_gen.transport.download import Download, take_file
from video_gen.transport.endpoint import base_url, setting
from video_gen.transport.limits import Limits, Patience, Timeouts
from video_gen.transport.machine import Machine
from video_gen.transport.redact import redact, redacted
from video_gen.transport.repeating import Repeating
from video_gen.transport.reply import read_reply
from video_gen.transport.signing import KeyOf, signer_for
from video_gen.transport.stores import located
from video_gen.transport.work_files import WorkFiles

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a driver needs of the world; each is an argument, so that each can be another one."""

    resolve: Resolve = look_up
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random


class HttpDriver:
    """The driver of every provider that is reached over HTTP; satisfies `engine.ports.Driver`.

    Each provider has connections of its own. A driver belongs to the event loop it is first used in; close it there.
    """

    def __init__(
        self,
        *,
        key_of: KeyOf,
        file_of: FileOf,
        work: Path,
        allow_private: bool = False,
        timeouts: Timeouts | None = None,
        patience: Patience | None = None,
        limits: Limits | None = None,
        world: World | None = None,
    ) -> None:
        """Reach providers.

        Args:
            key_of: Finds a provider's key; asked for each flow, so a changed key is used at once.
            file_of: Where the bytes of a media input are.
            work: Folder for answers that are files.
            allow_private: Let URLs that came from outside reach this machine and private networks.
            timeouts: How long each phase of a call may take.
            patience: How often a call that may be repeated is repeated.
            limits: How much is taken in.
            world: Names, time and chance.
        """
        self._key_of = key_of
        self._file_of = file_of
        self._files = WorkFiles(work)
        self._allow_private = allow_private
        self._timeouts = timeouts or Timeouts()
        self._patience = patience or Patience()
        self._limits = limits or Limits()
        self._world = world or World()
        self._machine = Machine()
        self._connections: dict[str, Connections] = {}

    def keyed(self, key_of: KeyOf) -> Self:
        """Return this driver in another's name: the same connections, other keys. Only the first one is closed."""
        other = copy.copy(self)
        other._key_of = key_of  # noqa: SLF001 (it is this class)
        return other

    def check(self, provider: Provider) -> None:
        """Say what is missing to reach a provider; nothing is sent.

        Raises:
            ConfigurationError: names the variable to set.
        """
        base_url(provider)
        for name in provider.needs:
            setting(provider, name)
        signer_for(provider, self._key_of(provider), self._machine)

    async def drive(self, flow: Flow[T], provider: Provider) -> T:
        """Run a flow to its end; `engine.ports.Driver` says what each error means."""
        caller, files = self._caller(provider), list[Path]()
        kept: set[Path] = set()
        try:
            result = await self._run(flow, caller, files)
            result, kept = await self._safe(result, caller, files)
        except VideoGenerationError as error:
            raise redacted(error, caller.secrets) from None
        else:
            return result
        finally:
            flow.close()
            if files:
                await asyncio.to_thread(self._files.discard, set(files) - kept)

    async def collect(
        self,
        output: Output,
        provider: Provider,
        dest: Path,
        *,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Bring a finished video to `dest`; `engine.ports.Driver` says what each error means."""
        caller = self._caller(provider)
        try:
            if output.url.startswith("data:"):
                output = output.model_copy(update={"url": await asyncio.to_thread(self._files.keep_data, output.url)})
            if output.url.startswith("file:"):
                await take_file(self._files, output, dest)
            else:
                caller, request = located(output, caller, self._machine)
                await Download(caller, request, output, dest, self._repeating(provider), progress, cancelled).run()
        except VideoGenerationError as error:
            raise redacted(error, caller.secrets) from None
        progress(1.0)

    async def close(self) -> None:
        """Close every connection."""
        while self._connections:
            _, connections = self._connections.popitem()
            await connections.close()

    def _caller(self, provider: Provider) -> Caller:
        key = self._key_of(provider)
        base = base_url(provider)
        signer = signer_for(provider, key, self._machine)
        if not self._connections:
            self._files.sweep()
        if provider.id not in self._connections:
            self._connections[provider.id] = Connections(
                self._world.resolve, connect=self._timeouts.connect, allow_private=self._allow_private
            )
        return Caller(
            provider=provider,
            base=base,
            signer=signer,
            connections=self._connections[provider.id],
            timeouts=self._timeouts,
            limits=self._limits,
            allow_private=self._allow_private,
            secrets={key.get_secret_value().strip()} if key else set(),
        )

    def _repeating(self, provider: Provider) -> Repeating:
        return Repeating(provider.id, self._patience, self._world.sleep, self._world.random)

    async def _run(self, flow: Flow[T], caller: Caller, files: list[Path]) -> T:
        try:
            call = next(flow)
            while True:
                answer = await self._answer(call, caller)
                if isinstance(answer, Reply):
                    files += [Path(answer.file)] if answer.file else []
                    call = flow.send(answer)
                else:
                    call = flow.throw(answer)
        except StopIteration as end:
            return cast("T", end.value)

    async def _answer(self, call: Call, caller: Caller) -> Reply | VideoGenerationError:
        """Return the reply to a call, or the error that stands for its loss."""

        async def send() -> Reply:
            async with caller.open(request) as response:
                return await read_reply(response, self._files, self._limits, self._timeouts)

        try:
            empty = call.body is None and call.form is None
            body = None if empty else await asyncio.to_thread(body_of, call, self._file_of)
            request = self._outgoing(call, caller, body)
            return await self._repeating(caller.provider).reply(call, send)
        except UnsafeUrlError as error:
            return ServiceUnavailableError(f"`{caller.provider.id}`: {error}", provider=caller.provider.id)
        except VideoGenerationError as error:
            return error

    @staticmethod
    def _outgoing(call: Call, caller: Caller, body: Body | None) -> Outgoing:
        return Outgoing(
            method=call.method,
            url=with_query(joined(caller.base, call.path), call.query),
            headers={"Accept": "application/json, */*;q=0.8", **call.headers},
            body=body,
            signed=True,
            buys=not (call.free or call.method in {"GET", "HEAD"}),
        )

    async def _safe(self, result: T, caller: Caller, files: list[Path]) -> tuple[T, set[Path]]:
        """Make a flow's result fit to be stored; return it with the files it still needs.

        What a provider says is read by people, so secrets are taken out; what it sends as text is put into files.
        """
        safe: object = result
        kept: set[Path] = set()
        if isinstance(result, Failed | Pending):
            safe = result.model_copy(update={"message": redact(result.message, caller.secrets)})
        elif isinstance(result, Done):
            safe, kept = await self._put_away(result, files)
        elif isinstance(result, Operation) and result.done is not None:
            done, kept = await self._put_away(result.done, files)
            safe = result.model_copy(update={"done": done})
        return cast("T", safe), kept

    async def _put_away(self, done: Done, files: list[Path]) -> tuple[Done, set[Path]]:
        outputs = [await self._filed(each) for each in done.outputs]
        kept = {path for path in files if path.as_uri() in {each.url for each in outputs}}
        return done.model_copy(update={"outputs": tuple(outputs)}), kept

    async def _filed(self, output: Output) -> Output:
        if not output.url.startswith("data:"):
            return output
        return output.model_copy(update={"url": await asyncio.to_thread(self._files.keep_data, output.url)})
