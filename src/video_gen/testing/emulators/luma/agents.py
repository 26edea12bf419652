"""Luma Agents' calls."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.luma.agents_body import check
from video_gen.testing.emulators.luma.details import denied, error_body, json_of, signature
from video_gen.testing.emulators.world import Render, World

LINK_LIFE: Final = 3600.0
_STATES: Final = {
    "queued": "queued",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
_FAILURES: Final = {
    "policy": ("content_moderated", "The prompt or an input violated the content guidelines."),
    "audio_filtered": ("content_moderated", "The prompt or an input violated the content guidelines."),
    "broken": ("generation_failed", "The model failed."),
}
_FAULTS: Final = {
    "rate_limited": (429, "Rate limit exceeded"),
    "unavailable": (503, "Image ingestion unavailable"),
    "error_before": (502, "Upstream service unavailable"),
    "unauthorized": (401, "Invalid or missing API key"),
    "no_credit": (402, "Insufficient balance"),
    "refused": (400, "The prompt was refused by content moderation"),
}


class LumaAgentsEmulator(Emulator):
    """Luma Agents, as far as it makes videos.

    Args:
        world: What it remembers.
        keys: The keys it accepts.
        concurrent: Generations that may be under way at once; one more is refused.
    """

    name: ClassVar[str] = "luma"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,), concurrent: int = 50) -> None:
        """Open an account."""
        super().__init__(world, keys=keys)
        self.concurrent = concurrent
        self._secret = secrets.token_bytes(16)

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        return [
            Route("POST", "/v1/generations", self._create, "submit"),
            Route("GET", "/v1/generations/{id}", self._get, "poll"),
            Route("GET", "/outputs/{id}.mp4", self._output, "download", public=True),
        ]

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as Luma shapes it."""
        return error_body(refused)

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Luma words a fault."""
        status, message = _FAULTS[fault.name]
        return RefusedError(status, "", message)

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        film = check(body)
        busy = sum(self.world.standing(each).state in {"queued", "running"} for each in self.world.accepted())
        if busy >= self.concurrent:
            raise RefusedError(429, "", "Concurrent job limit exceeded", retry_after=1)
        render = self.accept(request, str(uuid4()), body["model"], film, body)
        return web.json_response(self._shown(render), status=201)

    async def _get(self, request: web.Request) -> web.Response:
        render = self.world.find(request.match_info["id"])
        if render is None:
            raise RefusedError(404, "", "Generation not found")
        return web.json_response(self._shown(render))

    async def _output(self, request: web.Request) -> web.StreamResponse:
        """Serve a video by its link, which needs no key and ends after an hour."""
        name, until = request.match_info["id"], request.query.get("X-Amz-Date", "")
        render = self.world.find(name)
        proven = secrets.compare_digest(request.query.get("X-Amz-Signature", ""), signature(self._secret, name, until))
        if not proven or render is None or float(until) < self.world.now():
            return denied()
        return await self.video(request, render)

    def _shown(self, render: Render) -> dict[str, Any]:
        standing = self.world.standing(render)
        created = datetime.fromtimestamp(render.accepted_at, UTC).isoformat().replace("+00:00", "Z")
        state = _STATES[standing.state]
        code, reason = _FAILURES[standing.error] if standing.error else (None, None)
        made = state == "completed" and "no_video" not in render.faults
        return {
            "id": render.id,
            "created_at": created,
            "model": render.model,
            "type": render.request["type"],
            "state": state,
            "output": [{"type": "video", "url": self._link(render)}] if made else [],
            "failure_code": code,
            "failure_reason": reason,
        }

    def _link(self, render: Render) -> str:
        until = f"{self.world.now() + LINK_LIFE:.0f}"
        proof = signature(self._secret, render.id, until)
        return f"{self.url}/outputs/{render.id}.mp4?X-Amz-Date={until}&X-Amz-Signature={proof}"


AGENTS: Final = Booth(
    name="luma",
    title="Luma Agents",
    make=LumaAgentsEmulator,
    settings={"LUMA_BASE_URL": "{url}/v1", "LUMA_AGENTS_API_KEY": "{key}"},
    note="luma-agents reads these settings too.",
    try_model="luma/ray-3.2",
)
"""Luma Agents' place in the sandbox."""
