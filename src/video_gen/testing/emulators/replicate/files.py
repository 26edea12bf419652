"""Files that were uploaded as inputs (replicate 1.0.7; docs, files API). They are kept for a day."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.form import parts_of
from video_gen.testing.emulators.world import World

LIFE: Final = 24 * 3600.0
MAX: Final = 100 << 20


@dataclass
class File:
    """A file of the account."""

    id: str
    name: str
    media_type: str
    data: bytes
    metadata: dict[str, Any]
    created_at: float


@dataclass
class Files:
    """The files, by their ids."""

    world: World
    kept: dict[str, File] = field(default_factory=dict)

    def find(self, file_id: str) -> File:
        """Return a file that has not expired."""
        file = self.kept.get(file_id)
        if file is None or file.created_at + LIFE < self.world.now():
            raise RefusedError(404, "", "The requested resource could not be found.")
        return file

    async def take_in(self, request: web.Request) -> File:
        """Keep the file of a form: `content`, with `metadata` as JSON beside it."""
        try:
            parts = {part.name: part for part in await parts_of(request)}
            content, metadata = parts["content"], json.loads(parts["metadata"].data) if "metadata" in parts else {}
        except (AssertionError, KeyError, ValueError):
            raise RefusedError(400, "", "Missing content") from None
        if len(content.data) > MAX:
            raise RefusedError(413, "", "File is too large: at most 100 MB")
        name = content.filename or "file"
        file = File(str(uuid4()), name, content.media_type, content.data, metadata, self.world.now())
        self.kept[file.id] = file
        return file


def shown(file: File, url: str) -> dict[str, Any]:
    """Return a file, as the service shows it."""
    return {
        "id": file.id,
        "name": file.name,
        "content_type": file.media_type,
        "size": len(file.data),
        "etag": hashlib.md5(file.data, usedforsecurity=False).hexdigest(),
        "checksums": {"sha256": hashlib.sha256(file.data).hexdigest()},
        "metadata": file.metadata,
        "created_at": _written(file.created_at),
        "expires_at": _written(file.created_at + LIFE),
        "urls": {"get": f"{url}/v1/files/{file.id}"},
    }


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
