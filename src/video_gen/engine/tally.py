"""How many there are of what, for operators."""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from video_gen.engine.schema import attempts, jobs
from video_gen.spec.job import AttemptState, Status
from video_gen.spec.value import Value

_JOBS: Final = sa.select(jobs.c.status, jobs.c.provider, sa.func.count()).group_by(jobs.c.status, jobs.c.provider)
_ATTEMPTS: Final = sa.select(attempts.c.state, attempts.c.model, sa.func.count()).group_by(
    attempts.c.state, attempts.c.model
)


class Tally(Value):
    """The jobs and attempts of a store."""

    jobs: Mapping[tuple[Status, str], int]
    """By status and provider."""
    attempts: Mapping[tuple[AttemptState, str], int]
    """By state and model."""


def tally(connection: sa.Connection) -> Tally:
    """Count everything."""
    return Tally(
        jobs={(Status(status), provider): count for status, provider, count in connection.execute(_JOBS)},
        attempts={(AttemptState(state), model): count for state, model, count in connection.execute(_ATTEMPTS)},
    )
