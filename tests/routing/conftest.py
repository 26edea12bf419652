"""Makes `cast` importable, and decides."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from video_gen.routing import Contender, analyze, rank
from video_gen.spec import Decision, Health, Request

sys.path.insert(0, str(Path(__file__).parent))

from cast import TODAY


@pytest.fixture(scope="session")
def decide() -> Callable[..., Decision]:
    """Rank models for a request, given as fields."""

    def decide(*contenders: Contender, health: dict[str, Health] | None = None, **asked: Any) -> Decision:
        choice = {name: asked.pop(name) for name in ("policy", "allow", "deny", "providers") if name in asked}
        request = Request.of(**{"prompt": "a calm ocean", "choice": choice, **asked})
        return rank(request, contenders, health or {}, demand=analyze(request.prompt), today=TODAY)

    return decide
