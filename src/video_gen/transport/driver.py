"""Runs protocols' flows over HTTP."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import SecretStr

from video_gen.exceptions import (
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import Call, Flow, Output, Provider, Reply
from video_gen.spec.answers import retry_after
from video_gen.transport.address import UnsafeUrlError, joined, same_origin, with_query
from video_gen.transport.body import FileOf, body_of
from video_gen.transport.caller import Caller, LostAnswerError, NotSentError, Outgoing
from video_gen.transport.connections import Connections, Resolve, look_up
from video_gen.transport.download import download
from video_gen.transport.endpoint import base_url
from video_gen.transport.limits import Tuning
from video_gen.transport.redact import redacted
from video_gen.transport.reply import read_reply
from video_gen.transport.signing import KeyOf, signer_for

T = TypeVar("T")
_TEMPORARY: Final = frozenset({408, 429, 500, 502, 503, 504})
_TELLS_NOTHING: Final = frozenset({401, 402, 403, 429, 503})
"""Refusals that say nothing of an earlier try of the same call: key, account and load may have changed since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What a driver needs of the world; each is an argument, so that each can be another one."""

    resolve: Resolve = look_up
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random


class HttpDriver:
    """The driver of every provider that is reached over HTTP.

    Each provider has connections of its own. A driver belongs to the event loop it is first used in; close it there.
    """

    def __init__(
        self,
        *,
        key_of: KeyOf,
        file_of: FileOf,
        work: Path,
        allow_private: bool = False,
        tuning: Tuning | None = None,
        world: World | None = None,
    ) -> None:
        """Reach providers.

        Args:
            key_of: Finds a provider's key; called for each flow, so a changed key is used at once.
            file_of: Where the bytes of a media input are.
            work: Folder for answers that are files.
            allow_private: Let URLs that came from outside reach this machine and private networks.
            tuning: Time limits, repeats, sizes.
            world: Names, time and chance.
        """
        self._key_of = key_of
        self._file_of = file_of
        self._work = work
        self._allow_private = allow_private
        tuning, self._world = tuning or Tuning(), world or World()
        self._timeouts, self._patience, self._limits = tuning.timeouts, tuning.patience, tuning.limits
        self._connections: dict[str, Connections] = {}

    async def drive(self, flow: Flow[T], provider: Provider) -> T:
        """Run a flow to its end; see `engine.ports.Driver` for what an error means."""
        caller = self._caller(provider)
        try:
            return await self._run(flow, caller)
        except VideoGenerationError as error:
            raise redacted(error, caller.secrets) from None
        finally:
            flow.close()

    async def collect(
        self,
        output: Output,
        provider: Provider,
        dest: Path,
        *,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Bring a finished video to `dest`; see `engine.ports.Driver`."""
        caller = self._caller(provider)
        try:
            await download(caller, output, dest, progress=progress, cancelled=cancelled)
        except VideoGenerationError as error:
            raise redacted(error, caller.secrets) from None

    async def close(self) -> None:
        """Close every connection."""
        connections, self._connections = list(self._connections.values()), {}
        for each in connections:
            await each.close()

    def _caller(self, provider: Provider) -> Caller:
        key: SecretStr | None = self._key_of(provider)
        base = base_url(provider)
        if provider.id not in self._connections:
            self._connections[provider.id] = Connections(
                self._world.resolve, connect=self._timeouts.connect, allow_private=self._allow_private
            )
        return Caller(
            provider=provider,
            base=base,
            signer=signer_for(provider, key),
            connections=self._connections[provider.id],
            timeouts=self._timeouts,
            limits=self._limits,
            allow_private=self._allow_private,
            secrets={key.get_secret_value().strip()} if key else set(),
        )

    async def _run(self, flow: Flow[T], caller: Caller) -> T:
        try:
            call = next(flow)
            while True:
                answer = await self._answer(call, caller)
                call = flow.throw(answer) if isinstance(answer, VideoGenerationError) else flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _answer(self, call: Call, caller: Caller) -> Reply | VideoGenerationError:
        """Return the reply to a call, or the error that stands for its loss."""
        try:
            request = await asyncio.to_thread(self._outgoing, call, caller)
            return await self._repeated(call, request, caller)
        except UnsafeUrlError as error:
            return ServiceUnavailableError(f"not followed: {error}", provider=caller.provider.id)
        except VideoGenerationError as error:
            return error

    def _outgoing(self, call: Call, caller: Caller) -> Outgoing:
        url = with_query(joined(caller.base, call.path), call.query)
        return Outgoing(
            method=call.method,
            url=url,
            headers={"Accept": "application/json, */*;q=0.8", **call.headers},
            body=body_of(call, self._file_of),
            signed=same_origin(url, caller.base),
            once=not call.resendable,
        )

    async def _repeated(self, call: Call, request: Outgoing, caller: Caller) -> Reply:
        doubt = False
        for failures in range(1, self._patience.tries + 1):
            last = request.once or failures == self._patience.tries
            asked = None
            try:
                async with caller.open(request) as response:
                    reply = await read_reply(response, self._work, self._limits, self._timeouts.read)
            except NotSentError as error:
                if last:
                    raise self._lost(call, caller, str(error), doubt=doubt) from None
            except LostAnswerError as error:
                doubt = doubt or call.method not in {"GET", "HEAD"}
                if last:
                    raise self._lost(call, caller, str(error), doubt=doubt) from None
            else:
                asked = retry_after(reply)
                if last or reply.status not in _TEMPORARY or (asked or 0.0) > self._patience.retry_after_cap:
                    return self._conclusive(reply, call, caller, doubt=doubt)
                doubt = doubt or (reply.status not in {429, 503} and call.method not in {"GET", "HEAD"})
            await self._world.sleep(self._patience.wait(failures, random=self._world.random(), asked=asked))
        raise AssertionError("the last try returns or raises")

    def _conclusive(self, reply: Reply, call: Call, caller: Caller, *, doubt: bool) -> Reply:
        if doubt and reply.status in _TELLS_NOTHING:
            raise self._lost(
                call, caller, f"an earlier try may have arrived, and now it says {reply.status}", doubt=True
            )
        return reply

    @staticmethod
    def _lost(call: Call, caller: Caller, why: str, *, doubt: bool) -> VideoGenerationError:
        kind = SubmissionUnknownError if doubt else ServiceUnavailableError
        return kind(
            f"{call.method} {call.path.partition('?')[0][:100]} of `{caller.provider.id}`: {why}",
            provider=caller.provider.id,
        )
