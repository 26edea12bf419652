"""Google Cloud: predictions and interactions below a project and a location, and the bucket they write to.

Without a place to write to, a video is in the answer itself. Beside the two APIs is Cloud Storage, for one bucket.
"""

import uuid
from typing import Any, ClassVar, Final

from aiohttp import web

from video_gen.testing.emulators.downloads import send_video
from video_gen.testing.emulators.emulator import RefusedError, Route
from video_gen.testing.emulators.google import errors, veo
from video_gen.testing.emulators.google.host import GoogleEmulator
from video_gen.testing.emulators.studio import Take
from video_gen.testing.emulators.world import Render, World

BUCKET: Final = "emulated-videos"
PROJECT: Final = "emulated-project"


class VertexEmulator(GoogleEmulator):
    """aiplatform.googleapis.com, in every location; and storage.googleapis.com."""

    name: ClassVar[str] = "vertex"
    surface: ClassVar[veo.Surface] = "vertex"

    def __init__(self, world: World | None = None, **options: Any) -> None:
        """Begin with an empty bucket; `options` are those of every host of Google's."""
        super().__init__(world, **options)
        self.objects: dict[str, tuple[Render, Take]] = {}

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        version, model = "/{version:v[^/]+}", "publishers/google/models/{model:[^/:]+}"
        project = f"{version}/projects/{{project}}/locations/{{location}}"
        places = (project, version)  # with an API key, a request names no project
        return [
            *(Route("POST", f"{place}/{model}:predictLongRunning", self._predict, "submit") for place in places),
            *(Route("POST", f"{place}/{model}:fetchPredictOperation", self._operation, "poll") for place in places),
            *(route for place in places for route in self.interaction_routes(place)),
            Route("GET", "/storage/v1/b/{bucket}/o/{object:.+}", self._object, "download"),
            Route("GET", "/storage/v1/b/{bucket}/o", self._objects),
        ]

    def check_prediction(self, body: Any) -> None:
        """Refuse a place that is not in the bucket."""
        self._check_place((body.get("parameters") or {}).get("storageUri"))

    def content(self, render: Render) -> dict[str, Any]:
        """Return where an output's video is."""
        asked = render.data["asked"]
        if asked.delivery == "inline":
            return super().content(render)
        return {"type": "video", "mime_type": "video/mp4", "uri": self._put(render, render.take, asked.folder, 0)}

    async def _predict(self, request: web.Request) -> web.Response:
        named = request.match_info
        project = "projects/{project}/locations/{location}/".format(**named) if "project" in named else ""
        return await self.predict(request, f"{project}publishers/google/models/{named['model']}")

    async def _operation(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = body.get("operationName") if isinstance(body, dict) else None
        if not isinstance(name, str) or f"/models/{request.match_info['model']}/operations/" not in name:
            raise errors.invalid("The operation name does not belong to this model.")
        return web.json_response(veo.operation(self.operation(name), self.world, self.surface, self._videos))

    def _videos(self, render: Render) -> dict[str, Any]:
        folder = (render.request.get("parameters") or {}).get("storageUri")
        return { "videos": [
            {"gcsUri": self._put(render, take, folder, number), "mimeType": "video/mp4"} if folder
            else {"bytesBase64Encoded": veo.inline(take.path), "mimeType": "video/mp4"}
            for number, take in enumerate(render.data["takes"])
        ]}  # fmt: skip

    def _put(self, render: Render, take: Take, folder: str, number: int) -> str:
        """Write a film into the bucket, in a folder of its own below the one that was asked for."""
        own = uuid.uuid5(uuid.NAMESPACE_URL, render.id).int % 10**20
        place = f"{folder.rstrip('/')}/{own}/sample_{number}.mp4"
        self.objects[place.removeprefix(f"gs://{BUCKET}/")] = (render, take)
        return place

    def _check_place(self, uri: Any) -> None:
        if uri is not None and not str(uri).startswith(f"gs://{BUCKET}/"):
            message = f"The service account does not have storage.objects.create access to {uri}."
            raise errors.rpc("FAILED_PRECONDITION", message)

    async def _object(self, request: web.Request) -> web.StreamResponse:
        bucket, name = request.match_info["bucket"], request.match_info["object"]
        found = self.objects.get(name) if bucket == BUCKET else None
        if found is None:
            raise errors.rpc("NOT_FOUND", f"No such object: {bucket}/{name}")
        if request.query.get("alt") != "media":
            return web.json_response({"kind": "storage#object", "bucket": bucket, "name": name})
        return await send_video(request, found[1].path, self.fault_of(request), self.trap)

    async def _objects(self, request: web.Request) -> web.Response:
        if request.match_info["bucket"] != BUCKET:
            raise RefusedError(404, "NOT_FOUND", "The specified bucket does not exist.")
        names = [name for name in self.objects if name.startswith(request.query.get("prefix", ""))]
        return web.json_response({"kind": "storage#objects", "items": [{"name": name} for name in names]})
