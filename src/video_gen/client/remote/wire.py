"""One server, and how it is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from pydantic import SecretStr

from video_gen.client.remote.refusals import error_of, not_ours
from video_gen.engine.blobs import Blobs
from video_gen.exceptions import (
    ConfigurationError,
    MediaNotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.spec import Call, Flow, Output, Provider, Reply, Value
from video_gen.transport import HttpDriver
from video_gen.transport.address import UnsafeUrlError, check_url, shown_url

ROOT: Final = "/remote/v1"
NAME: Final = "video-gen"
_PATIENCE: Final = 300.0
"""Seconds without an answer after which a wait is given up."""
_FIRST, _LONGEST = 0.5, 5.0
"""Seconds between two tries meanwhile: the first pause, which grows, and the longest."""
_LIKE = "give one like http://localhost:8000"
_HOLD: Final = 20.0
"""Seconds for which the server is asked to hold an answer back; proxies allow that."""
_PLACES: Final = 50
"""How many are held back at once: fewer than there are connections."""
_AWAY: Final = (ServiceUnavailableError, SubmissionUnknownError, RateLimitError)
"""What a call that may be repeated ends with while its server is away, or asks for fewer of them."""
_GONE: Final = frozenset({404, 409, 410})
R = TypeVar("R")
V = TypeVar("V", bound=Value)


_in_long_work: ContextVar[bool] = ContextVar("in long work", default=False)


@contextmanager
def long_work() -> Iterator[None]:
    """Within it, whatever may be asked again is, for minutes: a server that is restarted spoils nothing."""
    before = _in_long_work.set(True)
    try:
        yield
    finally:
        _in_long_work.reset(before)


class Wire:
    """Asks a server. It belongs to the event loop it is first used in."""

    def __init__(self, url: str, key: SecretStr | None) -> None:
        """Take the server's address, as `checked` returns it, and a key where it wants one."""
        self.url = url
        self._folder = TemporaryDirectory(prefix="video-gen-remote-", ignore_cleanup_errors=True)
        self.blobs = Blobs(Path(self._folder.name) / "inputs")
        """What is on its way to the server."""
        self._provider = Provider(
            id=NAME,
            title="A video-gen server",
            protocol=NAME,
            base_url=self.url,
            signing="none" if key is None else "bearer",
            key_env=("VIDEO_GEN_API_KEY",),
            base_url_env=("VIDEO_GEN_BASE_URL",),
        )
        self._places = asyncio.Semaphore(_PLACES)
        self._waiting = 0
        self._driver = HttpDriver(key_of=lambda _: key, file_of=self.blobs.file_of, work=Path(self._folder.name))

    async def close(self) -> None:
        """Close every connection."""
        await self._driver.close()
        self._folder.cleanup()

    async def reply(self, call: Call) -> Reply:
        """Send a call; its path is below the wire's root.

        Raises:
            ServiceUnavailableError: nobody answers.
            SubmissionUnknownError: it may have arrived, and nobody answers.
        """
        call = call.model_copy(update={"path": f"{ROOT}{call.path}"})
        try:
            return await self._driver.drive(_once(call), self._provider)
        except ServiceUnavailableError as error:
            why = error.message.partition(f"of `{NAME}`: ")[2] or error.message
            raise ServiceUnavailableError(
                f"the server at `{self.url}` does not answer: {why}; is `video-gen serve` running there?"
            ) from None

    async def ask(self, call: Call) -> Any:
        """Send a call and return the body of its answer; in long work, patiently.

        Raises:
            VideoGenerationError: what the server raised, by its own class; or as `reply`.
        """
        patient = _in_long_work.get() and call.resendable
        return await (_until_answered(partial(self._answer, call)) if patient else self._answer(call))

    async def _answer(self, call: Call) -> Any:
        reply = await self.reply(call)
        if not reply.ok:
            raise error_of(reply, self.url)
        if reply.body is None:
            raise not_ours(self.url)
        return reply.body

    async def get(self, path: str, **query: object) -> Any:
        """Ask for something; what is None is not asked."""
        return await self.ask(Call(path=path, query=_texts(query)))

    async def post(self, path: str, body: Any = None) -> Any:
        """Ask for something that costs nothing to ask again."""
        return await self.ask(Call(method="POST", path=path, body={} if body is None else body, free=True))

    async def held(self, call: Call, most: float = _HOLD) -> Reply:
        """Send a call whose answer is held back until there is something to tell; raises as `patiently`.

        Those beyond the places wait for one, and the more there are, the sooner an answer is given up for the next.

        Args:
            call: What is asked.
            most: Seconds after which the caller leaves: the server is not to go on holding an answer for nobody.
        """
        self._waiting += 1
        try:
            async with self._places:
                seconds = max(1, round(min(most, _HOLD, _HOLD * _PLACES / self._waiting)))
                prefer = {"Prefer": f"wait={seconds}"}  # RFC 7240, 4.3
                return await self.patiently(call.model_copy(update={"headers": {**call.headers, **prefer}}))
        finally:
            self._waiting -= 1

    async def patiently(self, call: Call) -> Reply:
        """Send a call that is part of a long wait: a server that is away comes back, as it does when it is restarted.

        Raises:
            ServiceUnavailableError: it stayed away for minutes.
            VideoGenerationError: what the server raised, by its own class.
        """

        async def answered() -> Reply:
            reply = await self.reply(call)
            if reply.ok or reply.status == 304:
                return reply
            raise error_of(reply, self.url)

        return await _until_answered(answered)

    async def bring(self, path: str, dest: Path, *, sha256: str, size: int) -> None:
        """Bring a file, resumed where it broke off, and checked. A server that is away is waited for.

        Raises:
            MediaNotFoundError: the server no longer has it.
            ServiceUnavailableError: it did not come.
            VerificationError: it is not what was announced.
            StorageError: the disk refused.
        """
        output = Output(url=f"{ROOT}{path}", sha256=sha256, bytes=size, authorized=True)

        async def brought() -> None:
            try:
                await self._driver.collect(output, self._provider, dest, progress=_ignored, cancelled=lambda: False)
            except ServiceUnavailableError as error:
                if error.status_code in _GONE:
                    raise MediaNotFoundError(
                        f"`{self.url}` no longer has the file as it was delivered: it was moved or removed there"
                    ) from None
                raise

        await _until_answered(brought)


