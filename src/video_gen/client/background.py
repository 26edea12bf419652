"""A process of its own that carries jobs out until none is unfinished: `python -m video_gen.client.background`."""

import asyncio
import subprocess
import sys
from pathlib import Path

from video_gen.config import Config

LOG = "runner.log"


def start_background(config: Config) -> None:
    """Start the process; it outlives this one and writes to `runner.log` in the home."""
    home, outputs = config.home.resolve(), config.outputs_dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with Path(home / LOG).open("ab") as log:
        subprocess.Popen(  # noqa: S603 - our own module, no words of a stranger
            [sys.executable, "-m", __name__, str(home), str(outputs)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _run(home: Path, outputs: Path) -> None:
    from video_gen.client.asynchronous import AsyncClient

    config = Config.from_environment().model_copy(update={"home": home, "outputs_dir": outputs})
    async with AsyncClient(config) as client:
        await client.run_until_idle()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), Path(sys.argv[2])))
