"""What both of Google's hosts share: Veo's predictions, Omni's interactions, and the words for faults."""

import asyncio
import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from aiohttp import web

from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.google import errors, omni, veo
from video_gen.testing.emulators.world import Render, World


class GoogleEmulator(Emulator):
    """A host of Google's. A subclass says where operations and videos are, and whose keys it takes."""

    surface: ClassVar[veo.Surface]

    def __init__(
        self, world: World | None = None, *, keys: Iterable[str] = (KEY,), retired: Iterable[str] = ()
    ) -> None:
        """Remember in `world`; accept `keys`; say of the `retired` models that they are no longer available."""
        super().__init__(world, keys=keys)
        self.retired = frozenset(retired)

    def interaction_routes(self, place: str) -> list[Route]:
        """Return the Interactions API below `place`."""
        one = f"{place}/interactions/{{id}}"
        return [
            Route("POST", f"{place}/interactions", self.create, "submit"),
            Route("GET", one, self.get, "poll"),
            Route("POST", f"{one}/cancel", self.cancel, "cancel"),
            Route("DELETE", one, self.delete, "other"),
        ]

    def begun(self, render: Render) -> None:
        """Do what this host does when it has accepted a job."""

    def account(self, request: web.Request) -> str | None:
        """Return the key or token of a request."""
        key = request.headers.get("x-goog-api-key") or request.query.get("key")
        return key or super().account(request)

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as Google writes it."""
        return errors.body_of(refused)

    def refuse(self, refused: RefusedError) -> web.Response:
        """Answer with an error; how long to wait is said in its details, not in a header."""
        return web.json_response(self.error_body(refused), status=refused.status)

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Google words a fault."""
        if fault.name == "unauthorized":
            return errors.no_key() if self.surface == "gemini" else errors.no_token()
        return errors.of_fault(fault)

    # --- predictions -----------------------------------------------------------------------------------------------

    async def predict(self, request: web.Request, where: str) -> web.Response:
        """Start a prediction; `where` is the model's full name."""
        model = request.match_info["model"]
        takes = veo.known(model, self.surface, self.retired, where)
        body = await _json(request)
        film, count = veo.read(body, takes, self.surface)
        self.check_prediction(body)
        render = self.accept(request, self.operation_id(), model, film, body)
        others = [replace(film, seed=(film.seed or 0) + number) for number in range(1, count)]
        render.data |= {
            "name": f"{where}/operations/{render.id}",
            "takes": [render.take, *map(self.world.studio.shoot, others)],
        }
        self.begun(render)
        return web.json_response({"name": render.data["name"]})

    def operation_id(self) -> str:
        """Return a new operation's id."""
        return str(uuid.uuid4())

    def check_prediction(self, body: Any) -> None:
        """Refuse what only this host can judge."""

    def operation(self, name: str) -> Render:
        """Return the operation of a full name."""
        render = self.world.find(name.rpartition("/")[2])
        if render is None or render.data.get("name") != name:
            raise errors.rpc("NOT_FOUND", f"Operation {name} not found.")
        return render

    # --- interactions ----------------------------------------------------------------------------------------------

    async def create(self, request: web.Request) -> web.Response:
        """Create an interaction; without `background` the answer waits for its end."""
        body = await _json(request)
        asked = omni.read(body, self.surface, self.retired)
        before = body.get("previous_interaction_id")
        if before is not None:
            self._interaction(before)
        self.check_sources(asked)
        model = body["model"].removeprefix("models/")
        render = self.accept(request, f"v1_{secrets.token_urlsafe(24)}", model, asked.film, body)
        render.data["asked"] = asked
        self.begun(render)
        if not body.get("background"):
            await self._end_of(render)
        made = self._shown(render)
        if body.get("store") is False:
            render.deleted = True
        return web.json_response(made)

    async def get(self, request: web.Request) -> web.Response:
        """Retrieve an interaction."""
        if request.query.get("stream") == "true":
            raise errors.worded("invalid_request", "Streaming is not supported for video output.")
        return web.json_response(self._shown(self._interaction(request.match_info["id"])))

    async def cancel(self, request: web.Request) -> web.Response:
        """Stop an interaction that runs in the background."""
        render = self._interaction(request.match_info["id"])
        if not render.request.get("background") or not self.world.cancel(render):
            raise errors.worded("invalid_request", "Only background interactions that are still running are cancelled.")
        return web.json_response(self._shown(render))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete an interaction."""
        self._interaction(request.match_info["id"]).deleted = True
        return web.json_response({})

    def check_sources(self, asked: omni.Asked) -> None:
        """Refuse URIs that this host cannot read."""

    def content(self, render: Render) -> dict[str, Any]:
        """Return the part of an output that says where its video is."""
        return {"type": "video", "mime_type": "video/mp4", "data": veo.inline(render.take.path)}

    async def _end_of(self, render: Render) -> None:
        while self.world.standing(render).state in {"queued", "running"}:  # noqa: ASYNC110 (a clock decides, not an event)
            await asyncio.sleep(0.02)

    def _interaction(self, name: Any) -> Render:
        render = self.world.find(name) if isinstance(name, str) else None
        if render is None or "asked" not in render.data:
            raise errors.worded("invalid_request", f"Invalid interaction name: {name}")
        return render

    def _shown(self, render: Render) -> dict[str, Any]:
        return omni.shown(render, self.world, self.content)


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except json.JSONDecodeError:
        raise errors.invalid("Invalid JSON payload received. Unexpected end of string.") from None
