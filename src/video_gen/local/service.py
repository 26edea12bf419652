"""The embedded renderer as a provider: carries the `local` protocol's calls to renders that run in threads here.

Threads, not processes: nearly all the time is spent in OpenCV, NumPy and x264, which let go of the interpreter, so a
process would add its start, its imports and its own lock handling, and gain nothing.

A render writes `<work>/<key>.part.mp4`, which becomes `<work>/<key>.mp4` when it is complete. That file is all that
outlives the process; a render that was cut off is handed in again and begins anew.
"""

import asyncio
import logging
import re
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from video_gen.exceptions import (
    JobCancelledError,
    ServiceUnavailableError,
    StorageError,
    VideoGenerationError,
    VideoProcessingError,
)
from video_gen.spec import Call, Flow, MediaRef, Output, Provider, Reply, Settings

T = TypeVar("T")

Render = Callable[[Settings, Mapping[str, Path], Path, Callable[[float], None], Callable[[], bool]], None]
"""Draws the settings to a file: (settings, files of its media by sha256, file to write, progress, cancelled).

Tells `progress` the share that is done, and raises `JobCancelledError` soon after `cancelled` says True.
"""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_PATH: Final = re.compile(r"/renders/(?P<key>[^/]+)(?P<video>/video)?")
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    """One render, from the moment it is handed in."""

    key: str
    settings: Settings
    progress: float = 0.0
    started: bool = False
    stop: Event = field(default_factory=Event)
    error: VideoGenerationError | None = None
    future: Future[None] | None = None

    @property
    def state(self) -> str:
        """In the words of the wire."""
        ended = self.future is not None and self.future.done()  # asked first: what went wrong is kept before the end
        if self.stop.is_set():
            return "cancelled"
        if self.error is not None:
            return "failed"
        if ended:
            return "done"
        return "running" if self.started else "queued"


class LocalService:
    """A driver for the `local` provider.

    Args:
        work: Folder for renders under way and finished ones that nobody has fetched.
        file_of: Where the bytes of a media input are.
        render: Draws a video.
        width: Renders drawn at once; the others wait.
    """

    def __init__(self, work: Path, file_of: Callable[[MediaRef], Path], render: Render, *, width: int = 1) -> None:
        self._work = work
        self._file_of = file_of
        self._render = render
        self._jobs: dict[str, _Job] = {}
        self._threads = ThreadPoolExecutor(width, thread_name_prefix="video-gen-render")

    async def drive(self, flow: Flow[T], provider: Provider) -> T:  # noqa: ARG002 (a driver's contract)
        """Answer a flow's calls until it ends; return what it returns."""
        try:
            call = next(flow)
            while True:
                call = flow.send(await self._answer(call))
        except StopIteration as end:
            result: T = end.value
            return result

    async def collect(
        self,
        output: Output,
        provider: Provider,  # noqa: ARG002 (a driver's contract)
        dest: Path,
        *,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],  # noqa: ARG002 (moving a file takes no time)
    ) -> None:
        """Move a finished render to `dest`.

        Raises:
            ServiceUnavailableError: it is not there; handing it in again draws it again.
            StorageError: the disk refused.
        """
        found = _PATH.fullmatch(output.url)
        key = found["key"] if found else ""
        try:
            self._finished(key).replace(dest)
        except FileNotFoundError:
            self._jobs.pop(key, None)
            raise ServiceUnavailableError(f"the finished render `{key}` is gone and has to be drawn again") from None
        except OSError as error:
            raise StorageError(f"`{dest}` cannot be written: {error.strerror or error}") from error
        self._jobs.pop(key, None)
        progress(1.0)

    async def close(self) -> None:
        """Stop every render; what is not finished begins anew when it is handed in again."""
        for job in self._jobs.values():
            job.stop.set()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _answer(self, call: Call) -> Reply:
        if call.method == "POST" and call.path == "/renders":
            return self._post(call.body)
        found = _PATH.fullmatch(call.path)
        if not found or not _KEY.fullmatch(found["key"]):
            return Reply(status=404, text=f"the renderer has no `{call.path}`")
        if call.method == "DELETE":
            return await self._delete(found["key"])
        return self._get(found["key"])

    def _post(self, body: Any) -> Reply:
        try:
            key, settings = str(body["key"]), Settings.model_validate(body["settings"])
        except (KeyError, TypeError, ValidationError) as error:
            return Reply(status=400, text=f"the renderer cannot read this: {error}")
        if not _KEY.fullmatch(key):
            return Reply(status=400, text=f"`{key}` is no name for a render: letters, digits, - and _, up to 100")
        if key not in self._jobs and not self._finished(key).exists():
            job = self._jobs[key] = _Job(key, _seeded(settings, key))
            job.future = self._threads.submit(self._draw, job)
        return self._get(key)

    def _get(self, key: str) -> Reply:
        job = self._jobs.get(key)
        if job is None:
            if self._finished(key).exists():
                return Reply(status=200, body={"key": key, "state": "done", "progress": 1.0})
            return Reply(status=404, text=f"the renderer knows no `{key}`")
        body: dict[str, Any] = {"key": key, "state": job.state, "progress": job.progress}
        if body["state"] in {"failed", "cancelled"}:
            error = job.error or JobCancelledError("the render was stopped")
            body["error"] = {"code": error.code, "message": error.message}
        return Reply(status=200, body=body)

    async def _delete(self, key: str) -> Reply:
        job = self._jobs.get(key)
        if job is not None and job.future is not None:
            job.stop.set()
            if not job.future.cancel():
                await asyncio.wait([asyncio.wrap_future(job.future)])
        self._finished(key).unlink(missing_ok=True)
        return Reply(status=200, body={"key": key, "stopped": True})

    def _finished(self, key: str) -> Path:
        return self._work / f"{key}.mp4"

    def _draw(self, job: _Job) -> None:
        """Draw in a thread; what goes wrong is kept with the render, for whoever asks."""
        job.started = True
        partial = self._work / f"{job.key}.part.mp4"
        try:
            self._work.mkdir(parents=True, exist_ok=True)
            self._sweep(job.key)
            inputs = {ref.sha256: self._file_of(ref) for ref in job.settings.media}
            self._render(job.settings, inputs, partial, lambda share: _progress(job, share), job.stop.is_set)
            partial.replace(self._finished(job.key))
        except JobCancelledError as error:
            job.stop.set()
            job.error = error
        except VideoGenerationError as error:
            job.error = error
        except OSError as error:
            job.error = StorageError(f"`{partial}` cannot be written: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001 (a thread has nobody above it who could hear of it)
            _log.exception("render %s failed", job.key)
            job.error = VideoProcessingError(f"the renderer failed: {type(error).__name__}: {error}")
        if job.error is not None:
            self._sweep(job.key)

    def _sweep(self, key: str) -> None:
        """Remove what a render that was cut off has left."""
        for pattern in (f"{key}.part.mp4", f".{key}.part.mp4*"):
            for path in self._work.glob(pattern):
                path.unlink(missing_ok=True)


def _progress(job: _Job, share: float) -> None:
    job.progress = min(1.0, max(0.0, share))


def _seeded(settings: Settings, key: str) -> Settings:
    """Without a seed each render looks different, but drawn again after a restart it looks as it did."""
    if settings.seed is not None:
        return settings
    return settings.model_copy(update={"seed": zlib.crc32(key.encode())})
