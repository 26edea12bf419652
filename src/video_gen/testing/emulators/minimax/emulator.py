"""The calls of both versions (platform.minimax.io/docs/api-reference, read 2026-11-21).

Version 1 answers everything with 200 and says in `base_resp` what went wrong; version 2 has a real status. An address
for notices is asked for an echo first; the end of a task is told to it here, unsigned, and not the states before.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.callbacks import Callbacks, Notice
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.minimax.form import invalid, read_v1, read_v2
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing, World

_LINK_S: Final = 9 * 3600.0
_WEEK_S: Final = 7 * 86_400.0
_ECHO_S: Final = 3.0
_BODY_MAX: Final = 64 << 20
_FIRST: Final = 424_010_985_738_628
_VERSION: Final = ContextVar("version", default="v2")
_TYPES: Final = {
    400: "bad_request_error",
    401: "authorized_error",
    402: "insufficient_balance_error",
    404: "bad_request_error",
    413: "bad_request_error",
    422: "unprocessable_entity_error",
    429: "rate_limit_error",
    500: "server_error",
    529: "overloaded_error",
}
_WORDS: Final = {
    "rate_limited": (429, "1002", "rate limit, please retry later"),
    "unavailable": (529, "1041", "overloaded, please retry later"),
    "error_before": (500, "1000", "internal error"),
    "unauthorized": (
        401,
        "1004",
        "login fail: Please carry the API secret key in the 'Authorization' field of the request header",
    ),
    "no_credit": (402, "1008", "insufficient balance"),
    "refused": (422, "1026", "video description contains sensitive content"),
}
_FAILURES: Final = {
    "policy": ("1027", "generated video contains sensitive content"),
    "audio_filtered": ("1027", "generated video contains sensitive content"),
    "broken": ("1000", "internal error"),
}
_STATUS_V1: Final = {"queued": "Queueing", "running": "Processing", "succeeded": "Success", "failed": "Fail"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MiniMaxEmulator(Emulator):
    """MiniMax."""

    name = "minimax"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,)) -> None:
        """Remember in `world`; accept `keys`."""
        super().__init__(world, keys=keys)
        self._callbacks = Callbacks(self.world, self._stopping)

    def routes(self) -> list[Route]:
        """Return the endpoints of both versions."""
        return [
            Route("POST", "/v2/video_generation", self.create_v2, "submit"),
            Route("GET", "/v2/query/video_generation/{task_id}", self.query_v2, "poll"),
            Route("GET", "/v2/query/video_generation", self.list_v2, "find"),
            Route("DELETE", "/v2/video_generation/{task_id}", self.delete_v2, "cancel"),
            Route("POST", "/v1/video_generation", self.create_v1, "submit"),
            Route("GET", "/v1/query/video_generation", self.query_v1, "poll"),
            Route("GET", "/v1/files/retrieve", self.file_v1, "poll"),
            Route("GET", "/files/{task_id}/output.mp4", self.download, "download", public=True),
        ]

    def application(self) -> web.Application:
        """Return the application; a refusal must know which version was called."""
        app = super().application()
        app.middlewares.append(_versioned)
        return app

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error in the form of the version that was called."""
        if _VERSION.get() == "v1":
            return {"base_resp": {"status_code": int(refused.code), "status_msg": refused.message}}
        error = {
            "type": _TYPES[refused.status],
            "message": f"{refused.message} ({refused.code})",
            "http_code": str(refused.status),
        }
        return {"type": "error", "error": error, "request_id": f"{len(self.world.calls):032x}"}

    def refuse(self, refused: RefusedError) -> web.Response:
        """Answer with the error; in version 1 that is a 200."""
        response = super().refuse(refused)
        if _VERSION.get() == "v1":
            response.set_status(200)
        return response

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return the fault by MiniMax's code."""
        return RefusedError(*_WORDS[fault.name])

    async def create_v2(self, request: web.Request) -> web.Response:
        """Create a task."""
        body = await _json(request)
        return web.json_response({"task_id": (await self._created(request, body, read_v2(body))).id})

    async def create_v1(self, request: web.Request) -> web.Response:
        """Create a task."""
        body = await _json(request)
        render = await self._created(request, body, read_v1(body))
        return web.json_response({"task_id": render.id} | _ok())

    async def query_v2(self, request: web.Request) -> web.Response:
        """Say how a task stands; one that is not there is a server's error."""
        render = self._task(request, request.match_info["task_id"], "v2")
        if render is None:
            raise RefusedError(500, "1000", "record not found")
        return web.json_response({"task": self._shown(render)})

    async def list_v2(self, request: web.Request) -> web.Response:
        """List the tasks of the last week, newest first."""
        try:
            page, size = (int(request.query.get(name, usual)) for name, usual in (("page_num", 1), ("page_size", 20)))
        except ValueError:
            raise invalid("page_num and page_size must be numbers") from None
        mine = [self._task(request, each.id, "v2") for each in reversed(self.world.accepted())]
        shown = [self._shown(each) for each in mine if each is not None]
        for name in ("status", "model"):
            wanted = request.query.get(f"filter.{name}")
            shown = [each for each in shown if wanted in {None, each[name]}]
        return web.json_response({"items": shown[(page - 1) * size : page * size], "total": len(shown)})

    async def delete_v2(self, request: web.Request) -> web.Response:
        """Cancel a task that waits, or delete the record of one that ended."""
        render = self._task(request, request.match_info["task_id"], "v2")
        if render is None:
            raise RefusedError(500, "1000", "record not found")
        state = self.world.standing(render).state
        if state in {"running", "cancelled"}:
            raise invalid(f"a task that is {state} cannot be cancelled or deleted")
        action = "cancelled" if state == "queued" else "deleted"
        if action == "cancelled":
            self.world.cancel(render)
        else:
            render.deleted = True
        return web.json_response({"task_id": render.id, "action": action, "status": action})

    async def query_v1(self, request: web.Request) -> web.Response:
        """Say how a task stands, and the file of one that succeeded."""
        render = self._task(request, request.query.get("task_id", ""), "v1")
        if render is None:
            raise invalid("task not found")
        return web.json_response(self._shown_v1(render))

    def _shown_v1(self, render: Render) -> dict[str, Any]:
        standing = self.world.standing(render)
        answer: dict[str, Any] = {"task_id": render.id, "status": _STATUS_V1[standing.state]} | _ok()
        if standing.state == "succeeded":
            file = "" if "no_video" in render.faults else str(int(render.id) + 1_000_000)
            answer |= {"file_id": file, "video_width": render.film.width, "video_height": render.film.height}
        elif standing.state == "failed":
            code, message = _FAILURES[standing.error]
            answer["base_resp"] = {"status_code": int(code), "status_msg": message}
        return answer

    async def file_v1(self, request: web.Request) -> web.Response:
        """Say where a file is."""
        file = request.query.get("file_id", "")
        render = self._task(request, str(int(file) - 1_000_000), "v1") if file.isdecimal() else None
        if render is None or self.world.standing(render).state != "succeeded":
            raise invalid("file not found")
        shown = {
            "file_id": int(file),
            "bytes": render.take.path.stat().st_size,
            "created_at": round(render.accepted_at),
            "filename": "output.mp4",
            "purpose": "video_generation",
            "download_url": self._link(render),
        }
        return web.json_response({"file": shown} | _ok())

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the video; the link is signed, and ends."""
        render = self.world.find(request.match_info["task_id"])
        if render is None or request.query.get("Signature") != render.data["signature"]:
            raise web.HTTPForbidden(text="<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if float(request.query.get("Expires", 0)) < self.world.now():
            raise web.HTTPForbidden(
                text="<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
            )
        return await self.video(request, render)

    async def _created(self, request: web.Request, body: dict[str, Any], film: Film) -> Render:
        callback = body.get("callback_url") or ""
        if callback and not await _echoes(callback):
            raise invalid("callback_url does not return the challenge")
        number = _FIRST + len(self.world.renders) + 1
        render = self.accept(request, str(number), body["model"], film, body, callback=callback)
        render.data |= {"version": _VERSION.get(), "signature": secrets.token_hex(8)}
        self._callbacks.watch(render, self._notice)
        return render

    def _notice(self, render: Render) -> Notice:
        old = render.data["version"] == "v1"
        said = self._shown_v1(render) if old else {"task": self._shown(render)}
        return Notice(json.dumps(said).encode(), {"Content-Type": "application/json"})

    def _task(self, request: web.Request, task_id: str, version: str) -> Render | None:
        render = self.world.find(task_id)
        if render is None or render.account != self.account(request) or render.data["version"] != version:
            return None
        return render if self.world.now() - render.accepted_at < _WEEK_S else None

    def _link(self, render: Render) -> str:
        expires = round(self.world.now() + _LINK_S)
        return f"{self.url}/files/{render.id}/output.mp4?Expires={expires}&Signature={render.data['signature']}"

    def _shown(self, render: Render) -> dict[str, Any]:
        standing: Standing = self.world.standing(render)
        seconds, body = round(render.film.seconds), render.request
        task: dict[str, Any] = {
            "id": render.id,
            "model": render.model,
            "status": standing.state,
            "created_at": round(render.accepted_at),
            "updated_at": round(self.world.now()),
            "resolution": body["resolution"],
            "duration": seconds,
            "ratio": body.get("ratio", "adaptive"),
            "task_type": "generation",
            "modality": "video",
        }
        if standing.state == "succeeded":
            pictures = sum(item["type"] == "image_url" for item in body["content"])
            task["content"] = {} if "no_video" in render.faults else {"url": self._link(render)}
            task["usage"] = {
                "total_seconds": seconds,
                "input_seconds": 0,
                "output_seconds": seconds,
                "input_image_count": pictures,
            }
        elif standing.state == "failed":
            code, message = _FAILURES[standing.error]
            task |= {"error": {"code": code, "message": message}, "usage": {}}
        return task


@web.middleware
async def _versioned(request: web.Request, handler: Handler) -> web.StreamResponse:
    _VERSION.set("v1" if "/v1/" in request.path else "v2")
    return await handler(request)


async def _json(request: web.Request) -> dict[str, Any]:
    if len(await request.read()) > _BODY_MAX:
        raise RefusedError(413, "2013", "invalid params, the request body is larger than 64 MB")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("the request body is not a JSON object")
    return body


async def _echoes(url: str) -> bool:
    """Whether an address returns a challenge, as whoever reads it is asked to."""
    challenge, timeout = {"challenge": secrets.token_hex(8)}, aiohttp.ClientTimeout(total=_ECHO_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, json=challenge) as answer:
            return bool(await answer.json(content_type=None) == challenge)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


def _ok() -> dict[str, Any]:
    return {"base_resp": {"status_code": 0, "status_msg": "success"}}


MINIMAX: Final = Booth(
    name="minimax",
    title="MiniMax",
    make=MiniMaxEmulator,
    settings={"MINIMAX_API_KEY": "{key}", "MINIMAX_API_HOST": "{url}"},
    note="minimax-mcp reads these settings too.",
    try_model="minimax/MiniMax-H3",
)
