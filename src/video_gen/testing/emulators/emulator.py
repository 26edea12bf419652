"""What every emulator shares: routes with their steps, faults on the way, and the control routes."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, cast

from aiohttp import web

from video_gen.testing.emulators.downloads import send_video
from video_gen.testing.emulators.faults import FAULTS, HEADER, OF_A_JOB, Fault, Faults, Step
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.trap import Trap
from video_gen.testing.emulators.world import Render, Seen, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY: Final = "emulated-key"
"""The key every emulator accepts, unless it was given others."""
MAX_BODY: Final = 256 << 20
_FAULT: Final = web.RequestKey("fault", object)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, and the step of a client's life cycle it is."""

    method: str
    path: str
    handler: Handler
    step: Step = "other"
    public: bool = False
    """Asks for no key."""


class RefusedError(Exception):
    """Raised by a handler to answer with an error in the provider's own shape."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        """Keep what the answer says; `more` is for the provider's own shape."""
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


class Emulator:
    """A provider. A subclass gives `name`, `routes`, `error_body`, and reads keys its own way in `account`."""

    name: ClassVar[str]

    def __init__(self, world: World | None = None, *, keys: Iterable[str] = (KEY,)) -> None:
        """Remember in `world`; accept `keys`."""
        self.world = world or World()
        self.faults = Faults()
        self.trap = Trap()
        self.keys = frozenset(keys)
        self.url = ""
        """Where it is served, set by whoever serves it; without a slash at its end."""
        self._stopping = asyncio.Event()

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        raise AssertionError(f"{type(self).__name__} has no routes")

    def error_body(self, refused: RefusedError) -> Any:
        """Return the JSON body of an error, in the provider's shape."""
        return {"error": {"code": refused.code, "message": refused.message}}

    def account(self, request: web.Request) -> str | None:
        """Return the credential a request carries, None where it carries none."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how this provider words a fault that is an answer."""
        status, code, message = _WORDS[fault.name]
        return RefusedError(status, code, message)

    def application(self) -> web.Application:
        """Return the provider as an application, with its control routes under `/_control`."""
        app = web.Application(client_max_size=MAX_BODY)
        for route in self.routes():
            app.router.add_route(route.method, route.path, self._guarded(route))
        app.router.add_post("/_control/faults", self._control_inject)
        app.router.add_delete("/_control/faults", self._control_clear)
        app.router.add_get("/_control/accepted", self._control_accepted)
        app.on_shutdown.append(self._stop)
        return app

    def accept(self, request: web.Request, render_id: str, model: str, film: Film, body: Any, **more: Any) -> Render:
        """Accept a job in the name of a request, with the faults that request meets."""
        fault = self.fault_of(request)
        faults = frozenset({fault.name} & OF_A_JOB) if fault else frozenset[str]()
        account = self.account(request) or ""
        return self.world.accept(render_id, model, film, body, account=account, faults=faults, **more)

    async def video(self, request: web.Request, render: Render) -> web.StreamResponse:
        """Answer with a job's video."""
        return await send_video(request, render.take.path, self.fault_of(request), self.trap)

    @staticmethod
    def fault_of(request: web.Request) -> Fault | None:
        """Return the fault a request meets."""
        return cast("Fault | None", request.get(_FAULT))

    def refuse(self, refused: RefusedError) -> web.Response:
        """Return an error in the provider's shape."""
        headers = {"Retry-After": f"{refused.more['retry_after']:g}"} if "retry_after" in refused.more else {}
        body = json.dumps(self.error_body(refused))
        return web.Response(status=refused.status, text=body, content_type="application/json", headers=headers)

    def _guarded(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self._meet(request, route)
            request[_FAULT] = fault
            await self._note(request, route)
            try:
                if fault and fault.name in _BEFORE:
                    return await self._strike_before(request, fault)
                self._admit(request, route)
                if fault and fault.name in _ANSWERS:
                    raise self._answer(fault)
                answer = await route.handler(request)
            except RefusedError as refused:
                return self.refuse(refused)
            return await self._strike_after(request, fault, answer) if fault else answer

        return handle

    def _meet(self, request: web.Request, route: Route) -> Fault | None:
        asked = request.headers.get(HEADER)
        if asked is None:
            return self.faults.take(route.step)
        try:
            return Fault.parse(asked)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None

    async def _note(self, request: web.Request, route: Route) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read() if request.can_read_body else b""
        self.world.calls.append(Seen(request.method, request.path, dict(request.query), headers, body, route.step))

    def _admit(self, request: web.Request, route: Route) -> None:
        if not route.public and self.account(request) not in self.keys:
            raise self.fault_error(Fault("unauthorized", route.step))

    def _answer(self, fault: Fault) -> RefusedError:
        refused = self.fault_error(fault)
        if fault.name == "rate_limited" and fault.value is not None:
            refused.more["retry_after"] = fault.value
        return refused

    async def _strike_before(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.name == "hang_before":
            await self._stopping.wait()
        return _cut(request)

    async def _strike_after(self, request: web.Request, fault: Fault, answer: web.StreamResponse) -> web.StreamResponse:
        match fault.name:
            case "latency":
                await asyncio.sleep(fault.value or 1.0)
            case "error_after":
                return self.refuse(self.fault_error(Fault("error_before", fault.step)))
            case "garbage":
                return web.Response(text='{"unexpected": ["nonsense", null]}', content_type="application/json")
            case "cut_after":
                return _cut(request)
            case "hang_after":
                await self._stopping.wait()
                return _cut(request)
        return answer

    async def _stop(self, _app: web.Application) -> None:
        self._stopping.set()

    async def _control_inject(self, request: web.Request) -> web.Response:
        try:
            self.faults.inject(**await request.json())
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"waiting": True})

    async def _control_clear(self, _request: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({"waiting": False})

    async def _control_accepted(self, _request: web.Request) -> web.Response:
        jobs = [{"id": each.id, "model": each.model, "at": each.accepted_at} for each in self.world.accepted()]
        return web.json_response({"accepted": jobs, "calls": len(self.world.calls)})


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


_BEFORE: Final = frozenset({"cut_before", "hang_before"})
_WORDS: Final = {
    "rate_limited": (429, "rate_limit_exceeded", "Too many requests: slow down."),
    "unavailable": (503, "unavailable", "The service is overloaded: try again later."),
    "error_before": (500, "server_error", "The server had an error."),
    "unauthorized": (401, "invalid_api_key", "The key is missing or wrong."),
    "no_credit": (402, "insufficient_credits", "The account has no credit left."),
    "refused": (400, "content_policy_violation", "The prompt was refused by the content policy."),
}
_ANSWERS: Final = frozenset(_WORDS)
assert FAULTS.keys() >= _BEFORE | _ANSWERS | OF_A_JOB, "every fault has a name to ask for it by"
