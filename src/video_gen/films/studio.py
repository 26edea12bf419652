"""What a film needs of whoever plans and carries out its shots."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from video_gen.catalog import ModelCard
from video_gen.spec import Attempt, Job, MediaRef, Plan, Request


class Studio(Protocol):
    """Plans single videos, makes them as jobs, and keeps pictures that are handed in."""

    @property
    def default_model(self) -> str:
        """The model of a shot that names none."""
        ...

    async def cards(self, name: str | None = None) -> Sequence[ModelCard]:
        """Return the models of a try-order, or the one whose id or alias is `name`; without a name, all there are.

        Raises:
            UnknownModelError: there is neither.
        """
        ...

    async def request(self, prompt: str, words: Mapping[str, Any]) -> Request:
        """Return a request in its normal form; its pictures and videos are read and kept."""
        ...

    async def plan(self, request: Request) -> Plan:
        """Return what would be sent, and its quote. Spends nothing."""
        ...

    async def check(self, plan: Plan) -> None:
        """Refuse a plan whose provider is out of reach: its key is missing, or a setting."""
        ...

    async def frame(self, video: Path, *, last: bool) -> MediaRef:
        """Keep the last frame of a video, or its first one."""
        ...

    async def video(self, video: Path) -> MediaRef:
        """Keep a video."""
        ...

    async def known(self, idempotency_key: str) -> Job | None:
        """Return the job that was handed in with a key, whatever it asks for."""
        ...

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        """Return a job's attempts, oldest first."""
        ...

    async def submit(self, plan: Plan, *, out: Path, idempotency_key: str, tags: Mapping[str, str]) -> Job:
        """Hand a job in; it is carried out from here on."""
        ...

    async def resume(self, job_id: str) -> Job:
        """Let an ended job fetch what its provider already made."""
        ...

    def watch(self, job_id: str) -> AsyncIterator[Job]:
        """Yield the job whenever it looks different, and at last the ended job."""
        ...

    async def here(self, job: Job, clip: Path) -> Job | None:
        """Return a completed job with where its video is on this machine; None where there is none as was delivered.

        What a server has is brought to `clip`.
        """
        ...
