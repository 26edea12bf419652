"""Dream Machine's calls."""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.luma.callbacks import tell
from video_gen.testing.emulators.luma.details import denied, error_body, json_of, signature
from video_gen.testing.emulators.luma.dream_machine_body import cents, check, film_of
from video_gen.testing.emulators.world import Render, World

BASE: Final = "/dream-machine/v1"
LINK_LIFE: Final = 24 * 3600.0
PAGE: Final = 100
_STATES: Final = {
    "queued": "queued",
    "running": "dreaming",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
_REASONS: Final = {
    "policy": "Advanced prompt moderation failed",
    "audio_filtered": "Advanced prompt moderation failed",
    "broken": "Job errored",
    "": None,
}
_FAULTS: Final = {
    "rate_limited": (429, "Rate limit exceeded"),
    "unavailable": (503, "Service unavailable"),
    "error_before": (500, "Internal server error"),
    "unauthorized": (401, "Invalid API key"),
    "no_credit": (400, "Insufficient credits"),
    "refused": (400, "Contains blacklisted words"),
}


class DreamMachineEmulator(Emulator):
    """Dream Machine. A failed generation is given back; a deleted one is not.

    Args:
        world: What it remembers.
        keys: The keys it accepts.
        balance: US cents of the account.
    """

    name: ClassVar[str] = "luma-dream-machine"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,), balance: float = 1_000_000) -> None:
        """Open an account."""
        super().__init__(world, keys=keys)
        self.balance = balance
        self._secret = secrets.token_bytes(16)
        self._telling: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        return [
            Route("POST", f"{BASE}/generations", self._create, "submit"),
            Route("POST", f"{BASE}/generations/video", self._create, "submit"),
            Route("GET", f"{BASE}/generations", self._list, "find"),
            Route("GET", f"{BASE}/generations/concepts/list", self._concepts),
            Route("GET", f"{BASE}/generations/{{id}}", self._get, "poll"),
            Route("DELETE", f"{BASE}/generations/{{id}}", self._delete, "cancel"),
            Route("GET", f"{BASE}/credits", self._credits),
            Route("GET", f"{BASE}/ping", self._ping),
            Route("GET", "/cdn/{id}/video.mp4", self._output, "download", public=True),
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
        check(body)
        if cents(body) > self.balance - self._spent():
            raise self.fault_error(Fault("no_credit", "submit"))
        render = self.accept(
            request, str(uuid4()), body["model"], film_of(body), body, callback=body.get("callback_url", "")
        )
        render.data |= {"cents": cents(body), "created": self.world.now()}
        if render.callback and "missing_webhook" not in render.faults:
            task = asyncio.create_task(tell(render, self._shown))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return web.json_response(self._shown(render), status=201)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._found(request)))

    async def _delete(self, request: web.Request) -> web.Response:
        self._found(request).deleted = True
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        """Return a page, newest first."""
        try:
            limit, offset = (int(request.query.get(name, usual)) for name, usual in (("limit", PAGE), ("offset", 0)))
        except ValueError:
            raise RefusedError(422, "", "limit and offset are whole numbers") from None
        kept = [each for each in reversed(self.world.accepted()) if not each.deleted]
        page = kept[offset : offset + min(limit, PAGE)]
        more = offset + len(page) < len(kept)
        shown = {"generations": [self._shown(each) for each in page], "count": len(page), "has_more": more}
        return web.json_response(shown | {"limit": limit, "offset": offset})

    async def _credits(self, _request: web.Request) -> web.Response:
        return web.json_response({"credit_balance": self.balance - self._spent()})

    async def _concepts(self, _request: web.Request) -> web.Response:
        return web.json_response(["orbit_left", "orbit_right", "pan_left", "pan_right", "zoom_in", "zoom_out"])

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.json_response({"message": "pong"})

    async def _output(self, request: web.Request) -> web.StreamResponse:
        """Serve a video by its link, which needs no key and ends after a day."""
        name, until = request.match_info["id"], request.query.get("expires", "")
        render = self.world.find(name)
        proven = secrets.compare_digest(request.query.get("signature", ""), signature(self._secret, name, until))
        if not proven or render is None or float(until) < self.world.now():
            return denied()
        return await self.video(request, render)

    def _found(self, request: web.Request) -> Render:
        render = self.world.find(request.match_info["id"])
        if render is None:
            raise RefusedError(404, "", "Generation not found")
        return render

    def _shown(self, render: Render) -> dict[str, Any]:
        standing = self.world.standing(render)
        state = _STATES[standing.state]
        made = state == "completed" and "no_video" not in render.faults
        assets = {"video": self._link(render), "image": None, "progress_video": None} if made else None
        created = datetime.fromtimestamp(render.data.get("created", render.accepted_at), UTC)
        return {
            "id": render.id,
            "generation_type": "video",
            "state": state,
            "failure_reason": _REASONS[standing.error],
            "created_at": created.isoformat().replace("+00:00", "Z"),
            "assets": assets,
            "model": render.model,
            "request": {"generation_type": "video", **render.request},
        }

    def _spent(self) -> float:
        kept = (each for each in self.world.accepted() if self.world.standing(each).state != "failed")
        return float(sum(each.data["cents"] for each in kept))

    def _link(self, render: Render) -> str:
        until = f"{self.world.now() + LINK_LIFE:.0f}"
        proof = signature(self._secret, render.id, until)
        return f"{self.url}/cdn/{render.id}/video.mp4?expires={until}&signature={proof}"


DREAM_MACHINE: Final = Booth(
    name="luma-dream-machine",
    title="Luma Dream Machine",
    make=DreamMachineEmulator,
    settings={"LUMAAI_BASE_URL": f"{{url}}{BASE}", "LUMAAI_API_KEY": "{key}"},
    note="lumaai reads these settings too.",
    try_model="luma-dream-machine/ray-2",
)
"""Dream Machine's place in the sandbox."""
