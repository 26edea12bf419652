"""The API's calls (Replicate's OpenAPI; replicate 1.0.7; docs on limits, sync mode, deadlines, read 2026-11-21)."""

import asyncio
import base64
import hmac
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, ClassVar, Final
from urllib.parse import quote

from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.callbacks import Callbacks, Notice
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.replicate import asked, files, models, predictions
from video_gen.testing.emulators.world import Render, World

PAGE: Final = 100
LINK_LIFE: Final = 3600.0
_WAIT: Final = re.compile(r"wait(?:=([1-9]|[1-5]\d|60))?")
_NO_CREDIT: Final = (
    "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase "
    "credit. Once you purchase credit, please wait a few minutes before trying again."
)
_FAULTS: Final[Mapping[str, tuple[int, str, str]]] = {
    "rate_limited": (429, "", "Request was throttled. Your rate limit resets in ~{value:g}s."),
    "unavailable": (503, "Service Unavailable", "The service is temporarily unavailable. Please try again."),
    "error_before": (500, "Internal Server Error", "An internal error occurred."),
    "unauthorized": (401, "Unauthenticated", "You did not pass a valid authentication token"),
    "no_credit": (402, "Insufficient credit", _NO_CREDIT),
    "refused": (422, "Input validation failed", "- input.prompt: The prompt was flagged as sensitive.\n"),
}