async def _until_answered(work: Callable[[], Awaitable[R]]) -> R:
    """Return what some work returns that may be done again; while nobody answers it is, for minutes."""
    now = asyncio.get_running_loop().time
    end, pause = now() + _PATIENCE, _FIRST
    while True:
        try:
            return await work()
        except _AWAY as error:
            pause = max(pause, error.retry_after or 0.0)
            if now() + pause > end:
                raise
        await asyncio.sleep(pause)
        pause = min(_LONGEST, pause * 2)


def checked(url: str) -> str:
    """Return the address of a server as it is used.

    Raises:
        ConfigurationError: it is none.
    """
    clean = url.strip().rstrip("/")
    try:
        check_url(clean, allow_private=True)
    except UnsafeUrlError as error:
        raise ConfigurationError(f"the server's address cannot be used, {error}; {_LIKE}") from None
    if not set(clean).isdisjoint("{}?# "):
        raise ConfigurationError(f"the server's address `{shown_url(clean)}` holds more than an address: {_LIKE}")
    return clean


def value(kind: type[V], body: Any) -> V:
    """Return an answer as a value; what a newer server says besides is left out."""
    return kind.model_validate(body, extra="ignore")


def values(kind: type[V], bodies: Any) -> list[V]:
    """Return an answer as values."""
    return [value(kind, each) for each in bodies]


def _once(call: Call) -> Flow[Reply]:
    return (yield call)


def _texts(query: dict[str, object]) -> dict[str, str]:
    return {name: str(each) for name, each in query.items() if each is not None}


def _ignored(_: float) -> None:
    """Nobody watches."""
