"""The calls, as Venice's API description 20260821.193530 and its guides have them.

Nothing is listed, cancelled or told by a webhook, and two equal submits are two jobs. A job that failed is told by an
error of the retrieve call.
"""

import asyncio
import base64
import secrets
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from video_gen.media.frames import first_frame
from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.downloads import send_video
from video_gen.testing.emulators.emulator import Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.studio import Film, Take
from video_gen.testing.emulators.venice.form import check_queue, check_quote, film, invalid, model_of, price
from video_gen.testing.emulators.venice.models import ALIASES, IMAGE_MODELS, TYPES, is_private, listed
from video_gen.testing.emulators.world import Render, Standing

API: Final = "/api/v1"
_BODY_MAX: Final = 35 << 20
_LINK_S: Final = 24 * 3600.0
_WINDOW: Final = 1.0
"""Seconds until the rate limit's next window."""
_PER_MINUTE: Final = 40
_RETRIEVE: Final = frozenset({"model", "queue_id", "delete_media_on_completion"})
_NOT_FOUND: Final = "MEDIA_NOT_FOUND"
_WORDS: Final = {
    "rate_limited": (429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded"),
    "unavailable": (503, "MODEL_AT_CAPACITY", "The model is at capacity. Please try again later."),
    "error_before": (500, "UNKNOWN_ERROR", "An unknown error occurred"),
    "unauthorized": (401, "AUTHENTICATION_FAILED", "Authentication failed"),
    "no_credit": (
        402,
        "INSUFFICIENT_BALANCE",
        "Insufficient USD or Diem balance to complete request. Visit https://venice.ai/settings/api to add credits.",
    ),
    "refused": (
        422,
        "CONTENT_POLICY_VIOLATION",
        "Your prompt violates the content policy of Venice.ai or the model provider",
    ),
}


class VeniceEmulator(Emulator):
    """Venice."""

    name = "venice"

    def routes(self) -> list[Route]:
        """Return the wire's endpoints."""
        return [
            Route("POST", f"{API}/video/queue", self.queue, "submit"),
            Route("POST", f"{API}/video/retrieve", self.retrieve, "poll"),
            Route("POST", f"{API}/video/quote", self.quote),
            Route("POST", f"{API}/video/complete", self.complete),
            Route("GET", f"{API}/models", self.models, public=True),
            Route("POST", f"{API}/images/generations", self.images),
            Route("GET", "/v1/share/read/{token}", self.share, "download", public=True),
            Route("DELETE", "/v1/share/read/{token}", self.revoke, public=True),
        ]

    def error_body(self, refused: RefusedError) -> Any:
        """Return `{"error": words}`, with what else the case has."""
        if "body" in refused.more:
            return refused.more["body"]
        more = {name: refused.more[name] for name in ("details", "issues") if name in refused.more}
        code = {"code": refused.code} if refused.code == "PAYLOAD_TOO_LARGE" else {}
        return {**code, "error": refused.message, **more}

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return the fault in the words of Venice's error table."""
        return RefusedError(*_WORDS[fault.name])

    def refuse(self, refused: RefusedError) -> web.Response:
        """Say when a limit ends, in the headers that Venice has for it."""
        response = super().refuse(refused)
        if refused.status == 429:
            reset = self.world.now() + float(refused.more.get("retry_after", _WINDOW))
            response.headers["x-ratelimit-limit-requests"] = str(_PER_MINUTE)
            response.headers["x-ratelimit-remaining-requests"] = "0"
            response.headers["x-ratelimit-reset-requests"] = str(round(reset * 1000))
        return response

    async def queue(self, request: web.Request) -> web.Response:
        """Accept a job."""
        body = await _json(request)
        card = model_of(body)
        check_queue(card, body)
        render = self.accept(request, str(uuid.uuid4()), card.wire, film(body, card), body)
        answer = {"model": card.wire, "queue_id": render.id}
        if is_private(card):
            render.data["token"] = secrets.token_urlsafe(24)
            answer["download_url"] = f"{self.url}/v1/share/read/{render.data['token']}"
        return web.json_response(answer)

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        """Say how a job stands, or answer with its video."""
        body = await _json(request)
        unknown = sorted(body.keys() - _RETRIEVE)
        if unknown:
            raise invalid(*((name, "Unrecognized key") for name in unknown))
        render = self._known(request, body)
        standing = self.world.standing(render)
        match standing.state:
            case "succeeded":
                return await self._finished(request, render, standing, delete=body.get("delete_media_on_completion"))
            case "failed":
                raise _failure(standing)
            case _:
                return web.json_response(self._status("PROCESSING", standing))

    async def _finished(
        self, request: web.Request, render: Render, standing: Standing, *, delete: Any
    ) -> web.StreamResponse:
        if "token" in render.data or "no_video" in render.faults:
            return web.json_response(self._status("COMPLETED", standing))
        fault = self.faults.take("download")
        if delete is True and fault is None:
            render.deleted = True
        return await send_video(request, render.take.path, fault, self.trap)

    async def quote(self, request: web.Request) -> web.Response:
        """Price a job in dollars."""
        body = await _json(request)
        card = model_of(body)
        check_quote(card, body)
        return web.json_response({"quote": price(card, body)})

    async def complete(self, request: web.Request) -> web.Response:
        """Delete a job's media."""
        body = await _json(request)
        try:
            render = self._known(request, body)
        except RefusedError as refused:
            if refused.code != _NOT_FOUND:
                raise
            raise RefusedError(400, "REQUEST_ID_NOT_FOUND", "Request ID is invalid.") from None
        render.deleted = True
        return web.json_response({"success": True})

    async def models(self, request: web.Request) -> web.Response:
        """List the models of a type; without one, those for text."""
        kind = request.query.get("type", "text")
        if kind not in TYPES:
            raise invalid(("type", f"Invalid enum value. Expected {sorted(TYPES)}, received '{kind}'"))
        return web.json_response({"object": "list", "type": kind, "data": listed(kind)})

    async def images(self, request: web.Request) -> web.Response:
        """Make pictures, in OpenAI's form; a URL is a `data:` URL."""
        body = await _json(request)
        model, prompt = body.get("model", "default"), body.get("prompt")
        if model != "default" and ALIASES.get(model, model) not in IMAGE_MODELS:
            raise RefusedError(404, "MODEL_NOT_FOUND", f"Specified model not found: {model}")
        if not isinstance(prompt, str) or not 1 <= len(prompt) <= 1500:
            raise invalid(("prompt", "Expected string of 1 to 1500 characters"))
        size = [int(side) for side in str(body.get("size", "1024x1024")).split("x")]
        take = self.world.studio.shoot(Film(prompt=prompt, seconds=1, width=size[0], height=size[1]))
        data = base64.b64encode(await asyncio.to_thread(_still, take)).decode()
        as_url = body.get("response_format") == "url"
        picture = {"url": f"data:image/png;base64,{data}"} if as_url else {"b64_json": data}
        return web.json_response({"created": round(self.world.now()), "data": [picture]})

    async def share(self, request: web.Request) -> web.StreamResponse:
        """Answer with the video of a private model; who has the address needs no key."""
        render = self._shared(request)
        if self.world.now() - render.accepted_at > _LINK_S or render.data.get("revoked"):
            raise RefusedError(410, "GONE", "This link has expired.")
        if self.world.standing(render).state != "succeeded" or "no_video" in render.faults:
            raise _gone()
        return await self.video(request, render)

    async def revoke(self, request: web.Request) -> web.Response:
        """End an address."""
        self._shared(request).data["revoked"] = True
        return web.Response(status=204)

    def _shared(self, request: web.Request) -> Render:
        token = request.match_info["token"]
        render = next((each for each in self.world.accepted() if each.data.get("token") == token), None)
        if render is None or render.deleted:
            raise _gone()
        return render

    def _known(self, request: web.Request, body: dict[str, Any]) -> Render:
        missing = [name for name in ("model", "queue_id") if not isinstance(body.get(name), str)]
        if missing:
            raise invalid(*((name, "Required") for name in missing))
        render = self.world.find(body["queue_id"])
        if render is None or render.model != body["model"] or render.account != self.account(request):
            raise _gone()
        return render

    def _status(self, status: str, standing: Standing) -> dict[str, Any]:
        usual = round((self.world.queue_s + self.world.render_s) * 1000)
        spent = round(standing.progress * usual)
        return {"status": status, "average_execution_time": usual, "execution_duration": spent}


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise RefusedError(400, "INVALID_REQUEST", "'Content-Type' must be 'application/json'")
    if len(await request.read()) > _BODY_MAX:
        raise RefusedError(413, "PAYLOAD_TOO_LARGE", "Request body exceeds the maximum allowed size.")
    try:
        body = await request.json()
    except ValueError:
        raise RefusedError(400, "INVALID_REQUEST", "Invalid JSON request") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "INVALID_REQUEST", "Invalid JSON request")
    return body


def _gone() -> RefusedError:
    return RefusedError(404, _NOT_FOUND, "Media could not be found. Request may may be invalid, expired, or deleted.")


def _failure(standing: Standing) -> RefusedError:
    if standing.error == "broken":
        return RefusedError(500, "INFERENCE_FAILED", "Inference processing failed")
    said = "The selected model provider rejected this request due to its content policies. Credits have been refunded."
    error = {"message": said, "type": "provider_content_policy", "credits_refunded": True}
    return RefusedError(422, "provider_content_policy", said, body={"error": error})


def _still(take: Take) -> bytes:
    """Wait for a film, and return its first frame. Blocks."""
    while not take.done():
        time.sleep(0.01)
    with tempfile.TemporaryDirectory() as folder:
        return first_frame(take.path, Path(folder) / "still.png").read_bytes()


VENICE: Final = Booth(
    name="venice",
    title="Venice",
    make=VeniceEmulator,
    settings={"VENICE_API_KEY": "{key}", "VENICE_BASE_URL": f"{{url}}{API}"},
    note="venice-sdk reads these settings too.",
    try_model="venice/wan-2.5-preview-text-to-video",
)
