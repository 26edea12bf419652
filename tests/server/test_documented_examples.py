"""The examples of the documented REST API run as they are written; only the host is another one.

The server reaches the relay of that documentation's settings, emulated; pauses are cut short.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from server_world import Served, start

from video_gen.testing.emulators.sandbox import sandbox

PAGE = Path(__file__).parents[1] / "data/seeds/video_apis.md"
BLOCK = re.compile(r"^```(?P<language>bash|python)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PREAMBLE = "import time\n_sleep = time.sleep\ntime.sleep = lambda seconds: _sleep(min(seconds, 2))\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with sandbox(port=0, only=("kuai",), size="small", queue_s=0.05, render_s=0.1) as relay:
        settings = {
            "VEO3_API_KEY": relay.environment["KUAI_API_KEY"],
            "VEO3_BASE_URL": relay.environment["VEO3_BASE_URL"],
            "VEO3_ENDPOINT": "/v1/videos",
            "VEO3_MODEL": "veo_3_1",
            "VIDEO_GEN_MODEL": "veo_3_1",
        }
        served = start(tmp_path_factory.mktemp("relayed"), VIDEO_GEN_ALLOW_PRIVATE_URLS="1", **settings)
        yield served
        served.stop()


def blocks(language: str) -> list[str]:
    found = BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    return [block["text"] for block in found if block["language"] == language]


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_shell_example(served: Served, tmp_path: Path):
    image = served.client.post("/api/v1/images/generate", json={"prompt": "a calm ocean", "width": 256, "height": 144})
    (text,) = blocks("bash")
    text = text.replace("http://localhost:8000", served.url)
    text = text.replace("https://example.com/image.jpg", image.json()["image_url"])
    answer = json.loads(run(["bash", "-c", text.replace("curl", "curl -sS", 1)], tmp_path))
    assert answer["status"] == "pending"
    assert served.ended(answer["task_id"])["status"] == "completed"


def test_the_python_examples_in_their_order(served: Served, tmp_path: Path):
    Image.linear_gradient("L").resize((640, 360)).convert("RGB").save(tmp_path / "input.jpg")
    script = PREAMBLE + "\n".join(blocks("python")).replace("http://localhost:8000", served.url)
    printed = run([sys.executable, "-c", script], tmp_path)
    assert "Video ready: " in printed
    assert "Success: " in printed
    for url in re.findall(r"(?:Video ready|Success): (\S+)", printed):
        assert served.client.get(url).headers["content-type"] == "video/mp4"
