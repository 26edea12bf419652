import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from receiver import Receiver
from server_world import Backed, Served, start

from video_gen.testing.emulators.sandbox import sandbox

NODE_CLIENTS = Path(__file__).parents[2] / ".node" / ".ready"
collect_ignore = [] if NODE_CLIENTS.exists() else ["test_node_clients.py"]


def pytest_report_header() -> str | None:
    return None if NODE_CLIENTS.exists() else "clients for Node: not installed, not tried (`make node` installs them)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open server of this module."""
    served = start(tmp_path_factory.mktemp("server"))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """An address of this module that is posted to."""
    opened = Receiver()
    thread = threading.Thread(target=opened.serve_forever, daemon=True)
    thread.start()
    yield opened
    opened.shutdown()
    opened.server_close()
    thread.join()


@pytest.fixture(scope="module")
def task(server: Served) -> dict[str, Any]:
    """A completed task of the module's server."""
    return server.made()


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    """An open server of this module, with every provider emulated."""
    with sandbox(port=0, size="small", queue_s=0.05, render_s=0.1) as opened:
        served = start(tmp_path_factory.mktemp("backed"), **opened.environment)
        yield Backed(served, opened)
        served.stop()
