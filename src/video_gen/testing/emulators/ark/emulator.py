"""The calls (volcengine.com/docs/82379: 1520757, 1521309, 1521675, 1521720; answers as seen of the service in 2026).

A finished video lies behind a signed link for 24 hours, a task is shown for 7 days, and only what waits is cancelled.
Notices are not signed; the end of a task is told here, and not the states before it.
"""

import json
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from video_gen.testing.emulators.ark.form import EXPIRES, Order, read, wrong
from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.callbacks import Callbacks, Notice
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.world import Render, World

API: Final = "/api/v3"
TASKS: Final = f"{API}/contents/generations/tasks"
_BODY_MAX: Final = 64 << 20
_LINK_S: Final = 86_400
_WEEK_S: Final = 7 * 86_400.0
_PAGE_MAX: Final = 500
_WORDS: Final = {
    "rate_limited": (429, "RateLimitExceeded.EndpointRPMExceeded", "The Requests Per Minute (RPM) limit is exceeded."),
    "unavailable": (429, "ServerOverloaded", "The service is currently unable to handle additional requests."),
    "error_before": (500, "InternalServiceError", "The service encountered an unexpected internal error."),
    "unauthorized": (401, "AuthenticationError", "The API key or AK/SK in the request is missing or invalid."),
    "no_credit": (403, "AccountOverdueError", "The request failed because your account has an overdue balance."),
    "refused": (
        400,
        "InputTextSensitiveContentDetected",
        "The request failed because the input text may contain sensitive information.",
    ),
}
_FAILURES: Final = {
    "policy": (
        "OutputVideoSensitiveContentDetected",
        "The request failed because the output video may contain sensitive information.",
    ),
    "audio_filtered": (
        "OutputAudioSensitiveContentDetected",
        "The request failed because the output audio may contain sensitive information.",
    ),
    "broken": ("InternalServiceError", "The service encountered an unexpected internal error."),
}
_TYPES: Final = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}


