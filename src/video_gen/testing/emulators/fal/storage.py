"""fal's files: uploads in one piece, in parts, or by a signed link.

fal-client 1.0.3; at fal itself the hosts are rest.fal.ai and v3.fal.media.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from video_gen.testing.emulators.emulator import RefusedError, Route
from video_gen.testing.emulators.world import World

TOKEN_LIFE: Final = 3600.0


@dataclass
class File:
    """A file of an account, whole once `data` is there."""

    name: str
    media_type: str
    data: bytes | None = None
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Storage:
    """The files. `url` is where they are served."""

    world: World
    url: Callable[[], str]
    files: dict[str, File] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Return the storage's endpoints; those that take a token of their own ask for no key."""
        return [
            Route("POST", "/storage/auth/token", self._token, "upload"),
            Route("POST", "/storage/upload/initiate", self._initiate, "upload"),
            Route("PUT", "/uploads/{id}/{secret}", self._put, "upload", public=True),
            Route("POST", "/files/upload", self._upload, "upload", public=True),
            Route("POST", "/files/upload/multipart", self._begin, "upload", public=True),
            Route("PUT", "/files/b/{id}/{name}/multipart/{upload}/{part}", self._part, "upload", public=True),
            Route("POST", "/files/b/{id}/{name}/multipart/{upload}/complete", self._complete, "upload", public=True),
            Route("GET", "/files/b/{id}/{name}", self._read, "download", public=True),
        ]

    def links(self) -> frozenset[str]:
        """Return the links of the files that are whole."""
        return frozenset(self._link(each) for each, file in self.files.items() if file.data is not None)

    def _link(self, file_id: str) -> str:
        return f"{self.url()}/files/b/{file_id}/{self.files[file_id].name}"

    def _new(self, name: str, media_type: str, data: bytes | None = None) -> str:
        file_id = secrets.token_hex(10)
        self.files[file_id] = File(name.replace("/", "_") or "upload.bin", media_type, data)
        return file_id

    def _admit(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.tokens.get(token, 0.0) < self.world.now():
            raise RefusedError(401, "", "Invalid or expired token")

    def _file(self, request: web.Request) -> File:
        file = self.files.get(request.match_info["id"])
        if file is None:
            raise RefusedError(404, "", "File not found")
        return file

    async def _token(self, _request: web.Request) -> web.Response:
        token, until = secrets.token_urlsafe(24), self.world.now() + TOKEN_LIFE
        self.tokens[token] = until
        expires = datetime.fromtimestamp(until, UTC).isoformat()
        return web.json_response(
            {"token": token, "token_type": "Bearer", "base_url": self.url(), "expires_at": expires}
        )

    async def _initiate(self, request: web.Request) -> web.Response:
        given = json.loads(await request.text() or "{}")
        file_id = self._new(given.get("file_name", ""), given.get("content_type", "application/octet-stream"))
        upload = f"{self.url()}/uploads/{file_id}/{self._secret(file_id)}"
        return web.json_response({"upload_url": upload, "file_url": self._link(file_id)})

    async def _put(self, request: web.Request) -> web.Response:
        file = self._file(request)
        if request.match_info["secret"] != self._secret(request.match_info["id"]):
            raise RefusedError(403, "", "SignatureDoesNotMatch")
        if request.content_type != file.media_type:
            raise RefusedError(403, "", "SignatureDoesNotMatch: the content type was signed")
        file.data = await request.read()
        return web.Response()

    async def _upload(self, request: web.Request) -> web.Response:
        self._admit(request)
        name = request.headers.get("X-Fal-File-Name", "upload.bin")
        file_id = self._new(name, request.content_type, await request.read())
        return web.json_response({"access_url": self._link(file_id)})

    async def _begin(self, request: web.Request) -> web.Response:
        self._admit(request)
        file_id = self._new(request.headers.get("X-Fal-File-Name", "upload.bin"), request.content_type)
        return web.json_response({"access_url": self._link(file_id), "uploadId": self._secret(file_id)})

    async def _part(self, request: web.Request) -> web.Response:
        self._admit(request)
        data = await request.read()
        self._file(request).parts[int(request.match_info["part"])] = data
        return web.Response(headers={"ETag": _etag(data)})

    async def _complete(self, request: web.Request) -> web.Response:
        self._admit(request)
        file = self._file(request)
        named = {item["partNumber"]: item["etag"] for item in (await request.json())["parts"]}
        if named != {number: _etag(data) for number, data in file.parts.items()}:
            raise RefusedError(400, "", "The parts are not those that were uploaded")
        file.data = b"".join(file.parts[number] for number in sorted(file.parts))
        return web.json_response({"access_url": self._link(request.match_info["id"])})

    async def _read(self, request: web.Request) -> web.Response:
        file = self._file(request)
        if file.data is None:
            raise RefusedError(404, "", "File not found")
        return web.Response(body=file.data, content_type=file.media_type)

    @staticmethod
    def _secret(file_id: str) -> str:
        return hashlib.sha256(f"upload of {file_id}".encode()).hexdigest()[:32]


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
