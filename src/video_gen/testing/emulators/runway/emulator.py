"""The API's calls."""

import hashlib
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, Final
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.form import parts_of
from video_gen.testing.emulators.runway.assets import UPLOAD_MAX, Assets, Upload
from video_gen.testing.emulators.runway.credits import price
from video_gen.testing.emulators.runway.forms import Issue, forms, issues
from video_gen.testing.emulators.runway.tasks import charged_for, film_of, shown
from video_gen.testing.emulators.world import Render, World

VERSION: Final = "2024-11-06"
DOCS: Final = "https://docs.dev.runwayml.com/api"
LINK_LIFE: Final = 24 * 3600.0
_NO_CREDITS: Final = "You do not have enough credits to run this task."
_FAULTS: Final = {
    "rate_limited": (429, "You have exceeded the daily task limit for this model."),
    "unavailable": (503, "The service is temporarily unavailable. Please try again later."),
    "error_before": (500, "An internal error occurred."),
    "unauthorized": (401, "The provided API key is not valid."),
    "no_credit": (400, _NO_CREDITS),
}


class RunwayEmulator(Emulator):
    """Runway at API version 2024-11-06. Tasks are moderated after they were accepted; there is no list of tasks.

    Args:
        world: What it remembers.
        keys: The keys it accepts.
        balance: Credits of the account.
        concurrent: Tasks of one model that run at once; more are throttled.
        daily: Tasks of one model a day.
    """

    name: ClassVar[str] = "runway"

    def __init__(
        self,
        world: World | None = None,
        *,
        keys: Iterable[str] = (KEY,),
        balance: int = 1_000_000,
        concurrent: int = 20,
        daily: int = 30_000,
    ) -> None:
        """Open an account."""
        super().__init__(world, keys=keys)
        self.balance, self.concurrent, self.daily = balance, concurrent, daily
        self.assets = Assets()
        self._secret = secrets.token_bytes(16)

    def routes(self) -> list[Route]:
        """Return the wire's endpoints; a submit's path is its form's name."""
        makers = [Route("POST", f"/v1/{endpoint}", self._create, "submit") for endpoint in forms()]
        return [
            *makers,
            Route("GET", "/v1/tasks/{id}", self._retrieve, "poll"),
            Route("DELETE", "/v1/tasks/{id}", self._delete, "cancel"),
            Route("POST", "/v1/uploads", self._start_upload, "upload"),
            Route("POST", "/storage/{id}", self._store, "upload", public=True),
            Route("GET", "/v1/organization", self._organization),
            Route("GET", "/outputs/{id}.mp4", self._output, "download", public=True),
        ]

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as Runway words it."""
        found = {"issues": refused.more["issues"]} if "issues" in refused.more else {}
        return {"error": refused.message, **found, "docUrl": DOCS}

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Runway words a fault; it refuses no prompt at once, so that fault finds its body wanting."""
        if fault.name not in _FAULTS:
            issue = {"code": "custom", "path": ["promptText"], "message": "The prompt was refused."}
            return _invalid([issue])
        status, message = _FAULTS[fault.name]
        return RefusedError(status, "", message)

    async def _create(self, request: web.Request) -> web.Response:
        self._check_version(request)
        body = await _json(request)
        endpoint = request.path.rpartition("/")[2]
        wrong = issues(endpoint, body)
        assets, unusable = ([], list[Issue]()) if wrong else self.assets.read(body)
        if wrong or unusable:
            raise _invalid([*wrong, *unusable])
        film = film_of(body, assets)
        cost = price(body, film)
        if cost > self.balance - self._spent():
            raise RefusedError(400, "", _NO_CREDITS)
        if self._today()[body["model"]] >= self.daily:
            raise RefusedError(429, "", _FAULTS["rate_limited"][1])
        render = self.accept(request, str(uuid4()), body["model"], film, body)
        render.data |= {"credits": cost, "created": render.accepted_at}
        return web.json_response({"id": render.id, "estimatedCost": {"credits": cost}})

    async def _retrieve(self, request: web.Request) -> web.Response:
        self._check_version(request)
        render = self._task(request)
        throttled = self._throttled(render)
        if throttled:
            render.accepted_at = self.world.now()
        return web.json_response(
            shown(render, self.world.standing(render), throttled=throttled, output=self._link(render))
        )

    async def _delete(self, request: web.Request) -> web.Response:
        """Stop what has not ended, delete what has; either way it cannot be fetched again."""
        self._check_version(request)
        render = self._task(request)
        render.data["refunded"] = self.world.standing(render).state == "queued"
        self.world.cancel(render)
        render.deleted = True
        return web.Response(status=204)

    async def _start_upload(self, request: web.Request) -> web.Response:
        self._check_version(request)
        body = await _json(request)
        name = body.get("filename") if isinstance(body, dict) else None
        if not isinstance(name, str) or not 3 <= len(name) <= 255:
            raise _invalid(
                [{"code": "invalid_type", "path": ["filename"], "message": "Invalid input: expected string"}]
            )
        if body.get("type") != "ephemeral":
            message = 'Invalid input: expected "ephemeral"'
            raise _invalid([{"code": "invalid_value", "values": ["ephemeral"], "path": ["type"], "message": message}])
        upload_id = secrets.token_hex(16)
        self.assets.uploads[f"runway://{upload_id}"] = Upload(name)
        fields = {"key": f"ephemeral/{upload_id}", "policy": self._sign(upload_id), "bucket": "runway-uploads"}
        place = {"uploadUrl": f"{self.url}/storage/{upload_id}", "fields": fields, "runwayUri": f"runway://{upload_id}"}
        return web.json_response(place)

    async def _store(self, request: web.Request) -> web.Response:
        """Take an upload as the storage behind it does: the form's fields first, then the file."""
        upload_id = request.match_info["id"]
        upload = self.assets.uploads.get(f"runway://{upload_id}")
        fields: dict[str, str] = {}
        for part in await parts_of(request):
            if part.name != "file":
                fields[part.name] = part.data.decode()
                continue
            if upload is None or fields.get("policy") != self._sign(upload_id):
                return _storage_error(403, "AccessDenied", "Invalid according to Policy")
            if len(part.data) > UPLOAD_MAX:
                return _storage_error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            upload.data = part.data
            return web.Response(status=204)
        return _storage_error(400, "InvalidArgument", "POST requires exactly one file upload per request.")

    async def _organization(self, request: web.Request) -> web.Response:
        self._check_version(request)
        models = {model for each in forms().values() for model in each}
        limits = {"maxConcurrentGenerations": self.concurrent, "maxDailyGenerations": self.daily}
        today = self._today()
        return web.json_response({
            "creditBalance": self.balance - self._spent(),
            "tier": {"maxMonthlyCreditSpend": 10_000_000, "models": dict.fromkeys(sorted(models), limits)},
            "usage": {"models": {model: {"dailyGenerations": today[model]} for model in sorted(models)}},
        })  # fmt: skip

    async def _output(self, request: web.Request) -> web.StreamResponse:
        """Serve a video by its link, which needs no key and ends after a day."""
        task, until = request.match_info["id"], request.query.get("expires", "")
        render = self.world.find(task)
        signed = hmac.compare_digest(request.query.get("_jwt", ""), self._sign(f"{task}:{until}"))
        if not signed or render is None or float(until) < self.world.now():
            return _storage_error(403, "AccessDenied", "Access denied")
        return await self.video(request, render)

    def _task(self, request: web.Request) -> Render:
        render = self.world.find(request.match_info["id"])
        if render is None:
            raise RefusedError(404, "", "A task with this ID could not be found.")
        return render

    def _throttled(self, render: Render) -> bool:
        """Whether as many earlier tasks of its model run as may; then its own time has not begun."""
        if render.data.get("begun"):
            return False
        earlier = [each for each in self.world.accepted() if each.number < render.number and each.model == render.model]
        busy = sum(self.world.standing(each).state in {"queued", "running"} for each in earlier)
        render.data["begun"] = busy < self.concurrent
        return not render.data["begun"]

    def _spent(self) -> int:
        """Return what was charged: at once, and given back when a task fails by no fault of its input."""
        return sum(each.data["credits"] for each in self.world.accepted() if not self._refunded(each))

    def _refunded(self, render: Render) -> bool:
        error = self.world.standing(render).error
        return render.data.get("refunded", False) or (bool(error) and not charged_for(error))

    def _today(self) -> Counter[str]:
        since = self.world.now() - 24 * 3600
        return Counter(each.model for each in self.world.accepted() if each.data.get("created", 0) > since)

    def _link(self, render: Render) -> str:
        until = f"{self.world.now() + LINK_LIFE:.0f}"
        return f"{self.url}/outputs/{render.id}.mp4?expires={until}&_jwt={quote(self._sign(f'{render.id}:{until}'))}"

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _check_version(request: web.Request) -> None:
        if request.headers.get("X-Runway-Version") != VERSION:
            raise RefusedError(400, "", f"The X-Runway-Version header must be set to a known version: {VERSION}.")


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except json.JSONDecodeError:
        raise RefusedError(400, "", "The body is not valid JSON.") from None


def _invalid(found: list[Issue]) -> RefusedError:
    return RefusedError(400, "", "Validation of body failed", issues=found)


def _storage_error(status: int, code: str, message: str) -> web.Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return web.Response(status=status, text=body, content_type="application/xml")


RUNWAY: Final = Booth(
    name="runway",
    title="Runway",
    make=RunwayEmulator,
    settings={"RUNWAYML_BASE_URL": "{url}", "RUNWAYML_API_SECRET": "{key}"},
    note="runwayml reads these settings too.",
    try_model="runway/gen4.5",
)
"""Runway's place in the sandbox."""
