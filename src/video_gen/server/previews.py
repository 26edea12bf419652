"""Pictures of finished videos, made when they are first asked for, and kept in the home for a while."""

import asyncio
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from video_gen.engine.files import disk_errors
from video_gen.engine.vault import DiskVault, Vault, bring
from video_gen.spec import Artifact

FOLDER: Final = "previews"
"""Where they are, below the home."""
KINDS: Final = frozenset({"thumbnail.webp", "spritesheet.jpg"})
LIFE: Final = timedelta(days=7)
"""How long one is kept that nobody asks for; later it is made anew."""
_SWEEP_EVERY: Final = timedelta(hours=1)


class Previews:
    """Makes pictures of videos, each once."""

    def __init__(self, home: Path, *, now: Callable[[], datetime]) -> None:
        """Keep them below a home."""
        self.vault = DiskVault(home / FOLDER)
        self._now = now
        self._making: dict[Path, asyncio.Lock] = {}
        self._swept: datetime | None = None

    async def path(self, artifact: Artifact, kind: str, vault: Vault) -> Path:
        """Return the picture of a video.

        Args:
            artifact: The video.
            kind: One of `KINDS`.
            vault: Where the video is.

        Raises:
            StorageError: the disk or the object store refused.
        """
        path = self._place(artifact, kind)
        async with self._making.setdefault(path, asyncio.Lock()):
            await asyncio.to_thread(self._make, artifact, path, kind, vault)
        self._making.pop(path, None)
        return path

    async def discard(self, artifacts: Iterable[Artifact]) -> None:
        """Forget the pictures of videos that are gone."""
        for path in [self._place(artifact, kind) for artifact in artifacts for kind in KINDS]:
            with disk_errors(path):
                await asyncio.to_thread(path.unlink, missing_ok=True)

    def _place(self, artifact: Artifact, kind: str) -> Path:
        return self.vault.folder / f"{artifact.sha256}.{kind}"

    def _make(self, artifact: Artifact, path: Path, kind: str, vault: Vault) -> None:
        with suppress(FileNotFoundError):
            os.utime(path)  # asked for again, it is as new: nobody sweeps it away meanwhile
            return
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        if "://" not in artifact.path:
            _draw(Path(artifact.path), path, kind)
        else:
            with TemporaryDirectory(prefix="video-gen-") as folder:
                copy = Path(folder) / "video.mp4"
                bring(vault, artifact.path, copy, sha256=artifact.sha256)
                _draw(copy, path, kind)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what is old: also the pictures of videos that another process deleted."""
        now = self._now()
        if self._swept is not None and now - self._swept < _SWEEP_EVERY:
            return
        self._swept = now
        old = (now - LIFE).timestamp()
        for path in self.vault.folder.iterdir():
            with disk_errors(path), suppress(FileNotFoundError):  # another server swept it first
                if path.stat().st_mtime < old:
                    path.unlink()


def _draw(video: Path, path: Path, kind: str) -> None:
    from video_gen.media.frames import thumbnail
    from video_gen.media.sheet import contact_sheet

    draw = thumbnail if kind == "thumbnail.webp" else contact_sheet
    draw(video, path)
