"""The queue (docs.fal.ai, Queue API and request errors, read 2026-11-21; fal-client 1.0.3).

The queue takes in whatever it is sent: what a model thinks of its input is known when a runner has it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.callbacks import Callbacks, Notice
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.fal.notices import Signature
from video_gen.testing.emulators.fal.schemas import DOCS, ErrorItem, cards, film_of, issues, seconds_of
from video_gen.testing.emulators.fal.storage import Storage
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.world import Render, Standing, World

APP: Final = "/{app:(?:(?:workflows|comfy)/)?[^/]+/[^/]+}/requests/{id}"
_LOCKED: Final = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
_FLAGGED: Final = "The content could not be processed because it contained material flagged by a content checker."
_FAULTS: Final[Mapping[str, tuple[int, str]]] = {
    "rate_limited": (429, "Too many requests. Please slow down."),
    "unavailable": (503, "Service temporarily unavailable"),
    "error_before": (500, "Internal Server Error"),
    "unauthorized": (401, "No user found for Key ID and Secret"),
    "no_credit": (403, _LOCKED),
}
_FAILURES: Final[Mapping[str, tuple[int, str, list[str], str]]] = {
    "policy": (422, "content_policy_violation", ["body", "prompt"], _FLAGGED),
    "audio_filtered": (422, "no_media_generated", ["body"], "The generated audio did not pass the safety filters."),
    "broken": (500, "internal_server_error", ["body"], "Internal server error"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request failed."""

    status: int
    detail: str | list[ErrorItem]
    error_type: str
    message: str


