"""Files that callers hand in ahead of a request, as some clients do: kept for a day, under a name nobody can guess."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from video_gen.engine.vault import Vault
from video_gen.exceptions import InvalidRequestError, MediaNotFoundError
from video_gen.server.faults import GoneError

FOLDER: Final = "uploads"
"""What links to uploads are made for, and where they are in the vault."""
LIFE: Final = timedelta(days=1)
_ID: Final = re.compile(r"[0-9a-f]{32}")
_SWEEP_EVERY: Final = timedelta(hours=1)


class Uploads:
    """Uploads in a vault, which every process of an installation sees."""

    def __init__(self, vault: Vault, *, now: Callable[[], datetime]) -> None:
        self.vault = vault
        self._now = now
        self._swept: datetime | None = None

    @staticmethod
    def new_id() -> str:
        """Return the name of a new upload."""
        return secrets.token_hex(16)

    async def store(self, upload_id: str, data: bytes) -> None:
        """Keep an upload; what was kept under its name before is replaced."""
        await asyncio.to_thread(self._store, upload_id, data)

    async def add(self, upload_id: str, piece: bytes, offset: int) -> None:
        """Add a piece to an upload that comes in several.

        Raises:
            InvalidRequestError: it does not begin where the one before ended.
        """
        before = await asyncio.to_thread(self._so_far, upload_id) if offset else b""
        if len(before) != offset:
            raise InvalidRequestError(f"the piece begins at {offset:,} and {len(before):,} bytes are here: go on there")
        await self.store(upload_id, before + piece)

    def _so_far(self, upload_id: str) -> bytes:
        return b"".join(self.vault.read(self.location(upload_id)))

    def location(self, upload_id: str) -> str:
        """Return where an upload is.

        Raises:
            GoneError: there is none, or no longer.
        """
        location = self.vault.at(f"{FOLDER}/{upload_id}")
        try:
            if _ID.fullmatch(upload_id):
                self.vault.size(location)
                return location
        except MediaNotFoundError:
            pass
        raise GoneError(f"there is no upload `{upload_id[:40]}`: it is kept for a day; hand it in again")

    async def kept_at(self, upload_id: str) -> datetime:
        """Return when an upload was taken in; errors as of `location`."""
        location = self.location(upload_id)
        kept = await asyncio.to_thread(lambda: list(self.vault.listed(FOLDER)))
        return next((each.modified for each in kept if self.vault.at(each.name) == location), self._now())

    async def discard(self, upload_id: str) -> None:
        """Forget an upload; errors as of `location`."""
        await asyncio.to_thread(self.vault.discard, self.location(upload_id))

    def _store(self, upload_id: str, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        with TemporaryDirectory(prefix="video-gen-") as folder:
            file = Path(folder) / upload_id
            file.write_bytes(data)
            self.vault.keep(file, f"{FOLDER}/{upload_id}", sha256=sha256, media_type="application/octet-stream")
        self._sweep()

    def _sweep(self) -> None:
        now = self._now()
        if self._swept is not None and now - self._swept < _SWEEP_EVERY:
            return
        self._swept = now
        for kept in self.vault.listed(FOLDER):
            if now - kept.modified > LIFE:
                self.vault.discard(self.vault.at(kept.name))
