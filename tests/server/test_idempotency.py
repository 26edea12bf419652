"""An Idempotency-Key holds in every dialect: the same request is the same video, another one is refused."""

from collections.abc import Iterator

import httpx
import pytest
from dialect_ways import WAYS, Way
from server_world import Served, start


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that takes no request for a retry by its looks."""
    opened = start(tmp_path_factory.mktemp("exact"), VIDEO_GEN_SAME_REQUEST_SECONDS="0")
    yield opened
    opened.stop()


@pytest.mark.parametrize(("name", "way"), WAYS.items(), ids=WAYS)
async def test_a_key_is_one_video(exact: Served, name: str, way: Way):
    key = {"Idempotency-Key": f"order of {name}"}
    async with httpx.AsyncClient(base_url=exact.url, headers=key, timeout=30) as http:
        first, again = [await way.create(http, "local/draft", f"rain, says {name}", way.small) for _ in range(2)]
        assert first == again
        with pytest.raises(AssertionError, match="was used for another request"):
            await way.create(http, "local/draft", f"snow, says {name}", way.small)
    async with httpx.AsyncClient(base_url=exact.url, headers={"Idempotency-Key": "x" * 256}, timeout=30) as http:
        with pytest.raises(AssertionError, match=r"4(00|22)"):
            await way.create(http, "local/draft", "a key too long", way.small)
