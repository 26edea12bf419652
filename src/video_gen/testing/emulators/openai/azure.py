"""Azure: its Sora 2, which speaks OpenAI's wire, and its first Sora, whose jobs are an API of their own.

Jobs: azure-rest-api-specs, azure-v1-preview-generated.yaml @0723d852. Sora 2: azure-ai-docs, video-generation.md.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.emulator import KEY, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.openai.asked import SMALL, Asked, Upload, check_picture, invalid, only, prompt_of, read
from video_gen.testing.emulators.openai.dialect import DAY, Dialect, film_of
from video_gen.testing.emulators.openai.emulator import OpenAIEmulator
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing, World

V1: Final = "/openai/v1"
JOBS: Final = f"{V1}/video/generations/jobs"
GENERATION: Final = f"{V1}/video/generations/{{id}}"
SIZES: Final = frozenset(
    {(480, 480), (854, 480), (480, 854), (720, 720), (1280, 720), (720, 1280), (1080, 1080), (1920, 1080), (1080, 1920)}
)
LONGEST: Final = 20
FRAMES: Final = ("queued", "preprocessing", "running", "processing")
_FIELDS: Final = ("model", "prompt", "width", "height", "n_seconds", "n_variants", "inpaint_items", "files")
_REASONS: Final = {"policy": "output_moderation", "audio_filtered": "output_moderation", "broken": "internal_error"}
_FAULTS: Final = {
    "unauthorized": ("401", "Access denied due to invalid subscription key or wrong API endpoint."),
    "rate_limited": ("429", "Requests to the video generation API have exceeded the rate limit of your tier."),
    "refused": ("contentFilter", "Your request was blocked by the content management policy."),
}


class Azure(Dialect):
    """Sora 2: models are deployments, and a finished video is only remixed."""

    name: ClassVar[str] = "azure"
    videos: ClassVar[str] = f"{V1}/videos"
    deployments: ClassVar[tuple[str, ...]] = ("sora-2",)

    def film(self, asked: Asked, files: Mapping[str, Upload]) -> tuple[str, Film]:
        """Take a deployment for the model; its sizes are Sora 2's."""
        model = asked.text("model")
        if model not in self.deployments:
            raise missing(model or "")
        _, film = super().film(Asked({**asked.fields, "model": "sora-2"}, asked.uploads, asked.is_form), files)
        if f"{film.width}x{film.height}" not in SMALL or film.seconds > 12:
            raise invalid("size", "The size and length are not supported.")
        return str(model), film

    def fault(self, fault: Fault) -> RefusedError:
        """Word some faults as Azure's gateway does."""
        refused = super().fault(fault)
        code, message = _FAULTS.get(fault.name, (refused.code, refused.message))
        return RefusedError(refused.status, code, message, **refused.more)


def missing(deployment: str) -> RefusedError:
    """Return the refusal of a deployment that is not there."""
    message = f"The API deployment '{deployment}' for this resource does not exist."
    return RefusedError(404, "DeploymentNotFound", message)


