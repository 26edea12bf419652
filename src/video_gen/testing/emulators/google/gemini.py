"""The Gemini API: predictions and interactions, with the files that their videos are in.

Every version of the API is served: the SDK of today asks for v1, that of yesterday for v1beta.
"""

from typing import Any, ClassVar

from aiohttp import web

from video_gen.testing.emulators.downloads import send_video
from video_gen.testing.emulators.emulator import Route
from video_gen.testing.emulators.google import errors, files, omni, veo
from video_gen.testing.emulators.google.host import GoogleEmulator
from video_gen.testing.emulators.google.webhooks import Webhooks
from video_gen.testing.emulators.world import Render, World

_FILES = "/{version:v[^/]+}/files"


class GeminiEmulator(GoogleEmulator):
    """generativelanguage.googleapis.com."""

    name: ClassVar[str] = "gemini"
    surface: ClassVar[veo.Surface] = "gemini"

    def __init__(self, world: World | None = None, **options: Any) -> None:
        """Begin without files and webhooks; `options` are those of every host of Google's."""
        super().__init__(world, **options)
        self.files = files.Files(self.world)
        self.webhooks = Webhooks(self.world, self._stopping)

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        version, file = "/{version:v[^/]+}", f"{_FILES}/{{file:[^/:]+}}"
        return [
            Route("POST", f"{version}/models/{{model:[^/:]+}}:predictLongRunning", self._predict, "submit"),
            Route("GET", f"{version}/models/{{model}}/operations/{{id}}", self._operation, "poll"),
            *self.interaction_routes(version),
            Route("GET", f"{file}:download", self._download, "download"),
            Route("GET", file, self._file),
            Route("DELETE", file, self._delete_file),
            Route("GET", _FILES, self._files),
            Route("POST", f"/upload{_FILES}", self._start_upload, "upload"),
            Route("POST", f"/upload{_FILES}/{{file}}", self._upload, "upload", public=True),
            Route("POST", f"{version}/webhooks", self._add_webhook),
            Route("GET", f"{version}/webhooks", self._list_webhooks),
            Route("DELETE", f"{version}/webhooks/{{webhook}}", self._drop_webhook),
        ]

    def begun(self, render: Render) -> None:
        """Have the webhooks told of a job's end."""
        self.webhooks.watch(render, lambda: self._uri(render))

    def operation_id(self) -> str:
        """Return a new operation's id."""
        return files.new_id()

    def content(self, render: Render) -> dict[str, Any]:
        """Return where an output's video is."""
        if render.data["asked"].delivery == "inline":
            return super().content(render)
        return {"type": "video", "mime_type": "video/mp4", "uri": self._uri(render)}

    def check_sources(self, asked: omni.Asked) -> None:
        """Refuse files that are not there, or not ready."""
        for part in (part for step in asked.steps for part in step["content"]):
            uri = part.get("uri")
            if isinstance(uri, str):
                self.files.ready(uri)

    async def _predict(self, request: web.Request) -> web.Response:
        return await self.predict(request, f"models/{request.match_info['model']}")

    async def _operation(self, request: web.Request) -> web.Response:
        name = "models/{model}/operations/{id}".format(**request.match_info)
        return web.json_response(veo.operation(self.operation(name), self.world, self.surface, self._videos))

    def _videos(self, render: Render) -> dict[str, Any]:
        names = self.files.of(render, render.data["takes"])
        return {"generatedSamples": [{"video": {"uri": self._link(name)}} for name in names]}

    def _uri(self, render: Render) -> str:
        return self._link(self.files.of(render, [render.take])[0])

    def _link(self, name: str) -> str:
        return f"{self.url}/v1beta/{name}:download?alt=media"

    async def _download(self, request: web.Request) -> web.StreamResponse:
        _, take = self.files.film(request.match_info["file"])
        if request.query.get("alt") != "media":
            raise errors.invalid("Download needs alt=media.")
        return await send_video(request, take.path, self.fault_of(request), self.trap)

    async def _file(self, request: web.Request) -> web.Response:
        return web.json_response(self.files.shown(request.match_info["file"], self.url))

    async def _files(self, request: web.Request) -> web.Response:  # noqa: ARG002 (a handler's contract)
        return web.json_response({"files": [self.files.shown(name, self.url) for name in self.files.names()]})

    async def _delete_file(self, request: web.Request) -> web.Response:
        self.files.drop(request.match_info["file"])
        return web.json_response({})

    async def _start_upload(self, request: web.Request) -> web.Response:
        """Begin a resumable upload: the file is sent to the address in the answer's header."""
        body = await request.json() if request.can_read_body else {}
        headers = request.headers
        if headers.get("X-Goog-Upload-Protocol") != "resumable" or headers.get("X-Goog-Upload-Command") != "start":
            raise errors.invalid("Only resumable uploads are served here.")
        name = self.files.begin(body.get("file") or {}, headers)
        place = f"{self.url}/upload/v1beta/files/{name}?upload_id={name}&upload_protocol=resumable"
        told = {"X-Goog-Upload-URL": place, "X-Goog-Upload-Status": "active"}
        return web.json_response({}, headers=told)

    async def _upload(self, request: web.Request) -> web.Response:
        """Take a piece of an upload, in its turn."""
        name, commands = request.match_info["file"], request.headers.get("X-Goog-Upload-Command", "")
        offset = int(request.headers.get("X-Goog-Upload-Offset", "0"))
        self.files.take(name, offset, await request.read(), last="finalize" in commands)
        if "finalize" not in commands:
            return web.json_response({}, headers={"X-Goog-Upload-Status": "active"})
        shown = {"file": self.files.shown(name, self.url)}
        return web.json_response(shown, headers={"X-Goog-Upload-Status": "final"})

    async def _add_webhook(self, request: web.Request) -> web.Response:
        return web.json_response(self.webhooks.add(await request.json()))

    async def _list_webhooks(self, request: web.Request) -> web.Response:  # noqa: ARG002 (a handler's contract)
        return web.json_response({"webhooks": self.webhooks.listed()})

    async def _drop_webhook(self, request: web.Request) -> web.Response:
        self.webhooks.drop(request.match_info["webhook"])
        return web.json_response({})
