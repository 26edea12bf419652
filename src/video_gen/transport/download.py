"""Brings a finished video to its place: resumed where it broke off, checked, and there whole or not at all."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import aiohttp

from video_gen.exceptions import (
    JobCancelledError,
    ServiceUnavailableError,
    VerificationError,
    VideoGenerationError,
)
from video_gen.media.sniff import HEAD_BYTES, sniff
from video_gen.spec import Output, Reply
from video_gen.spec.answers import retry_after
from video_gen.transport.address import UnsafeUrlError, shown_url
from video_gen.transport.caller import Caller, LostAnswerError, NotSentError, Outgoing
from video_gen.transport.pace import TooSlowError, paced
from video_gen.transport.part_file import PartFile, Source
from video_gen.transport.repeating import TEMPORARY, Repeating
from video_gen.transport.reply import headers_of
from video_gen.transport.threads import to_its_end
from video_gen.transport.work_files import WorkFiles, storage_error

_BATCH: Final = 1 << 20
_QUOTED: Final = 200
_WORDS: Final = ("json", "xml", "html")


class _BrokenError(Exception):
    """It broke off; the rest may come at once, or after `asked` seconds."""

    def __init__(self, why: str, asked: float | None = None) -> None:
        super().__init__(why)
        self.asked = asked


async def take_file(files: WorkFiles, output: Output, dest: Path) -> None:
    """Make the file of an answer the video at `dest`.

    Raises:
        ServiceUnavailableError: it is no longer there.
        VerificationError: it is not what the provider announced.
        StorageError: the disk refused.
    """
    with _disk_errors(dest):
        part = PartFile(dest)
        await asyncio.to_thread(part.adopt, files.own(output.url))
        await check(part, output)
        await asyncio.to_thread(part.publish)


async def check(part: PartFile, output: Output) -> None:
    """Compare what came with what was announced; it is thrown away when they differ.

    Raises:
        VerificationError: they differ.
    """
    why = ""
    for announced in (part.source.total if part.source else None, output.bytes):
        if announced is not None and announced != part.size:
            why = f"the video has {part.size} bytes, and {announced} were announced"
    if output.sha256 is not None and not why:
        found = await asyncio.to_thread(part.sha256)
        if found != output.sha256.lower():
            why = f"the video's sha256 is {found}, and {output.sha256} was announced"
    if why:
        await asyncio.to_thread(part.discard)
        raise VerificationError(why)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except VideoGenerationError:
        raise
    except OSError as error:
        raise storage_error(path, error) from error


@dataclass(slots=True)
class Download:
    """One video on its way to `dest`."""

    caller: Caller
    request: Outgoing
    output: Output
    dest: Path
    repeating: Repeating
    progress: Callable[[float], None]
    cancelled: Callable[[], bool]
    part: PartFile = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing; `run` looks for what an earlier try has left."""
        self.part = PartFile(self.dest)

    async def run(self) -> None:
        """Bring it.

        Raises:
            JobCancelledError: `cancelled` said so; what has come stays for another try.
            ServiceUnavailableError: it did not come through, or its link has ended.
            VerificationError: what came is not what was announced.
            StorageError: the disk refused.
        """
        with _disk_errors(self.dest):
            self.part = await to_its_end(PartFile.found, self.dest)
            try:
                await self._fetch()
                await check(self.part, self.output)
                await to_its_end(self.part.publish)
            finally:
                self.part.close()

    async def _fetch(self) -> None:
        """Fetch until it is there; what comes each time is kept, and only tries that brought nothing are counted."""
        failures, best = 0, self.part.size
        while not (self.part.resumes(self.request.url) and self.part.complete):
            try:
                return await self._once()
            except _BrokenError as error:
                failures = 1 if self.part.size > best else failures + 1
                best = max(best, self.part.size)
                if failures >= self.repeating.patience.tries:
                    raise self._error(str(error), retry_after=error.asked) from None
                self._check_cancelled()
                await self.repeating.pause(failures, error.asked)
        return None

    async def _once(self) -> None:
        try:
            async with self.caller.open(self._wanted()) as response:
                await self._take(response)
        except UnsafeUrlError as error:
            raise self._error(str(error)) from None
        except TooSlowError as error:
            raise self._error(f"too slow: {error}") from None
        except (NotSentError, LostAnswerError) as error:
            raise _BrokenError(str(error)) from None
        except aiohttp.ClientError as error:
            raise _BrokenError(f"it broke off after {self.part.size} bytes ({type(error).__name__})") from None

    def _wanted(self) -> Outgoing:
        """Ask for the rest where some is there, and for all of it should the rest no longer fit."""
        if not self.part.resumes(self.request.url) or self.part.source is None:
            return self.request
        rest = {"Range": f"bytes={self.part.size}-", "If-Range": self.part.source.validator}
        return replace(self.request, headers={**self.request.headers, **rest})

    async def _take(self, response: aiohttp.ClientResponse) -> None:
        match response.status:
            case 206 if self.part.continued_by(response.headers.get("Content-Range", ""), response.headers.get("ETag")):
                await to_its_end(self.part.reopen)
            case 200:
                await to_its_end(self.part.restart, _source(response, self.request.url))
            case 206 | 416:
                await to_its_end(self.part.discard)
                raise _BrokenError(f"the rest of it is not to be had ({response.status})")
            case _:
                raise await self._refused(response)
        await self._stream(response)

    async def _stream(self, response: aiohttp.ClientResponse) -> None:
        total = self.part.source.total if self.part.source else None
        batch = bytearray()
        try:
            async for piece in paced(response, self.caller.limits):
                self._check_cancelled()
                if self.part.size == 0 and not batch and piece:
                    self._must_be_film(response, piece)
                batch += piece
                self._watch(self.part.size + len(batch), total or self.output.bytes)
                if len(batch) >= _BATCH:
                    await self._write(batch)
        finally:
            await self._write(batch)
        if self.part.size == 0:
            raise self._error("it is empty")

    async def _write(self, batch: bytearray) -> None:
        data = bytes(batch)
        batch.clear()  # first: it is written even when this task is cancelled meanwhile, and must not be written twice
        await to_its_end(self.part.write, data)

    def _check_cancelled(self) -> None:
        if self.cancelled():
            raise JobCancelledError

    def _watch(self, size: int, total: int | None) -> None:
        if size > self.caller.limits.video:
            raise self._error(f"it is larger than {self.caller.limits.video / 1e9:g} GB")
        if total:
            self.progress(min(1.0, size / total))

    def _must_be_film(self, response: aiohttp.ClientResponse, head: bytes) -> None:
        """Refuse a page or a message that is declared as one; what else is no film is found when it is verified."""
        declared = response.content_type
        kind = sniff(head[:HEAD_BYTES])
        if kind.media_type.startswith("video/") or not (declared.startswith("text/") or declared.endswith(_WORDS)):
            return
        raise self._error(f"{kind.words} came in its place: {_quoted(head)}")

    async def _refused(self, response: aiohttp.ClientResponse) -> Exception:
        said = _quoted(await response.content.read(_QUOTED))
        if response.status in TEMPORARY:
            asked = retry_after(Reply(status=response.status, headers=headers_of(response)))
            if (asked or 0.0) <= self.repeating.patience.longest:
                return _BrokenError(f"answered {response.status}: {said}", asked)
            return self._error(f"answered {response.status}: {said}", retry_after=asked)
        ended = " (its link has ended, or is refused)" if response.status in {401, 403, 404, 410} else ""
        return self._error(f"answered {response.status}{ended}: {said}", status_code=response.status)

    def _error(
        self, why: str, *, status_code: int | None = None, retry_after: float | None = None
    ) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            f"the video at `{shown_url(self.request.url)}` did not come: {why}",
            provider=self.caller.provider.id,
            status_code=status_code,
            retry_after=retry_after,
        )


def _source(response: aiohttp.ClientResponse, url: str) -> Source:
    """Return what an answer says of the whole; packed answers have another length, and cannot be gone on with."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return Source.of(url)
    return Source.of(
        url,
        tag=response.headers.get("ETag", ""),
        date=response.headers.get("Last-Modified", ""),
        total=response.content_length,
    )


def _quoted(data: bytes) -> str:
    return " ".join(data[:_QUOTED].decode("utf-8", errors="replace").split()) or "nothing"