class AzureEmulator(OpenAIEmulator):
    """One resource, with a deployment of each Sora."""

    name = "azure"

    def __init__(self, world: World | None = None, *, keys: tuple[str, ...] = (KEY,)) -> None:
        super().__init__(world, keys=keys, dialect=Azure())

    def routes(self) -> list[Route]:
        """Return the endpoints of both; nothing is edited or extended here."""
        unknown = ("/edits", "/extensions")
        return [
            *(route for route in super().routes() if not route.path.endswith(unknown)),
            Route("POST", JOBS, self.create_job, "submit"),
            Route("GET", JOBS, self.list_jobs, "find"),
            Route("GET", f"{JOBS}/{{id}}", self.job, "poll"),
            Route("DELETE", f"{JOBS}/{{id}}", self.delete_job, "cancel"),
            Route("GET", GENERATION, self.generation, "poll"),
            Route("GET", f"{GENERATION}/content/video", self.generation_video, "download"),
        ]

    def account(self, request: web.Request) -> str | None:
        """Its own header, or a bearer token."""
        return request.headers.get("api-key") or super().account(request)

    async def create_job(self, request: web.Request) -> web.Response:
        """Accept a job."""
        _check_version(request)
        asked = await read(request)
        only(asked, _FIELDS)
        if asked.text("model") != "sora":
            raise missing(asked.text("model") or "")
        width, height = _number(asked, "width"), _number(asked, "height")
        if (width, height) not in SIZES:
            raise invalid("width", f"The dimensions {width}x{height} are not supported.", "BadRequest")
        seconds, variants = _number(asked, "n_seconds", 5), _number(asked, "n_variants", 1)
        most = {1080: 1, 720: 2}.get(min(width, height), 4)
        if not 1 <= seconds <= LONGEST or not 1 <= variants <= most:
            raise invalid("n_seconds", f"n_seconds must be 1 to {LONGEST}, n_variants 1 to {most}.", "BadRequest")
        _check_items(asked)
        spoken = film_of(prompt_of(asked), str(seconds), f"{width}x{height}")
        film = Film(prompt=spoken.prompt, seconds=seconds, width=width, height=height)
        render = self.accept(request, f"task_{uuid4().hex[:26]}", "sora", film, asked.shown)
        render.data |= {"generations": [f"gen_{uuid4().hex[:26]}" for _ in range(variants)]}
        return web.json_response(self._job(render, self._standing(render)), status=201)

    async def list_jobs(self, request: web.Request) -> web.Response:
        """List jobs, newest first."""
        _check_version(request)
        mine = [each for each in reversed(self.world.accepted()) if not each.deleted and "generations" in each.data]
        if after := request.query.get("after"):
            ids = [each.id for each in mine]
            mine = mine[ids.index(after) + 1 :] if after in ids else []
        limit = int(request.query.get("limit", "10"))
        data = [self._job(each, self._standing(each)) for each in mine[:limit]]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        return web.json_response({"object": "list", "data": data, "has_more": len(mine) > limit, **ends})

    async def job(self, request: web.Request) -> web.Response:
        """Say how a job stands."""
        _check_version(request)
        render = self._known(request)
        return web.json_response(self._job(render, self._standing(render)))

    async def delete_job(self, request: web.Request) -> web.Response:
        """Delete a job that has ended."""
        _check_version(request)
        render = self._known(request)
        if self._standing(render).state in {"queued", "running"}:
            raise invalid(None, "The job is still running.", "BadRequest")
        render.deleted = True
        return web.Response(status=204)

    async def generation(self, request: web.Request) -> web.Response:
        """Say what one of a job's videos is."""
        render, name = self._made(request)
        return web.json_response(_generation(render, name))

    async def generation_video(self, request: web.Request) -> web.StreamResponse:
        """Answer with one of a job's videos."""
        render, _ = self._made(request)
        if request.query.get("quality", "high") not in {"high", "low"}:
            raise invalid("quality", "quality must be high or low.", "BadRequest")
        return await self.video(request, render)

    def _made(self, request: web.Request) -> tuple[Render, str]:
        _check_version(request)
        name = request.match_info["id"]
        for render in self.world.accepted():
            done = self._standing(render).state == "succeeded" and not render.deleted
            if done and name in render.data.get("generations", ()):
                return render, name
        raise RefusedError(404, "NotFound", f"The generation '{name}' does not exist.")

    def _job(self, render: Render, standing: Standing) -> dict[str, Any]:
        film, made = render.film, standing.state == "succeeded" and "no_video" not in render.faults
        ended = render.data.get("ended_at")
        body = {
            "object": "video.generation.job",
            "id": render.id,
            "status": _state(standing),
            "created_at": int(render.accepted_at),
            "finished_at": ended,
            "expires_at": ended + DAY if ended else None,
            "generations": [_generation(render, name) for name in render.data["generations"]] if made else [],
            "prompt": film.prompt,
            "model": render.model,
            "n_variants": len(render.data["generations"]),
            "n_seconds": int(film.seconds),
            "height": film.height,
            "width": film.width,
        }
        return body | ({"failure_reason": _REASONS[standing.error]} if standing.error else {})


def _state(standing: Standing) -> str:
    """A running job goes through three states of its own."""
    return FRAMES[min(3, 1 + int(standing.progress * 3))] if standing.state == "running" else standing.state


def _generation(render: Render, name: str) -> dict[str, Any]:
    film = render.film
    facts = {"width": film.width, "height": film.height, "n_seconds": int(film.seconds), "prompt": film.prompt}
    return {
        "object": "video.generation",
        "id": name,
        "job_id": render.id,
        "created_at": int(render.accepted_at),
    } | facts


def _check_version(request: web.Request) -> None:
    if request.query.get("api-version") != "preview":
        raise RefusedError(404, "404", "Resource not found")


def _number(asked: Asked, name: str, default: int | None = None) -> int:
    text = asked.text(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isdigit():
        raise invalid(name, f"'{name}' is required and must be an integer.", "BadRequest")
    return int(text)


def _check_items(asked: Asked) -> None:
    """Each item of a form names a file of it, and is of its kind."""
    files = {upload.filename: upload for upload in asked.uploads.get("files", ())}
    try:
        items = json.loads(asked.text("inpaint_items") or "[]")
    except ValueError:
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid("inpaint_items", "inpaint_items must be a JSON array.", "BadRequest")
    for item in items:
        file = files.pop(str(item.get("file_name")), None)
        if file is None:
            raise invalid("inpaint_items", f"No file named '{item.get('file_name')}' was uploaded.", "BadRequest")
        if item.get("type") == "image":
            check_picture(file, None)
        elif item.get("type") != "video" or not file.media_type.startswith("video/"):
            raise invalid("inpaint_items", "The file is not of the type of its item.", "BadRequest")
    if files:
        raise invalid("files", f"The file '{next(iter(files))}' belongs to no inpaint item.", "BadRequest")
