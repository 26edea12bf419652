"""Pictures of videos are made once, kept while somebody asks for them, and go with their videos or after a week."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from server_world import Served

from video_gen.engine.vault import DiskVault
from video_gen.media.probe import probe
from video_gen.server.previews import FOLDER, KINDS, LIFE, Previews
from video_gen.spec import Artifact

NOW = datetime.now(UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def previews(tmp_path: Path, clock: Clock) -> Previews:
    return Previews(tmp_path, now=clock)


@pytest.fixture
def artifact(server: Served, task: dict[str, Any]) -> Artifact:
    video = next((server.folder / "outputs").glob("*.mp4"))
    info = probe(video)
    return Artifact(
        id="a", job_id="0" * 16, index=0, path=str(video), sha256="a" * 64, media_type="video/mp4", info=info,
        created_at=NOW,
    )  # fmt: skip


def age(path: Path, by: timedelta) -> None:
    then = (NOW - by).timestamp()
    os.utime(path, (then, then))


async def test_each_is_made_once_and_goes_with_its_video(previews: Previews, artifact: Artifact, tmp_path: Path):
    vault = DiskVault(tmp_path)
    made = [await previews.path(artifact, kind, vault) for kind in sorted(KINDS)]
    assert [Image.open(io.BytesIO(path.read_bytes())).format for path in made] == ["JPEG", "WEBP"]
    written = made[0].read_bytes()
    made[0].write_bytes(b"as it was")
    await previews.path(artifact, "spritesheet.jpg", vault)
    assert made[0].read_bytes() == b"as it was" != written
    await previews.discard([artifact])
    await previews.discard([artifact])
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_what_nobody_asked_for_in_a_week_is_swept_away(
    previews: Previews, artifact: Artifact, tmp_path: Path, clock: Clock
):
    vault, folder = DiskVault(tmp_path), tmp_path / FOLDER
    asked_for = await previews.path(artifact, "thumbnail.webp", vault)
    forgotten, newer = folder / f"{'b' * 64}.thumbnail.webp", folder / f"{'c' * 64}.thumbnail.webp"
    for path, old in ((forgotten, LIFE * 1.01), (newer, LIFE * 0.9), (asked_for, LIFE * 1.01)):
        path.touch()
        age(path, old)
    await previews.path(artifact, "thumbnail.webp", vault)
    await previews.path(artifact, "spritesheet.jpg", vault)
    assert forgotten.exists(), "it is looked for once an hour"
    clock.now = NOW + timedelta(hours=1)
    another = artifact.model_copy(update={"sha256": "d" * 64})
    await previews.path(another, "thumbnail.webp", vault)
    left = {path.name[0] for path in folder.iterdir()}
    assert left == {"a", "c", "d"}
