"""The documented examples of venice-sdk's video API and of IndoxRouter's run, in order: with the import changed alone,
or with VIDEO_GEN_BASE_URL besides, which names a server.

Their models are served by the sandbox, to which settings point the installation, as they would to a relay. What the
pages leave to their reader is filled in: an id, a picture, an ellipsis inside of a data URI.
"""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from video_gen import Client
from video_gen.media.probe import probe

PAGES = Path(__file__).parents[1] / "data/seeds"
FENCE = re.compile(r"^```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORTS = {
    "from venice_sdk import VeniceClient": "from video_gen import Client as VeniceClient",
    "from venice_sdk.errors import VideoGenerationError, VeniceAPIError": (
        "from video_gen import VideoGenerationError, ApiRequestError as VeniceAPIError"
    ),
    "from indoxrouter import Client": "from video_gen import Client",
}
"""All that a program changes."""


@pytest.fixture(autouse=True)
def settings(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if options:
        monkeypatch.setenv("VIDEO_GEN_BASE_URL", options["base_url"])


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((1280, 720)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Reader:
    """Runs one page's examples in one namespace, as somebody types them in one after another."""

    def __init__(self, page: str) -> None:
        self.blocks = [found["text"] for found in FENCE.finditer((PAGES / page).read_text(encoding="utf-8"))]
        self.names: dict[str, Any] = {}
        self.clients: list[Client] = []
        self.filled: dict[str, str] = {}
        """What the page leaves to its reader, and what this one writes there."""

    def run(self, text: str) -> None:
        for theirs, ours in IMPORTS.items():
            text = text.replace(theirs, ours)
        for left_open, value in self.filled.items():
            text = re.sub(left_open, value, text)
        exec(compile(text, "example", "exec"), self.names)
        client = self.names.get("client")
        if client not in [None, *self.clients]:
            self.clients.append(client)

    def close(self) -> None:
        for client in self.clients:
            client.close()


@pytest.fixture
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    opened = Reader(request.param)
    yield opened
    opened.close()


@pytest.mark.parametrize("reader", ["video_api_of_venice_sdk.md"], indirect=True)
def test_every_example_of_venice_sdk_runs(reader, capsys):
    Path("path/to").mkdir(parents=True)
    Path("path/to/image.png").write_bytes(picture())
    assert len(reader.blocks) == 18
    for text in reader.blocks:
        if "job" in reader.names:
            reader.filled["job_123"] = reader.names["job"].job_id
        reader.run(text)
    printed = capsys.readouterr().out
    assert "Video ready: http" in printed
    assert "✅ completed - 100.0%" in printed
    assert "Generation failed" not in printed
    assert "error" not in printed.lower()
    assert re.search(r"Estimated cost: \$0\.\d+ USD", printed)
    assert re.search(r"Duration cost: \$0\.\d*[1-9]", printed)
    assert "kling-2.6-pro" in printed
    for name in ("output", "my_video", "videos/output", "sunset_video", "animated_landscape", "test_video", "video"):
        assert probe(Path(f"{name}.mp4")).seconds > 0


@pytest.mark.parametrize("reader", ["video_generation_of_indoxrouter.md"], indirect=True)
def test_every_example_of_indoxrouter_runs(reader, capsys):
    reader.filled = {r"(data:image/png;base64,)\w*\.\.\.": rf"\g<1>{text_of(picture())}"}
    assert len(reader.blocks) == 20
    for text in reader.blocks:
        response = reader.names.get("response")
        if "your_job_id" in text:
            job_id = response["data"]["job_id"]
            client = reader.names["client"]
            client.jobs.wait(job_id, timeout_s=60)
            film = Path(client.fetch(job_id, "extended.mp4", overwrite=True).artifacts[0].path).read_bytes()
            reader.filled |= {"your_job_id": job_id, r"(data:video/mp4;base64,)\.\.\.": rf"\g<1>{text_of(film)}"}
        reader.run(text)
        if "# Video extension input (future)" in text:
            # Lists every option that any Veo takes, for a model that its own comments say takes few of them.
            job = reader.names["client"].jobs.get(reader.names["veo_response"]["data"]["job_id"])
            assert job.plan.settings.media == (job.request.first_frame,)
    told = reader.names["veo_response"]["data"]
    assert [each.partition(" ")[0] for each in told["adjustments"]] == ["last", "source", "references"]
    assert "will not end with the last frame that was given" in "".join(told["warnings"])
    printed = capsys.readouterr().out
    assert printed.count("Video URL: http://127.0.0.1:") == 2
    assert "Video saved as generated_videos/video_0.mp4" in printed
    assert probe(Path("generated_videos/video_0.mp4")).seconds > 0
