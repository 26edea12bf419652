"""Word from providers that a job is ready: heard, and never believed.

A provider is told an address at submit that holds a token of that one attempt. Whoever posts there, once or a thousand
times, causes the job to be asked for a little earlier, and nothing else: what the provider answers to that question
counts, and jobs are asked for in any case.
"""

import hmac
from collections.abc import Callable
from functools import cache
from typing import Final

import sqlalchemy as sa

from video_gen.engine.schema import attempts, jobs
from video_gen.spec.job import Attempt, AttemptState, Status

PURPOSE: Final = "provider hooks"
"""What the secret is derived for."""
PATH: Final = "/hooks"
_SIGNED: Final = 32
"""Letters of the signature: 128 bits."""


class Hooks:
    """The addresses at which providers may say that a job is ready."""

    def __init__(self, secret: Callable[[], bytes], public_url: str | None) -> None:
        """Sign with a secret; without the address at which the world reaches this installation, none is told."""
        self._secret = cache(secret)
        self._public_url = public_url

    def url(self, attempt: Attempt) -> str | None:
        """Return the address that an attempt's provider is told."""
        if self._public_url is None:
            return None
        provider = attempt.plan.provider
        return f"{self._public_url.rstrip('/')}{PATH}/{provider}/{self.token(provider, attempt.id)}"

    def token(self, provider: str, attempt_id: str) -> str:
        """Return the token that names an attempt, and that nobody else can make."""
        signature = hmac.digest(self._secret(), f"{provider}/{attempt_id}".encode(), "sha256").hex()
        return f"{attempt_id}.{signature[:_SIGNED]}"

    def attempt_of(self, provider: str, token: str) -> str | None:
        """Return the id of the attempt that a token names; None where it is no token of this provider."""
        attempt_id = token.partition(".")[0]
        genuine = hmac.compare_digest(self.token(provider, attempt_id).encode(), token.encode())
        return attempt_id if genuine else None


_OF_ATTEMPT: Final = (
    sa.select(attempts.c.job_id)
    .where(attempts.c.id == sa.bindparam("of_attempt"), attempts.c.state == AttemptState.SUBMITTED.value)
    .scalar_subquery()
)
_HEAR: Final = (
    sa.update(jobs)
    .where(jobs.c.id == _OF_ATTEMPT, jobs.c.status == Status.RUNNING.value, jobs.c.heard.is_(sa.false()))
    .values(heard=True)
)


def hear(connection: sa.Connection, attempt_id: str) -> bool:
    """Note that there may be news of an attempt, for the process that waits for it; False where nobody waits."""
    return connection.execute(_HEAR, {"of_attempt": attempt_id}).rowcount > 0


def heeded(connection: sa.Connection, job_ids: frozenset[str]) -> None:
    """Note that those jobs are about to be asked for."""
    connection.execute(sa.update(jobs).where(jobs.c.id.in_(job_ids)).values(heard=False))