class FalEmulator(Emulator):
    """fal's queue and storage, on one host."""

    name: ClassVar[str] = "fal"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,)) -> None:
        """Open an account."""
        super().__init__(world, keys=keys)
        self.storage = Storage(self.world, lambda: self.url)
        self._callbacks = Callbacks(self.world, self._stopping)
        self._signature = Signature()

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        return [
            *self.storage.routes(),
            Route("GET", "/.well-known/jwks.json", self._jwks, public=True),
            Route("GET", "/outputs/{id}/{name}", self._output, "download", public=True),
            Route("GET", f"{APP}/status", self._status, "poll"),
            Route("GET", APP, self._result, "poll"),
            Route("PUT", f"{APP}/cancel", self._cancel, "cancel"),
            Route("POST", "/{model:.+}", self._submit, "submit"),
        ]

    def account(self, request: web.Request) -> str | None:
        """Return the key: "Authorization: Key ID:SECRET"."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key if scheme == "Key" and key else None

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as fal words it."""
        named = {"error_type": refused.code} if refused.code else {}
        return {"detail": refused.more.get("detail", refused.message), **named}

    def refuse(self, refused: RefusedError) -> web.Response:
        """Return an error; what kind it is, is said in a header too."""
        answer = super().refuse(refused)
        answer.headers["x-fal-request-id"] = str(uuid4())
        if refused.code:
            answer.headers["x-fal-error-type"] = refused.code
        return answer

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how fal words a fault."""
        if fault.name not in _FAULTS:
            return RefusedError(
                422, "", _FLAGGED, detail=[_item("content_policy_violation", ["body", "prompt"], _FLAGGED)]
            )
        status, message = _FAULTS[fault.name]
        return RefusedError(status, "", message)

    async def _submit(self, request: web.Request) -> web.Response:
        model = request.match_info["model"]
        card = cards().get(model)
        if card is None:
            app = "/".join(model.split("/")[:2])
            known = any(path == app or path.startswith(f"{app}/") for path in cards())
            message = (
                f"Path /{model.removeprefix(app).lstrip('/')} not found" if known else f'Application "{app}" not found'
            )
            raise RefusedError(404, "", message)
        given = await _json(request)
        callback = request.query.get("fal_webhook", "")
        wrong = issues(card, given, self.storage.links(), self.url)
        film = film_of(card, {} if wrong else given)
        render = self.accept(request, str(uuid4()), model, film, given, callback=callback)
        render.data |= {"issues": wrong, "units": seconds_of(card, {} if wrong else given), "seeded": bool(card.seed)}
        self._callbacks.watch(render, self._notice)
        ahead = self._ahead(render)
        return web.json_response({"status": "IN_QUEUE", "queue_position": ahead, **self._links(render)})

    async def _status(self, request: web.Request) -> web.Response:
        render = self._request(request)
        standing = self.world.standing(render)
        logs = request.query.get("logs", "").lower() in {"1", "true"}
        body: dict[str, Any] = {**self._links(render), "logs": _logs(render, standing) if logs else None}
        failure = self._failure(render, standing)
        if failure is None and standing.state == "queued":
            del body["logs"]
            body |= {"status": "IN_QUEUE", "queue_position": self._ahead(render)}
        elif failure is None and standing.state == "running":
            body |= {"status": "IN_PROGRESS"}
        else:
            body |= {"status": "COMPLETED", "metrics": {"inference_time": self.world.render_s}}
        if failure is not None:
            body |= {"error": failure.message, "error_type": failure.error_type}
        return _answer(render, body, 200 if body["status"] == "COMPLETED" else 202)

    async def _result(self, request: web.Request) -> web.Response:
        render = self._request(request)
        standing = self.world.standing(render)
        failure = self._failure(render, standing)
        if failure is None and standing.state != "succeeded":
            return _answer(render, {"detail": "Request is still in progress"}, 400)
        if failure is None:
            units = {"x-fal-billable-units": f"{render.data['units']:g}"}
            return _answer(render, self._made(render), 200, units)
        named = {} if isinstance(failure.detail, list) else {"error_type": failure.error_type}
        headers = {
            "x-fal-error-type": failure.error_type,
            "x-fal-retryable": "true" if failure.status >= 500 else "false",
        }
        return _answer(render, {"detail": failure.detail, **named}, failure.status, headers)

    async def _cancel(self, request: web.Request) -> web.Response:
        render = self._request(request)
        before = self.world.standing(render)
        if self._failure(render, before) is not None or not self.world.cancel(render):
            return _answer(render, {"status": "ALREADY_COMPLETED"}, 400)
        waited = before.state == "queued"
        return _answer(render, {"status": "OK" if waited else "CANCELLATION_REQUESTED"}, 200 if waited else 202)

    async def _output(self, request: web.Request) -> web.StreamResponse:
        """Serve a video by its link, which anyone may open who knows it."""
        render = self.world.find(request.match_info["id"])
        if render is None or request.match_info["name"] != "output.mp4":
            raise RefusedError(404, "", "File not found")
        return await self.video(request, render)

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response(self._signature.jwks())

    def _request(self, request: web.Request) -> Render:
        render = self.world.find(request.match_info["id"])
        if render is None or _app(render.model) != request.match_info["app"]:
            raise RefusedError(404, "", "Request not found")
        return render

    def _failure(self, render: Render, standing: Standing) -> Failure | None:
        """Return how a request failed, None where it has not."""
        if standing.state == "cancelled":
            message = "Request was cancelled by the client"
            return Failure(499, message, "client_cancelled", message)
        if standing.state in {"running", "succeeded", "failed"} and render.data["issues"]:
            wrong: list[ErrorItem] = render.data["issues"]
            return Failure(422, wrong, wrong[0]["type"], wrong[0]["msg"])
        if standing.state != "failed":
            return None
        status, kind, where, message = _FAILURES[standing.error]
        return Failure(status, [_item(kind, where, message)], kind, message)

    def _made(self, render: Render) -> dict[str, Any]:
        size = render.take.path.stat().st_size
        link = f"{self.url}/outputs/{render.id}/output.mp4"
        video = {"url": link, "content_type": "video/mp4", "file_name": "output.mp4", "file_size": size}
        made = {"video": None if "no_video" in render.faults else video}
        seed = render.request.get("seed")
        return made | ({"seed": render.number if seed is None else seed} if render.data["seeded"] else {})

    def _notice(self, render: Render) -> Notice:
        failure = self._failure(render, self.world.standing(render))
        said: dict[str, Any] = {"request_id": render.id, "gateway_request_id": render.id}
        if failure is None:
            said |= {"status": "OK", "payload": self._made(render)}
        else:
            said |= {"status": "ERROR", "error": failure.message, "payload": {"detail": failure.detail}}
        return self._signature.notice(render.id, said, self.world.now())

    def _ahead(self, render: Render) -> int:
        earlier = [each for each in self.world.accepted() if each.number < render.number]
        return sum(self.world.standing(each).state == "queued" for each in earlier)

    def _links(self, render: Render) -> dict[str, str]:
        link = f"{self.url}/{_app(render.model)}/requests/{render.id}"
        return {
            "request_id": render.id,
            "response_url": link,
            "status_url": f"{link}/status",
            "cancel_url": f"{link}/cancel",
        }


def _app(model: str) -> str:
    steps = model.split("/")
    return "/".join(steps[: 3 if steps[0] in {"workflows", "comfy"} else 2])


def _item(kind: str, where: list[str], message: str) -> ErrorItem:
    return {"loc": where, "msg": message, "type": kind, "url": DOCS + kind, "ctx": {}}


def _logs(render: Render, standing: Standing) -> list[dict[str, str]]:
    line = {"timestamp": f"{render.accepted_at:.3f}", "source": "USER", "level": "STDERR", "message": ""}
    return [line | {"message": f"{standing.progress:.0%}"}]


def _answer(
    render: Render, body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(body, status=status, headers={"x-fal-request-id": render.id, **(headers or {})})


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.text())
    except ValueError:
        raise RefusedError(400, "bad_request", "The body is no JSON") from None
    if not isinstance(given, dict):
        raise RefusedError(422, "", "The body must be an object")
    return given


FAL: Final = Booth(
    name="fal",
    title="fal",
    make=FalEmulator,
    settings={"FAL_KEY": "{key}", "FAL_BASE_URL": "{url}"},
    note=(
        "fal-client reaches nothing but https: before using it, set `fal_client.client.QUEUE_URL_FORMAT` to this URL "
        "with a slash at its end, and `REST_URL` and `CDN_URL` there to this URL"
    ),
    try_model="fal/fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
)
