"""Submit and poll through the gateway beside the same routes of the LiteLLM proxy, over one emulated provider.

    python benchmarks/gateway.py [--submits 300] [--polls 2000] [--in-flight 1000] [--without-litellm]

Both serve `POST /v1/videos` and `GET /v1/videos/{id}` of the same model; the emulator behind them answers at once and
works for as long as the run takes. video-gen stores each job before it answers; the proxy keeps none, and asks the
provider each time. CPU is of the server's processes, so it means the same on a loaded machine. litellm gets an
environment of its own, `.venv-litellm-proxy`, made on the first run.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from video_gen.testing.emulators.sandbox import Sandbox, sandbox

LITELLM = Path(".venv-litellm-proxy")
COMMAND = Path(sys.executable).with_name("video-gen")
FORM = {"model": "sora-2", "prompt": "a paper boat", "seconds": "4", "size": "1280x720"}
KEY = "sk-benchmark"
TICKS = os.sysconf("SC_CLK_TCK")
AT_ONCE = 16


@dataclass
class Contender:
    """A server under test."""

    name: str
    url: str
    pid: int


@dataclass
class Figures:
    """What one kind of request took."""

    per_second: float
    milliseconds: list[float]
    cpu_ms: float
    failed: int

    def shown(self) -> str:
        cuts = statistics.quantiles(self.milliseconds, n=100)
        p50, p95, p99 = cuts[49], cuts[94], cuts[98]
        return f"{self.per_second:>9.0f}/s {p50:>7.1f} {p95:>7.1f} {p99:>7.1f} {self.cpu_ms:>9.2f} {self.failed:>7}"


def family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for each in found:
        children = Path(f"/proc/{each}/task/{each}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_mb(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **settings}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


async def ready(url: str, path: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < end:
            try:
                async with session.get(url + path) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


async def measured(contender: Contender, calls: int, ask) -> tuple[Figures, list[dict]]:
    """Make calls, `AT_ONCE` at a time."""
    left, times, answers, failed = iter(range(calls)), [], [], 0
    before, start = cpu_seconds(contender.pid), time.perf_counter()

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal failed
        for number in left:
            began = time.perf_counter()
            status, body = await ask(session, number)
            times.append((time.perf_counter() - began) * 1000)
            answers.append(body)
            failed += status >= 400

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))
    took = time.perf_counter() - start
    cpu = (cpu_seconds(contender.pid) - before) * 1000 / calls
    return Figures(calls / took, times, cpu, failed), answers


async def contend(contender: Contender, chosen: argparse.Namespace) -> dict[str, str]:
    url = f"{contender.url}/v1/videos"

    async def submit(session: aiohttp.ClientSession, number: int) -> tuple[int, dict]:
        form = {**FORM, "prompt": f"{FORM['prompt']} {number}"}
        async with session.post(url, data=form) as answer:
            return answer.status, json.loads(await answer.read())

    empty = resident_mb(contender.pid)
    submitted, videos = await measured(contender, chosen.submits, submit)
    ids = [video["id"] for video in videos if "id" in video]

    async def poll(session: aiohttp.ClientSession, number: int) -> tuple[int, dict]:
        async with session.get(f"{url}/{ids[number % len(ids)]}") as answer:
            return answer.status, json.loads(await answer.read())

    polled, _ = await measured(contender, chosen.polls, poll)
    more = chosen.in_flight - chosen.submits
    if more > 0:
        await measured(contender, more, lambda session, number: submit(session, number + chosen.submits))
    await asyncio.sleep(5)
    full = resident_mb(contender.pid)
    memory = f"{empty:.0f} MB empty, {full:.0f} MB with {max(chosen.in_flight, chosen.submits)} jobs in flight"
    return {"submit": submitted.shown(), "poll": polled.shown(), "memory": memory}


async def video_gen(opened: Sandbox, folder: Path, chosen: argparse.Namespace) -> dict[str, str]:
    port = free_port()
    settings = {
        **opened.environment,
        "VIDEO_GEN_HOME": str(folder / "home"),
        "OUTPUTS_DIR": str(folder / "outputs"),
        "VIDEO_MAX_CONCURRENT": "1000",
        "VIDEO_GEN_MAX_QUEUED": "100000",
    }
    with process([str(COMMAND), "serve", "--port", str(port)], folder, settings) as server:
        url = f"http://127.0.0.1:{port}"
        await ready(url, "/v1/models")
        return await contend(Contender("video-gen", url, server.pid), chosen)


async def litellm_proxy(opened: Sandbox, folder: Path, chosen: argparse.Namespace) -> dict[str, str]:
    port, base = free_port(), opened.environment["OPENAI_BASE_URL"]
    parameters = {"model": "openai/sora-2", "api_base": base, "api_key": opened.environment["OPENAI_API_KEY"]}
    models = [{"model_name": "sora-2", "litellm_params": parameters}]
    (folder / "config.yaml").write_text(json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}))
    command = [str((LITELLM / "bin/litellm").absolute()), "--config", "config.yaml", "--port", str(port)]
    settings = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with process([*command, "--host", "127.0.0.1"], folder, settings) as server:
        url = f"http://127.0.0.1:{port}"
        await ready(url, "/health/liveliness")
        return await contend(Contender("litellm proxy", url, server.pid), chosen)


def install_litellm() -> None:
    if not LITELLM.exists():
        print("making an environment for the LiteLLM proxy ...")
        subprocess.run([sys.executable, "-m", "venv", LITELLM], check=True)
        subprocess.run([LITELLM / "bin/pip", "install", "--quiet", "litellm[proxy]"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--submits", type=int, default=300)
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--in-flight", type=int, default=1000)
    parser.add_argument("--without-litellm", action="store_true")
    chosen = parser.parse_args()
    contenders = {"video-gen": video_gen}
    if not chosen.without_litellm:
        install_litellm()
        contenders["litellm proxy"] = litellm_proxy
    found = {}
    for name, run in contenders.items():
        with (
            sandbox(port=0, only=("openai",), size="small", queue_s=0.0, render_s=3600.0) as opened,
            tempfile.TemporaryDirectory() as folder,
        ):
            found[name] = asyncio.run(run(opened, Path(folder), chosen))
    print(f"{'':7} {'':14} {'rate':>11} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'CPU ms':>9} {'failed':>7}")
    for kind in ("submit", "poll"):
        for name, figures in found.items():
            print(f"{kind:7} {name:14} {figures[kind]}")
    for name, figures in found.items():
        print(f"{name}: {figures['memory']}")


if __name__ == "__main__":
    main()