class ReplicateEmulator(Emulator):
    """Replicate's API and its delivery of outputs.

    Args:
        world: What it remembers.
        keys: The keys it accepts.
        delivery: Where links to outputs lead, if not to this server: "https://replicate.delivery".
    """

    name: ClassVar[str] = "replicate"

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,), delivery: str = "") -> None:
        """Open an account."""
        super().__init__(world, keys=keys)
        self.files = files.Files(self.world)
        self.webhook_secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        self._delivery = delivery
        self._sign_key = secrets.token_bytes(16)
        self._callbacks = Callbacks(self.world, self._stopping)

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        model = "/v1/models/{owner}/{name}"
        return [
            Route("POST", "/v1/predictions", self._create_by_version, "submit"),
            Route("POST", f"{model}/predictions", self._create_by_model, "submit"),
            Route("GET", "/v1/predictions", self._list, "find"),
            Route("GET", "/v1/predictions/{id}", self._get, "poll"),
            Route("POST", "/v1/predictions/{id}/cancel", self._cancel, "cancel"),
            Route("GET", "/v1/models", self._models),
            Route("GET", model, self._model),
            Route("GET", f"{model}/versions", self._versions),
            Route("GET", f"{model}/versions/{{version}}", self._version),
            Route("GET", "/v1/account", self._account),
            Route("GET", "/v1/webhooks/default/secret", self._webhook_secret),
            Route("POST", "/v1/files", self._upload, "upload"),
            Route("GET", "/v1/files", self._file_list),
            Route("GET", "/v1/files/{id}", self._file),
            Route("DELETE", "/v1/files/{id}", self._delete_file),
            Route("GET", "/delivery/{id}/{until}/{signature}/output.mp4", self._output, "download", public=True),
        ]

    def account(self, request: web.Request) -> str | None:
        """Return the token; older clients say "Token" where others say "Bearer"."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() in {"bearer", "token"} and token else None

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as a problem document (RFC 7807)."""
        titled = {"title": refused.code} if refused.code else {}
        fields = {"invalid_fields": refused.more["fields"]} if "fields" in refused.more else {}
        return {**titled, "detail": refused.message, "status": refused.status, **fields}

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Replicate words a fault."""
        status, title, detail = _FAULTS[fault.name]
        return RefusedError(status, title, detail.format(value=1.0 if fault.value is None else fault.value))

    async def _create_by_model(self, request: web.Request) -> web.Response:
        model = _path(request)
        if model not in models.cards():
            raise _not_found()
        return await self._create(request, model, await asked.json_of(request))

    async def _create_by_version(self, request: web.Request) -> web.Response:
        given = await asked.json_of(request)
        model = models.model_of(str(given.get("version", "")))
        if model is None:
            detail = "The specified version does not exist (or perhaps you don't have permission to use it?)"
            raise RefusedError(422, "Invalid version or not permitted", detail)
        return await self._create(request, model, given)

    async def _create(self, request: web.Request, model: str, given: dict[str, Any]) -> web.Response:
        wanted = asked.input_of(model, given)
        card = models.cards()[model]
        deadline = asked.deadline_of(request)
        film = models.film_of(card, wanted)
        callback = str(given.get("webhook") or given.get("webhook_completed") or "")
        render = self.accept(request, _new_id(), model, film, given, callback=callback)
        known = frozenset(f"{self.url}/v1/files/{file_id}" for file_id in self.files.kept)
        render.data |= {
            "unreadable": models.unreadable(card, wanted, known, self.url),
            "queue_s": self.world.queue_s,
            "deadline": None if deadline is None else render.accepted_at + deadline,
        }
        if "completed" in given.get("webhook_events_filter", asked.EVENTS):
            self._callbacks.watch(render, self._notice)
        return web.json_response(await self._waited(request, render), status=201)

    async def _waited(self, request: web.Request, render: Render) -> dict[str, Any]:
        """Return a prediction, after the wait that was asked for: then it has ended, or counts as starting."""
        wait = _WAIT.fullmatch(request.headers.get("Prefer", ""))
        if wait is None:
            return self._shown(render)
        until = time.monotonic() + float(wait[1] or 60)
        while (found := self._shown(render))["status"] in {"starting", "processing"}:
            if time.monotonic() > until or self._stopping.is_set():
                return found | {"status": "starting"}
            await asyncio.sleep(0.05)
        return found

    async def _list(self, request: web.Request) -> web.Response:
        """Show the account's predictions, newest first, a hundred on a page."""
        mine = [each for each in reversed(self.world.accepted()) if each.account == self.account(request)]
        start = _place(request)
        page = [{**self._shown(each), "logs": ""} for each in mine[start : start + PAGE]]
        return web.json_response({
            "next": self._page(start + PAGE) if len(mine) > start + PAGE else None,
            "previous": self._page(max(0, start - PAGE)) if start else None,
            "results": page,
        })  # fmt: skip

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._prediction(request)))

    async def _cancel(self, request: web.Request) -> web.Response:
        render = self._prediction(request)
        if self._shown(render)["status"] in {"starting", "processing"}:
            self.world.cancel(render)
        return web.json_response(self._shown(render))

    async def _models(self, _request: web.Request) -> web.Response:
        found = [models.shown(model) for model in sorted(models.cards())]
        return web.json_response({"next": None, "previous": None, "results": found})

    async def _model(self, request: web.Request) -> web.Response:
        return web.json_response(models.shown(_known_model(request)))

    async def _versions(self, request: web.Request) -> web.Response:
        found = [models.version(_known_model(request))]
        return web.json_response({"next": None, "previous": None, "results": found})

    async def _version(self, request: web.Request) -> web.Response:
        model = _known_model(request)
        if request.match_info["version"] != models.version_of(model):
            raise _not_found()
        return web.json_response(models.version(model))

    async def _account(self, _request: web.Request) -> web.Response:
        return web.json_response({"type": "user", "username": "emulated", "name": "Emulated", "github_url": None})

    async def _webhook_secret(self, _request: web.Request) -> web.Response:
        return web.json_response({"key": self.webhook_secret})

    async def _upload(self, request: web.Request) -> web.Response:
        return web.json_response(files.shown(await self.files.take_in(request), self.url), status=201)

    async def _file_list(self, _request: web.Request) -> web.Response:
        found = [files.shown(each, self.url) for each in self.files.kept.values()]
        return web.json_response({"next": None, "previous": None, "results": found})

    async def _file(self, request: web.Request) -> web.Response:
        return web.json_response(files.shown(self.files.find(request.match_info["id"]), self.url))

    async def _delete_file(self, request: web.Request) -> web.Response:
        del self.files.kept[self.files.find(request.match_info["id"]).id]
        return web.Response(status=204)

    async def _output(self, request: web.Request) -> web.StreamResponse:
        """Serve a video by its link, which needs no key and ends after an hour."""
        name, until = request.match_info["id"], request.match_info["until"]
        render = self.world.find(name)
        signed = hmac.compare_digest(request.match_info["signature"], self._signature(name, until))
        if not signed or render is None or float(until) < self.world.now():
            return web.Response(status=404, text="Not found")
        return await self.video(request, render)

    def _prediction(self, request: web.Request) -> Render:
        render = self.world.find(request.match_info["id"])
        if render is None or render.account != self.account(request):
            raise _not_found()
        return render

    def _shown(self, render: Render) -> dict[str, Any]:
        until = f"{render.accepted_at + LINK_LIFE:.0f}"
        link = (
            f"{self._delivery or self.url}/delivery/{render.id}/{until}/{self._signature(render.id, until)}/output.mp4"
        )
        return predictions.shown(render, self.world, self.url, link)

    def _signature(self, name: str, until: str) -> str:
        return hmac.new(self._sign_key, f"{name}:{until}".encode(), sha256).hexdigest()

    def _page(self, start: int) -> str:
        cursor = base64.b64encode(f"p={start}".encode()).decode()
        return f"{self.url}/v1/predictions?cursor={quote(cursor)}"

    def _notice(self, render: Render) -> Notice:
        """Return the notice of an ended prediction, signed (Standard Webhooks, as replicate 1.0.7 checks it)."""
        body, at, notice_id = json.dumps(self._shown(render)), str(int(self.world.now())), f"msg_{render.id}"
        key = base64.b64decode(self.webhook_secret.removeprefix("whsec_"))
        signed = hmac.new(key, f"{notice_id}.{at}.{body}".encode(), sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        return Notice(body.encode(), headers)


def _not_found() -> RefusedError:
    return RefusedError(404, "", "The requested resource could not be found.")


def _new_id() -> str:
    return "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(26))


def _path(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['name']}"


def _known_model(request: web.Request) -> str:
    if _path(request) not in models.cards():
        raise _not_found()
    return _path(request)


def _place(request: web.Request) -> int:
    cursor = request.query.get("cursor")
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("p="))
    except ValueError:
        raise RefusedError(400, "", "Invalid cursor") from None


REPLICATE: Final = Booth(
    name="replicate",
    title="Replicate",
    make=ReplicateEmulator,
    settings={"REPLICATE_API_TOKEN": "{key}", "REPLICATE_BASE_URL": "{url}"},
    note="The Python client turns links into files only where they begin with https: here it returns them as text",
    try_model="replicate/google/veo-3.1",
)
