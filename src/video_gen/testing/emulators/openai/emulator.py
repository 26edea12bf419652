"""The Videos API at work, in any of its dialects: create, retrieve, list, delete, content, remix, edits, extensions.

Paths, states and objects: openai-openapi f85dbe2 (2026-08-21), openai 3.52.0.
"""

import asyncio
import hmac
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web

from video_gen.media.frames import thumbnail
from video_gen.media.sheet import contact_sheet
from video_gen.testing.emulators.emulator import KEY, Emulator, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.openai.asked import SECONDS, Upload, invalid, one_of, only, prompt_of, read
from video_gen.testing.emulators.openai.dialect import DAY, Dialect, film_of
from video_gen.testing.emulators.openai.images import ImageRoutes
from video_gen.testing.emulators.openai.notices import Notices
from video_gen.testing.emulators.openai.relays import DIALECTS
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing, World

ASK_AFTER: Final = "openai-poll-after-ms"
LONGEST: Final = 120
"""Seconds a video may be extended to."""
_SIGNING: Final = b"emulated-signing-secret"


class OpenAIEmulator(Emulator):
    """OpenAI, or with another `dialect` a relay or a local server that speaks its wire."""

    name = "openai"

    def __init__(
        self,
        world: World | None = None,
        *,
        keys: tuple[str, ...] = (KEY,),
        dialect: str | Dialect = "openai",
        webhook: tuple[str, str] | None = None,
    ) -> None:
        """Speak a dialect; with `webhook`, tell that URL of every ended job, signed with that secret."""
        super().__init__(world, keys=keys)
        self.dialect = DIALECTS[dialect]() if isinstance(dialect, str) else dialect
        self.files: dict[str, Upload] = {}
        self.link_s = float(DAY)
        """Seconds a link to a video lives."""
        self.ask_after_ms = 50
        """What it asks clients to wait between questions."""
        self._images = ImageRoutes(self)
        self._notices = Notices(self.world, *webhook) if webhook else None

    def routes(self) -> list[Route]:
        """Return the endpoints of the dialect."""
        speaks, videos = self.dialect, self.dialect.videos
        found = [
            Route("POST", videos, self.create, "submit"),
            Route("GET", f"{videos}/{{id}}", self.retrieve, "poll"),
            Route("GET", "/links/{id}", self.linked, "download", public=True),
            *self._images.routes(),
        ]
        if speaks.lists:
            found.insert(0, Route("GET", videos, self.list_videos, "find"))
        if speaks.content != "none":
            found.append(Route("GET", f"{videos}/{{id}}/content", self.content, "download"))
        if speaks.deletes:
            found.append(Route("DELETE", f"{videos}/{{id}}", self.delete, "cancel"))
        if speaks.changes:
            found += [
                Route("POST", f"{videos}/edits", self.edit, "submit"),
                Route("POST", f"{videos}/extensions", self.extend, "submit"),
                Route("POST", f"{videos}/{{id}}/remix", self.remix, "submit"),
                Route("POST", videos.removesuffix("videos") + "files", self.file, "upload"),
            ]
        return found

    def application(self) -> web.Application:
        """Return the emulator, which numbers its answers as OpenAI does."""
        app = super().application()
        app.on_response_prepare.append(_number)
        return app

    def error_body(self, refused: RefusedError) -> Any:
        """Return an error as the dialect has it."""
        return self.dialect.error_body(refused)

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return a fault in the dialect's words."""
        return self.dialect.fault(fault)

    async def create(self, request: web.Request) -> web.Response:
        """Accept a new video."""
        asked = await read(request)
        self.dialect.read_encoding(asked)
        model, film = self.dialect.film(asked, self.files)
        return self._accepted(request, model, film, asked.shown)

    async def remix(self, request: web.Request) -> web.Response:
        """Accept another version of a finished video."""
        source = self._finished(request.match_info["id"], "video_id")
        asked = await read(request)
        only(asked, ("prompt",))
        return self._accepted(request, source.model, _like(source, prompt_of(asked)), asked.shown, source)

    async def edit(self, request: web.Request) -> web.Response:
        """Accept a change of a finished video, or of one that is sent along."""
        asked = await read(request)
        only(asked, ("prompt", "video", "model"))
        prompt, source = prompt_of(asked), self._source(asked.fields.get("video"))
        if source is None:
            _check_video(asked.upload("video"))
            return self._accepted(
                request, asked.text("model") or "sora-2", film_of(prompt, "4", "1280x720"), asked.shown
            )
        return self._accepted(request, source.model, _like(source, prompt), asked.shown, source)

    async def extend(self, request: web.Request) -> web.Response:
        """Accept a longer version; `seconds` of the answer is the whole."""
        asked = await read(request)
        only(asked, ("prompt", "video", "seconds", "model"))
        prompt, source = prompt_of(asked), self._source(asked.fields.get("video"))
        if asked.text("seconds") is None:
            raise invalid("seconds", "Missing required parameter: 'seconds'.", "missing_required_parameter")
        more = float(one_of(asked, "seconds", SECONDS, ""))
        if source is None:
            _check_video(asked.upload("video"))
            film = film_of(prompt, f"{4 + more:g}", "1280x720")
            return self._accepted(request, asked.text("model") or "sora-2", film, asked.shown)
        if source.film.seconds + more > LONGEST:
            raise invalid("seconds", f"A video can be extended to {LONGEST} seconds.")
        film = _like(source, prompt, seconds=source.film.seconds + more)
        return self._accepted(request, source.model, film, asked.shown, source)

    async def file(self, request: web.Request) -> web.Response:
        """Take a file in."""
        asked = await read(request)
        sent = asked.upload("file")
        if sent is None or not asked.text("purpose"):
            raise invalid("file", "Missing required parameter: 'file'.", "missing_required_parameter")
        name = f"file-{uuid4().hex[:24]}"
        self.files[name] = sent
        body = {"id": name, "object": "file", "bytes": len(sent.data), "filename": sent.filename}
        return web.json_response(body | {"purpose": asked.text("purpose"), "created_at": int(self.world.now())})

    async def retrieve(self, request: web.Request) -> web.Response:
        """Say how a job stands."""
        render = self._known(request)
        standing = self._standing(render)
        body = self.dialect.answer(render, standing, self.link)
        headers = {ASK_AFTER: str(self.ask_after_ms)} if standing.state in {"queued", "running"} else {}
        return web.json_response(body, status=self.dialect.status(standing), headers=headers)

    async def list_videos(self, request: web.Request) -> web.Response:
        """List the account's jobs, newest first unless asked otherwise."""
        mine = [each for each in self.world.accepted() if not each.deleted and each.account == self.account(request)]
        if _query(request, "order", ("asc", "desc"), "desc") == "desc":
            mine.reverse()
        after = request.query.get("after")
        if after is not None:
            place = next((index for index, each in enumerate(mine) if each.id == after), None)
            if place is None:
                raise invalid("after", f"No video found with id '{after}'.", status=404)
            mine = mine[place + 1 :]
        limit = _limit(request, self.dialect)
        data = [self.dialect.listed(each, self._standing(each), self.link) for each in mine[:limit]]
        body = {"object": "list", "data": data, "has_more": len(mine) > limit}
        body |= {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        return web.json_response(body)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete what has ended; some dialects stop a running job so, others forget it."""
        render = self._known(request)
        running = self._standing(render).state in {"queued", "running"}
        if running and self.dialect.stops:
            self.world.cancel(render)
        elif running and self.dialect.name == "openai":
            raise invalid(None, "Only completed or failed videos can be deleted.", "invalid_request", 409)
        render.deleted = True
        return web.json_response({"id": render.id, "object": "video.deleted", "deleted": True})

    async def content(self, request: web.Request) -> web.StreamResponse:
        """Answer with the video, a picture of it, or where it is."""
        render = self._finished(request.match_info["id"], "video_id", status=404)
        if "no_video" in render.faults or self.world.now() > render.data["ended_at"] + DAY:
            raise invalid(None, "The video's content is not available.", "not_found", 404)
        link = self.link(render)
        match self.dialect.content:
            case "json":
                return web.json_response({"video_url": link})
            case "redirect":
                return web.Response(status=307, headers={"Location": link})
            case "words":
                raise invalid(None, f"The video was uploaded to cloud storage: {link}", "uploaded")
        variant = request.query.get("variant", "video")
        if variant == "video" or self.dialect.name != "openai":
            return await self.video(request, render)
        _query(request, "variant", ("video", "thumbnail", "spritesheet"), "video")
        kind = "image/webp" if variant == "thumbnail" else "image/jpeg"
        return web.Response(body=await asyncio.to_thread(_variant, render.take.path, variant), content_type=kind)

    async def linked(self, request: web.Request) -> web.StreamResponse:
        """Answer a signed link."""
        name, expires = request.match_info["id"], request.query.get("expires", "")
        render = self.world.find(name)
        if render is None or not hmac.compare_digest(_signature(name, expires), request.query.get("signature", "")):
            return web.Response(status=403, text="SignatureDoesNotMatch")
        if self.world.now() > float(expires):
            return web.Response(status=403, text="Request has expired")
        return await self.video(request, render)

    def link(self, render: Render) -> str:
        """Return a link to a render's video that lives for a while."""
        expires = f"{self.world.now() + self.link_s:.3f}"
        return f"{self.url}/links/{quote(render.id)}?expires={expires}&signature={_signature(render.id, expires)}"

    def _accepted(
        self, request: web.Request, model: str, film: Film, body: Any, source: Render | None = None
    ) -> web.Response:
        render = self.accept(request, self.dialect.new_id(), model, film, body)
        if source is not None:
            render.data["remixed_from"] = source.id
        if self._notices is not None:
            self._notices.watch(render)
        answer = self.dialect.answer(render, self._standing(render), self.link)
        return web.json_response(answer, status=self.dialect.created)

    def _standing(self, render: Render) -> Standing:
        standing = self.world.standing(render)
        if standing.state not in {"queued", "running"}:
            render.data.setdefault("ended_at", int(self.world.now()))
        return standing

    def _known(self, request: web.Request) -> Render:
        render = self.world.find(request.match_info["id"])
        if render is None or render.account != self.account(request):
            raise invalid(None, f"Video with id '{request.match_info['id']}' not found.", "not_found", 404)
        return render

    def _finished(self, render_id: str, param: str, status: int = 400) -> Render:
        render = self.world.find(render_id)
        if render is None:
            raise invalid(None, f"Video with id '{render_id}' not found.", "not_found", 404)
        if self._standing(render).state != "succeeded":
            raise invalid(param, f"Video '{render_id}' is not completed yet.", "invalid_request", status)
        return render

    def _source(self, video: Any) -> Render | None:
        if video is None:
            return None
        if not isinstance(video, dict) or not isinstance(video.get("id"), str):
            raise invalid("video", "Invalid type for 'video': expected an object with an 'id'.", "invalid_type")
        return self._finished(cast("dict[str, str]", video)["id"], "video.id")


def _variant(video: Path, variant: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="video-gen-variant-") as room:
        if variant == "thumbnail":
            return thumbnail(video, Path(room) / "variant.webp").read_bytes()
        return contact_sheet(video, Path(room) / "variant.jpg").read_bytes()


def _like(source: Render, prompt: str, *, seconds: float | None = None) -> Film:
    film = source.film
    size = f"{film.width}x{film.height}"
    return film_of(prompt, f"{film.seconds if seconds is None else seconds:g}", size)


def _check_video(upload: Upload | None) -> None:
    if upload is None:
        raise invalid("video", "Missing required parameter: 'video'.", "missing_required_parameter")
    if not upload.media_type.startswith("video/"):
        raise invalid("video", f"Invalid file 'video': unsupported mimetype ('{upload.media_type}').")


def _query(request: web.Request, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = request.query.get(name, default)
    if value not in allowed:
        raise invalid(name, f"Invalid value: '{value}'. Supported values are: {', '.join(map(repr, allowed))}.")
    return value


def _limit(request: web.Request, dialect: Dialect) -> int:
    text = request.query.get("limit", str(dialect.page))
    if not text.isdigit() or int(text) > 100:
        raise invalid("limit", f"Invalid 'limit': expected an integer from 0 to 100, but got '{text}'.")
    return int(text)


def _signature(name: str, expires: str) -> str:
    return hmac.new(_SIGNING, f"{name}:{expires}".encode(), sha256).hexdigest()


async def _number(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("x-request-id", f"req_{uuid4().hex}")
    response.headers.setdefault("openai-version", "2020-10-01")
