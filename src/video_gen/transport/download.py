"""Brings a finished video to its place: resumed where it broke off, checked, and there whole or not at all."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from video_gen.exceptions import (
    JobCancelledError,
    ServiceUnavailableError,
    StorageError,
    VerificationError,
    VideoGenerationError,
)
from video_gen.media.sniff import HEAD_BYTES, sniff
from video_gen.spec import Output
from video_gen.transport.address import UnsafeUrlError, joined, shown_url
from video_gen.transport.caller import Caller, LostAnswerError, NotSentError, Outgoing
from video_gen.transport.part_file import Origin, PartFile

_PIECE: Final = 1 << 16
_BATCH: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes (?P<start>\d+)-(?P<end>\d+)/(?P<total>\d+|\*)")
_QUOTED: Final = 200


async def download(
    caller: Caller,
    output: Output,
    dest: Path,
    *,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> None:
    """Bring a video to `dest`.

    Raises:
        JobCancelledError: `cancelled` said so; what has come stays for another try.
        ServiceUnavailableError: it did not come through, or its link has ended.
        VerificationError: what came is not what the provider announced.
        StorageError: the disk refused.
    """
    with _disk_errors(dest):
        part = await asyncio.to_thread(PartFile.found, dest)
        work = _Download(caller, output, part, progress, cancelled)
        try:
            await work.fetch()
            await work.check()
            await asyncio.to_thread(part.publish)
        finally:
            part.close()
    progress(1.0)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except VideoGenerationError:
        raise
    except OSError as error:
        raise StorageError(f"`{path}` cannot be written: {error.strerror or error}; free some space") from error


@dataclass(slots=True)
class _Download:
    caller: Caller
    output: Output
    part: PartFile
    progress: Callable[[float], None]
    cancelled: Callable[[], bool]

    @property
    def _url(self) -> str:
        return joined(self.caller.base, self.output.url)

    @property
    def _complete(self) -> bool:
        origin = self.part.origin
        return origin is not None and origin.total is not None and self.part.size == origin.total

    async def fetch(self) -> None:
        """Fetch what is missing."""
        resume = self.part.resumes(shown_url(self._url))
        if resume and self._complete:
            return
        headers = {"Accept": "video/*, application/octet-stream, */*;q=0.5", "Accept-Encoding": "identity"}
        if resume and self.part.origin is not None:
            headers |= {"Range": f"bytes={self.part.size}-", "If-Range": self.part.origin.validator}
        request = Outgoing(url=self._url, headers=headers, signed=self.output.authorized)
        try:
            async with self.caller.open(request) as response:
                await self._take(response)
        except UnsafeUrlError as error:
            raise self._error(f"its address is not followed: {error}") from None
        except (NotSentError, LostAnswerError) as error:
            raise self._error(str(error)) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._error(f"it broke off after {self.part.size} bytes: {type(error).__name__}") from None

    async def check(self) -> None:
        """Compare what came with what was announced."""
        total = self.part.origin.total if self.part.origin else None
        for expected in (total, self.output.bytes):
            if expected is not None and self.part.size != expected:
                size = self.part.size
                await asyncio.to_thread(self.part.discard)
                raise VerificationError(f"the video has {size} bytes, and {expected} were announced")
        if self.output.sha256 is not None:
            self.part.close()
            found = await asyncio.to_thread(_sha256, self.part.path)
            if found != self.output.sha256.lower():
                await asyncio.to_thread(self.part.discard)
                raise VerificationError(f"the video's sha256 is {found}, and {self.output.sha256} was announced")

    async def _take(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 416:
            await asyncio.to_thread(self.part.discard)
            raise self._error("the rest of it cannot be had, so it begins anew")
        if response.status not in {200, 206}:
            raise await self._refused(response)
        await self._begin(response)
        await self._stream(response)

    async def _begin(self, response: aiohttp.ClientResponse) -> None:
        """Go on behind what is there, or begin anew, as the server says."""
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status == 206 and found and int(found["start"]) == self.part.size and self.part.size:
            await asyncio.to_thread(self.part.reopen)
            return
        if response.status == 206:
            await asyncio.to_thread(self.part.discard)
            raise self._error("it sent another part than was asked for, so it begins anew")
        total = None if response.headers.get("Content-Encoding") else response.content_length
        origin = Origin(shown_url(self._url), _validator(response), total)
        await asyncio.to_thread(self.part.restart, origin)

    async def _stream(self, response: aiohttp.ClientResponse) -> None:
        total = (self.part.origin.total if self.part.origin else None) or self.output.bytes
        batch = bytearray()
        fresh = self.part.size == 0
        async for piece in self._pieces(response):
            if self.cancelled():
                await asyncio.to_thread(self.part.write, bytes(batch))
                raise JobCancelledError
            if fresh and not batch and self.part.size == 0:
                self._must_be_film(response, piece)
            batch += piece
            if len(batch) >= _BATCH:
                await asyncio.to_thread(self.part.write, bytes(batch))
                batch.clear()
                self._watch_size()
            if total:
                self.progress(min(1.0, (self.part.size + len(batch)) / total))
        await asyncio.to_thread(self.part.write, bytes(batch))

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Yield what comes, and give up when too little does."""
        limits, loop = self.caller.limits, asyncio.get_running_loop()
        since, came = loop.time(), 0
        while True:
            async with asyncio.timeout_at(since + limits.idle):
                piece = await response.content.read(_PIECE)
            if not piece:
                return
            yield piece
            came += len(piece)
            if loop.time() - since >= limits.idle / 2:
                if came < limits.floor * limits.idle / 2:
                    raise self._error(f"it comes too slowly: {came} bytes in {limits.idle / 2:g} s")
                since, came = loop.time(), 0

    def _watch_size(self) -> None:
        if self.part.size > self.caller.limits.video:
            raise self._error(f"it is larger than {self.caller.limits.video / 1e9:g} GB")

    def _must_be_film(self, response: aiohttp.ClientResponse, head: bytes) -> None:
        kind = sniff(head[:HEAD_BYTES])
        declared = response.content_type
        if kind.media_type.startswith("video/") or not (
            declared.startswith("text/") or declared.endswith(("json", "xml", "html"))
        ):
            return
        words = head[:_QUOTED].decode("utf-8", errors="replace")
        raise self._error(f"{kind.words} came in place of the video: {words}")

    async def _refused(self, response: aiohttp.ClientResponse) -> VideoGenerationError:
        said = (await response.content.read(_QUOTED)).decode("utf-8", errors="replace")
        why = "its link has ended or is refused" if response.status in {401, 403, 404, 410} else "refused"
        return self._error(f"{why} ({response.status}): {said}", status_code=response.status)

    def _error(self, why: str, status_code: int | None = None) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            f"the video at {shown_url(self._url)} did not come through: {why}",
            provider=self.caller.provider.id,
            status_code=status_code,
        )


def _validator(response: aiohttp.ClientResponse) -> str:
    """Return what `If-Range` may carry: a strong ETag, else a date (RFC 9110, 13.1.5)."""
    if response.headers.get("Content-Encoding"):
        return ""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return "" if tag else response.headers.get("Last-Modified", "")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
