"""How many paid jobs one call makes when the provider accepts it and its answer is lost, for each client.

    python benchmarks/lost_answers.py [--without-litellm]

Every client talks to the same emulators, with its own defaults but for a timeout of one second. Two faults: the answer
hangs, and the connection is cut; each meets every submit for as long as the client goes on. What counts is what the
provider has accepted: that is what it charges for. litellm gets an environment of its own, `.venv-litellm`, made on the
first run, since its requirements are not ours.

Fails where video-gen makes anything but one.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from video_gen.testing.conformance import Wire
from video_gen.testing.conformance.house import at_home
from video_gen.testing.emulators.emulator import KEY, Emulator
from video_gen.testing.emulators.fal import SANDBOX as FAL_BOOTHS
from video_gen.testing.emulators.fal import FalEmulator
from video_gen.testing.emulators.openai import OpenAIEmulator
from video_gen.testing.emulators.runway import RunwayEmulator
from video_gen.testing.emulators.serve import serving

FAULTS = {"hang_after": "hang", "cut_after": "cut"}
TIMEOUT = 1.0
LITELLM = Path(".venv-litellm")
ROUTER = """
import asyncio, sys
from litellm import Router
url, key = sys.argv[1:]
deployment = {"model": "openai/sora-2", "api_base": url + "/v1", "api_key": key, "timeout": 1.0}
router = Router(model_list=[{"model_name": "m", "litellm_params": deployment}])
asyncio.run(router.avideo_generation(model="m", prompt="a paper boat", seconds="4"))
"""
FAL = """
import sys, fal_client.client
url, key = sys.argv[1:]
fal_client.client.QUEUE_URL_FORMAT = url + "/"  # it has no setting for it
client = fal_client.SyncClient(key=key, default_timeout=1.0)
client.submit("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", {"prompt": "a paper boat", "duration": "5"})
"""


def openai_sdk(emulator: Emulator) -> None:
    import openai

    warnings.simplefilter("ignore", DeprecationWarning)  # of the service, not of the wire
    openai.OpenAI(base_url=f"{emulator.url}/v1", api_key=KEY, timeout=TIMEOUT).videos.create(prompt="a paper boat")


def runway_sdk(emulator: Emulator) -> None:
    import runwayml

    client = runwayml.RunwayML(base_url=emulator.url, api_key=KEY, timeout=TIMEOUT)
    client.text_to_video.create(model="gen4.5", prompt_text="a paper boat", ratio="1280:720", duration=5)


def fal_sdk(emulator: Emulator) -> None:
    _process(sys.executable, FAL, emulator.url, KEY, env={})


def litellm_router(emulator: Emulator) -> None:
    _process(str(LITELLM / "bin/python"), ROUTER, emulator.url, KEY, env={"LITELLM_LOCAL_MODEL_COST_MAP": "True"})


def _process(python: str, code: str, *arguments: str, env: dict[str, str]) -> None:
    environment = {**os.environ, **env}
    ran = subprocess.run(
        [python, "-c", code, *arguments], env=environment, capture_output=True, timeout=120, check=False
    )
    assert ran.returncode, "a lost answer cannot have been a success"


def video_gen(wire: Wire) -> Callable[[Emulator], None]:
    async def make(emulator: Emulator) -> None:
        with tempfile.TemporaryDirectory() as home:
            async with at_home(wire, emulator, Path(home)) as house:
                job = await house.make()
                print(f"    video-gen's job: {job.error.code if job.error else job.status.value}")

    return lambda emulator: asyncio.run(make(emulator))


WIRES = {
    "openai": Wire(
        emulator=OpenAIEmulator,
        environment=lambda emulator: {"OPENAI_BASE_URL": f"{emulator.url}/v1", "OPENAI_API_KEY": KEY},
        text="openai/sora-2",
    ),
    "runway": Wire(
        emulator=RunwayEmulator,
        environment=lambda emulator: {"RUNWAYML_BASE_URL": emulator.url, "RUNWAYML_API_SECRET": KEY},
        text="runway/gen4.5",
    ),
    "fal": Wire(
        emulator=FalEmulator,
        environment=lambda emulator: FAL_BOOTHS[0].environment(emulator.url),
        text="fal/fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
    ),
}
CLIENTS = {"openai": openai_sdk, "runway": runway_sdk, "fal": fal_sdk}
NAMES = {"openai": "openai", "runway": "runwayml", "fal": "fal-client"}


def accepted(make: Callable[[], Emulator], client: Callable[[Emulator], None], fault: str) -> int:
    """Return how many jobs one call of a client makes."""
    with serving(make()) as (emulator,):
        emulator.faults.inject(fault, times=100)
        try:
            client(emulator)
        except Exception as error:  # noqa: BLE001 - every client has its own
            print(f"    {type(error).__module__.partition('.')[0]}: {type(error).__name__}")
        return len(emulator.world.accepted())


def install_litellm() -> None:
    if not LITELLM.exists():
        print("making an environment for litellm ...")
        subprocess.run([sys.executable, "-m", "venv", LITELLM], check=True)
        subprocess.run([LITELLM / "bin/pip", "install", "--quiet", "litellm"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--without-litellm", action="store_true")
    chosen = parser.parse_args()
    rows: list[tuple[str, str, int, int]] = []
    for provider, wire in WIRES.items():
        contenders = {NAMES[provider]: CLIENTS[provider]}
        if provider == "openai" and not chosen.without_litellm:
            install_litellm()
            contenders["litellm Router"] = litellm_router
        contenders["video-gen"] = video_gen(wire)
        for name, client in contenders.items():
            print(f"{provider}: {name}")
            hang, cut = (accepted(wire.emulator, client, fault) for fault in FAULTS)
            rows.append((provider, name, hang, cut))
    print(f"\n{'wire':8} {'client':16} {'answer hangs':>14} {'connection cut':>16}   paid jobs made by one call")
    for provider, name, hang, cut in rows:
        print(f"{provider:8} {name:16} {hang:>14} {cut:>16}")
    ours = {count for _, name, hang, cut in rows if name == "video-gen" for count in (hang, cut)}
    sys.exit(0 if ours == {1} else 1)


if __name__ == "__main__":
    main()
