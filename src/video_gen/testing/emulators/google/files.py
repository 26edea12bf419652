"""The Gemini API's files: videos that were made, and media that were uploaded. Each is kept for two days."""

import base64
import hashlib
import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.google.errors import invalid, rpc
from video_gen.testing.emulators.studio import Take
from video_gen.testing.emulators.world import Render, World

LIFE: Final = 48 * 3600.0
"""Seconds a file is kept."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LETTERS: Final = string.ascii_lowercase + string.digits


@dataclass
class File:
    """One file."""

    made_at: float
    media_type: str
    display_name: str = ""
    film: tuple[Render, Take] | None = None
    """What was made; None: it was uploaded."""
    data: bytearray = field(default_factory=bytearray)
    whole: bool = False
    whole_at: float = 0.0


class Files:
    """The files of an account."""

    def __init__(self, world: World) -> None:
        """Begin with none."""
        self._world = world
        self._files: dict[str, File] = {}

    def names(self) -> list[str]:
        """Return every file's name."""
        return list(self._files)

    def of(self, render: Render, takes: Sequence[Take]) -> list[str]:
        """Return the names of the files a job's films are in; they are made once."""
        if "files" not in render.data:
            render.data["files"] = [new_id() for _ in takes]
            for name, take in zip(render.data["files"], takes, strict=True):
                self._files[name] = File(self._world.now(), "video/mp4", film=(render, take), whole=True)
        return [f"files/{name}" for name in render.data["files"]]

    def film(self, name: str) -> tuple[Render, Take]:
        """Return the film of a file.

        Raises:
            RefusedError: there is no such file, or it was uploaded: such are not given out.
        """
        file = self._file(name)
        if file.film is None:
            raise invalid("Only generated files can be downloaded.")
        return file.film

    def ready(self, uri: str) -> None:
        """Refuse what cannot be an input.

        Raises:
            RefusedError: there is no such file, or it is not ready.
        """
        name = uri.rpartition("/files/")[2].partition(":")[0]
        if self.state(self._file(name)) != "ACTIVE":
            message = f"The File {name} is not in an ACTIVE state and usage is not allowed."
            raise rpc("FAILED_PRECONDITION", message)

    def shown(self, name: str, url: str) -> dict[str, Any]:
        """Return a file as the API shows it."""
        file = self._file(name)
        data = file.film[1].path.read_bytes() if file.film else bytes(file.data)
        shown = {
            "name": f"files/{name}",
            "displayName": file.display_name or None,
            "mimeType": file.media_type,
            "sizeBytes": str(len(data)),
            "createTime": _stamp(file.made_at),
            "updateTime": _stamp(file.made_at),
            "expirationTime": _stamp(file.made_at + LIFE),
            "sha256Hash": base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode(),
            "uri": f"{url}/v1beta/files/{name}",
            "downloadUri": f"{url}/v1beta/files/{name}:download?alt=media" if file.film else None,
            "state": self.state(file),
            "source": "GENERATED" if file.film else "UPLOADED",
        }
        return {key: value for key, value in shown.items() if value is not None}

    def begin(self, wanted: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """Begin an upload; return the file's name.

        Raises:
            RefusedError: the name is none, or taken.
        """
        name = str(wanted.get("name") or f"files/{new_id()}").removeprefix("files/")
        if not _NAME.fullmatch(name):
            raise invalid(f"Invalid file name {name!r}.")
        if name in self._files:
            raise RefusedError(409, "ALREADY_EXISTS", "Requested entity already exists")
        kind = headers.get("X-Goog-Upload-Header-Content-Type") or wanted.get("mimeType") or wanted.get("mime_type")
        title = str(wanted.get("displayName") or wanted.get("display_name") or "")
        self._files[name] = File(self._world.now(), str(kind or "application/octet-stream"), title)
        return name

    def take(self, name: str, offset: int, data: bytes, *, last: bool) -> None:
        """Take a piece of an upload.

        Raises:
            RefusedError: it is not the next one.
        """
        file = self._file(name)
        if file.whole or offset != len(file.data):
            raise invalid(f"Invalid upload offset {offset}, expected {len(file.data)}.")
        file.data += data
        file.whole, file.whole_at = last, self._world.now()

    def drop(self, name: str) -> None:
        """Delete a file."""
        self._file(name)
        del self._files[name]

    def _file(self, name: str) -> File:
        file = self._files.get(name)
        if file is None or self._world.now() > file.made_at + LIFE:
            message = f"You do not have permission to access the File {name} or it may not exist."
            raise rpc("PERMISSION_DENIED", message)
        return file

    def state(self, file: File) -> str:
        """A film that was uploaded is looked through before it can be used."""
        looked_through = file.film or self._world.now() >= file.whole_at + self._world.queue_s
        return "ACTIVE" if file.whole and (looked_through or "video" not in file.media_type) else "PROCESSING"


def new_id() -> str:
    """Return a name that was never used."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