class ArkEmulator(Emulator):
    """BytePlus ModelArk, or Volcengine Ark."""

    name = "ark"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,)) -> None:
        """Remember in `world`; accept `keys`."""
        super().__init__(world, keys=keys)
        self._callbacks = Callbacks(self.world, self._stopping)

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        return [
            Route("POST", TASKS, self.create, "submit"),
            Route("GET", TASKS, self.list_tasks, "find"),
            Route("GET", f"{TASKS}/{{id}}", self.retrieve, "poll"),
            Route("DELETE", f"{TASKS}/{{id}}", self.delete, "cancel"),
            Route("GET", "/tos/{id}.mp4", self.download, "download", public=True),
        ]

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as Ark words it: every message ends with the request's id."""
        message = f"{refused.message} Request id: {len(self.world.calls):032x}"
        kind = _TYPES.get(refused.status, "InternalServerError")
        param = refused.more.get("param", "")
        return {"error": {"code": refused.code, "message": message, "param": param, "type": kind}}

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return the fault by Ark's code."""
        return RefusedError(*_WORDS[fault.name])

    async def create(self, request: web.Request) -> web.Response:
        """Create a task."""
        if len(await request.read()) > _BODY_MAX:
            raise RefusedError(413, "RequestBodyTooLarge", "The request body is larger than 64 MB.")
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RefusedError(400, "InvalidParameter", "The request body is not a JSON object.")
        order = read(body)
        task_id = f"cgt-{time.strftime('%Y%m%d%H%M%S', time.gmtime(self.world.now()))}-{secrets.token_hex(3)[:5]}"
        callback = body.get("callback_url") or ""
        render = self.accept(request, task_id, body["model"], order.film, body, callback=callback)
        render.data |= {"order": order, "signature": secrets.token_hex(16)}
        self._callbacks.watch(render, self._notice)
        return web.json_response({"id": render.id})

    async def retrieve(self, request: web.Request) -> web.Response:
        """Say how a task stands."""
        return web.json_response(self._shown(self._task(request, request.match_info["id"])))

    async def list_tasks(self, request: web.Request) -> web.Response:
        """List the tasks of 7 days, newest first."""
        page, size = (self._number(request, name, usual) for name, usual in (("page_num", 1), ("page_size", 20)))
        tier, ids = request.query.get("filter.service_tier", "default"), request.query.getall("filter.task_ids", [])
        shown = [self._shown(each) for each in reversed(self.world.accepted()) if self._visible(request, each)]
        shown = [task for task in shown if task["service_tier"] == tier and (not ids or task["id"] in ids)]
        for name in ("status", "model"):
            wanted = request.query.get(f"filter.{name}")
            shown = [task for task in shown if wanted in {None, task[name]}]
        return web.json_response({"items": shown[(page - 1) * size : page * size], "total": len(shown)})

    async def delete(self, request: web.Request) -> web.Response:
        """Cancel a task that waits, or delete the record of one that has ended."""
        render = self._task(request, request.match_info["id"])
        state = self.world.standing(render).state
        if state in {"running", "cancelled"}:
            raise RefusedError(409, "InvalidAction", f"A task that is {state} can be neither cancelled nor deleted.")
        if state == "queued":
            self.world.cancel(render)
        else:
            render.deleted = True
        return web.json_response({})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the video; the link is signed, and ends."""
        render = self.world.find(request.match_info["id"])
        if render is None or request.query.get("X-Tos-Signature") != render.data["signature"]:
            raise web.HTTPForbidden(text='{"Code":"SignatureDoesNotMatch"}')
        if self.world.now() > float(request.query.get("X-Tos-Date", 0)) + _LINK_S:
            raise web.HTTPForbidden(text='{"Code":"AccessDenied","Message":"Request has expired"}')
        return await self.video(request, render)

    def _number(self, request: web.Request, name: str, usual: int) -> int:
        text = request.query.get(name, str(usual))
        if not text.isdecimal() or not 1 <= int(text) <= _PAGE_MAX:
            raise wrong(name, f"it must be an integer from 1 to {_PAGE_MAX}")
        return int(text)

    def _visible(self, request: web.Request, render: Render) -> bool:
        recent = self.world.now() - render.accepted_at < _WEEK_S
        return recent and not render.deleted and render.account == self.account(request)

    def _task(self, request: web.Request, task_id: str) -> Render:
        render = self.world.find(task_id)
        if render is None or not self._visible(request, render):
            raise RefusedError(404, "ResourceNotFound", f"The specified task {task_id} is not found.")
        return render

    def _shown(self, render: Render) -> dict[str, Any]:
        standing, order = self.world.standing(render), render.data["order"]
        task: dict[str, Any] = {
            "id": render.id,
            "model": render.model,
            "status": standing.state,
            "created_at": int(render.accepted_at),
            "updated_at": int(self.world.now()),
            "service_tier": order.tier,
            EXPIRES: order.expires,
        }
        if standing.state == "failed":
            code, message = _FAILURES[standing.error]
            task["error"] = {"code": code, "message": f"{message} Request id: {render.number:032x}"}
        elif standing.state == "succeeded":
            task |= _result(order)
            task["content"] = {} if "no_video" in render.faults else {"video_url": self._link(render)}
        return task

    def _notice(self, render: Render) -> Notice:
        return Notice(json.dumps(self._shown(render)).encode(), {"Content-Type": "application/json"})

    def _link(self, render: Render) -> str:
        signed = f"X-Tos-Date={int(self.world.now())}&X-Tos-Expires={_LINK_S}"
        return f"{self.url}/tos/{render.id}.mp4?{signed}&X-Tos-Signature={render.data['signature']}"


def _result(order: Order) -> dict[str, Any]:
    return {
        "usage": {"completion_tokens": order.tokens, "total_tokens": order.tokens},
        "seed": 58_944 if order.seed is None else order.seed,
        "resolution": order.resolution,
        "ratio": order.ratio,
        "duration": int(order.film.seconds),
        "framespersecond": 24,
        "generate_audio": order.film.audio,
    }


ARK: Final = Booth(
    name="ark",
    title="BytePlus ModelArk",
    make=ArkEmulator,
    settings={"ARK_API_KEY": "{key}", "ARK_BASE_URL": f"{{url}}{API}"},
    try_model="ark/dreamina-seedance-2-0-fast-260128",
)
VOLCENGINE: Final = Booth(
    name="volcengine",
    title="Volcengine Ark",
    make=ArkEmulator,
    settings={"VOLCENGINE_API_KEY": "{key}", "VOLCENGINE_BASE_URL": f"{{url}}{API}"},
    try_model="volcengine/doubao-seedance-2-0-260128",
)
