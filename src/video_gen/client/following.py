"""What batches and comparisons need of a client; an `AsyncClient`, whose methods these are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol as TypingProtocol
from typing import Unpack

from video_gen.client.jobs import JobsView
from video_gen.client.words import Key, Words
from video_gen.engine.intake import Terms
from video_gen.spec import Job, Plan


class Follower(TypingProtocol):
    """Plans, hands in, and follows to the end."""

    @property
    def jobs(self) -> JobsView:
        """Its jobs."""
        ...

    def long_work(self) -> AbstractContextManager[None]:
        """Within it, a server that is away is waited for."""
        ...

    async def plan(self, prompt: str = "", **words: Unpack[Words]) -> Plan:
        """Plan."""
        ...

    async def check(self, plan: Plan) -> None:
        """Refuse what `submit` would refuse."""
        ...

    async def submit(self, plan: Plan, *, api_key: Key = None, **terms: Unpack[Terms]) -> Job:
        """Hand a plan in."""
        ...

    async def follow(self, job: Job, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Return a job when it has ended."""
        ...
