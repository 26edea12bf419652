"""Makes `paid_world` importable, here and in the processes that these tests start."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

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
