"""The calls: a task is made, asked for by either of its names, and listed, each by its kind; no call stops one."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, Final

from aiohttp import web

from video_gen.testing.emulators.emulator import KEY, Emulator, Handler, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.kling import token
from video_gen.testing.emulators.kling.forms import Wanted, invalid, read
from video_gen.testing.emulators.kling.models import KINDS, Kind
from video_gen.testing.emulators.kling.notices import Notices
from video_gen.testing.emulators.world import Render, World

ACCESS_KEY: Final = "emulated-access-key"
"""The access key; each key the emulator accepts is its secret."""
LINK_LIFE: Final = 30 * 24 * 3600.0
"""Seconds for which a result's link holds."""
_PACK: Final = 100_000.0
_FILTERED: Final = "Failure to pass the risk control system"


class KlingEmulator(Emulator):
    """Kling AI."""

    name: ClassVar[str] = "kling"

    def __init__(
        self,
        world: World | None = None,
        *,
        keys: Iterable[str] = (KEY,),
        concurrent: int | None = None,
        link_life: float = LINK_LIFE,
    ) -> None:
        """Remember in `world`; accept `keys`.

        Args:
            world: The provider's memory.
            keys: Secrets of `ACCESS_KEY`.
            concurrent: Tasks of an account that the resource pack allows at once.
            link_life: Seconds for which a result's link holds.
        """
        super().__init__(world, keys=keys)
        self.concurrent = concurrent
        self.link_life = link_life
        self._secret = secrets.token_bytes(32)
        self._notices = Notices(self._view)

    def application(self) -> web.Application:
        """Return the provider as an application."""
        app = super().application()

        async def stop(_app: web.Application) -> None:
            self._notices.stop()

        app.on_shutdown.append(stop)
        return app

    def routes(self) -> list[Route]:
        """Return the wire's endpoints; each judges the token itself, to say what is wrong with it."""
        found = [
            Route("GET", "/account/costs", self._proven(self.costs), "other", public=True),
            Route("GET", "/cdn/{name}", self.download, "download", public=True),
        ]
        for kind in KINDS:
            path = f"/v1/videos/{kind}"
            found += [
                Route("POST", path, self._proven(partial(self.make, kind)), "submit", public=True),
                Route("GET", path, self._proven(partial(self.listed, kind)), "other", public=True),
                Route("GET", path + "/{task}", self._proven(partial(self.get, kind)), "poll", public=True),
            ]
        return found

    def account(self, request: web.Request) -> str | None:
        """Return whom the token says it is from."""
        return token.issuer_of(request.headers.get("Authorization", ""))

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error in Kling's envelope."""
        return {"code": int(refused.code), "message": refused.message, "request_id": str(uuid.uuid4())}

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Kling words a fault."""
        status, code, message = _WORDS[fault.name]
        return RefusedError(status, code, message)

    async def make(self, kind: Kind, request: web.Request) -> web.Response:
        """Make a task."""
        try:
            body = await request.json()
        except ValueError:
            raise RefusedError(400, "1200", "Failed to resolve the request body") from None
        wanted = read(kind, body)
        name = body.get("external_task_id") or ""
        if name and self._find(request, kind, name) is not None:
            raise invalid(f"external_task_id {name} already exists")
        self._check_pack(request)
        render = self._accept(request, kind, wanted, body, name)
        self._notices.watch(render)
        return _reply(self._created(render))

    async def get(self, kind: Kind, request: web.Request) -> web.Response:
        """Show a task by its id or by its caller's name for it."""
        render = self._find(request, kind, request.match_info["task"])
        if render is None:
            raise RefusedError(404, "1203", "The requested task does not exist")
        return _reply(self._view(render))

    async def listed(self, kind: Kind, request: web.Request) -> web.Response:
        """Show tasks of a kind, newest first."""
        page, size = _number(request, "pageNum", 1, 1000), _number(request, "pageSize", 30, 500)
        mine = [each for each in self._tasks_of(request) if each.data["kind"] == kind][::-1]
        return _reply([self._view(render) for render in mine[(page - 1) * size : page * size]])

    async def costs(self, request: web.Request) -> web.Response:
        """Show the resource pack and what is left of it."""
        for name in ("start_time", "end_time"):
            if not request.query.get(name, "").isdigit():
                raise invalid(f"{name} is required")
        spent = sum(float(self._view(each).get("final_unit_deduction", 0)) for each in self._tasks_of(request))
        pack = {
            "resource_pack_name": "Video Generation - emulated",
            "resource_pack_id": "emulated",
            "resource_pack_type": "decreasing_total",
            "total_quantity": _PACK,
            "remaining_quantity": round(_PACK - spent, 2),
            "purchase_time": 0,
            "effective_time": 0,
            "invalid_time": _millis(self.world.now() + 86_400),
            "status": "online",
        }
        return _reply({"code": 0, "msg": "SUCCEED", "resource_pack_subscribe_infos": [pack]})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a result by its signed link."""
        task, until = request.match_info["name"].removesuffix(".mp4"), request.query.get("x-expires", "")
        render = self.world.find(task)
        proven = hmac.compare_digest(request.query.get("x-signature", ""), self._sign(f"{task}:{until}"))
        if render is None or not proven or float(until) < self.world.now():
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>", content_type="text/xml")
        return await self.video(request, render)

    def _proven(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            header = request.headers.get("Authorization", "")
            token.judge(header, access_key=ACCESS_KEY, secrets=self.keys, now=self.world.now())
            return await handler(request)

        return handle

    def _accept(self, request: web.Request, kind: Kind, wanted: Wanted, body: Any, name: str) -> Render:
        task = str(860_000_000_000_000_000 + secrets.randbelow(10**16))
        callback = body.get("callback_url") or ""
        render = self.accept(request, task, wanted.model, wanted.film, body, key=name, callback=callback)
        render.data |= {"kind": kind, "units": wanted.units, "ended": None}
        return render

    def _tasks_of(self, request: web.Request) -> list[Render]:
        return [each for each in self.world.accepted() if each.account == self.account(request)]

    def _find(self, request: web.Request, kind: Kind, name: str) -> Render | None:
        mine = (each for each in self._tasks_of(request) if each.data["kind"] == kind)
        return next((each for each in mine if name in {each.id, each.key}), None)

    def _check_pack(self, request: web.Request) -> None:
        busy = [
            each for each in self._tasks_of(request) if self._view(each)["task_status"] not in {"succeed", "failed"}
        ]
        if self.concurrent is not None and len(busy) >= self.concurrent:
            raise RefusedError(429, "1303", "parallel task over resource pack limit")

    def _created(self, render: Render) -> dict[str, Any]:
        """Return a task as the answer to its making shows it."""
        at = _millis(render.accepted_at)
        return {
            "task_id": render.id,
            "task_status": "submitted",
            "task_info": {"external_task_id": render.key} if render.key else {},
            "created_at": at,
            "updated_at": at,
        }

    def _view(self, render: Render) -> dict[str, Any]:
        """Return a task as Kling shows it."""
        standing = self.world.standing(render)
        seen = {**self._created(render), "task_status": _STATES[standing.state], "task_status_msg": ""}
        if standing.state in {"succeeded", "failed"}:
            render.data["ended"] = render.data["ended"] or self.world.now()
            seen["updated_at"] = _millis(render.data["ended"])
        if standing.state == "failed":
            seen["task_status_msg"] = "Internal error" if standing.error == "broken" else _FILTERED
        if standing.state == "succeeded":
            seen["task_result"] = {"videos": self._videos(render)}
            seen["final_unit_deduction"] = f"{render.data['units']:g}"
        return seen

    def _videos(self, render: Render) -> list[dict[str, str]]:
        if "no_video" in render.faults:
            return []
        until = f"{self.world.now() + self.link_life:.0f}"
        query = f"x-expires={until}&x-signature={self._sign(f'{render.id}:{until}')}"
        video = str(uuid.uuid5(uuid.NAMESPACE_URL, render.id))
        url = f"{self.url}/cdn/{render.id}.mp4?{query}"
        return [{"id": video, "url": url, "duration": f"{render.film.seconds + 0.1:g}"}]

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def _reply(data: Any) -> web.Response:
    return web.json_response({"code": 0, "message": "SUCCEED", "request_id": str(uuid.uuid4()), "data": data})


def _millis(seconds: float) -> int:
    return round(seconds * 1000)


def _number(request: web.Request, name: str, usual: int, most: int) -> int:
    text = request.query.get(name, str(usual))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"{name} value '{text}' is invalid, it must be between 1 and {most}")
    return int(text)


_STATES: Final = {"queued": "submitted", "running": "processing", "succeeded": "succeed", "failed": "failed"}
_WORDS: Final = {
    "rate_limited": (429, "1302", "Too many requests"),
    "unavailable": (503, "5001", "The server is temporarily unavailable"),
    "error_before": (500, "5000", "Server internal error"),
    "unauthorized": (401, "1002", "Authorization is invalid"),
    "no_credit": (429, "1102", "Account balance not enough"),
    "refused": (400, "1301", "Failure to pass the risk control system"),
}
