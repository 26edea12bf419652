"""A process that carries out the jobs of a home until it is killed, or told to stop by SIGTERM.

    python runner.py FOLDER VIDEO POLLS

Prints "runs" when it has the lock, and "stopped" when it has stopped in order.
"""

import asyncio
import signal
import sys
from pathlib import Path

from paid_world import PaidWorld


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main() -> None:
    folder, video, polls = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    world = PaidWorld(folder / "elsewhere", video)
    world.polls = polls
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    jobs = await world.jobs(folder / "home", folder / "outputs", limit=5)
    say("open")
    jobs.run()
    while not jobs.runs and not stop.is_set():
        await asyncio.sleep(0.01)
    say("runs")
    await stop.wait()
    await jobs.close()
    say("stopped")


asyncio.run(main())
