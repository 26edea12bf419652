"""Carries jobs out until none is unfinished: `python -m video_gen.client.runner HOME OUTPUTS`."""

import asyncio
import sys
from pathlib import Path

from video_gen.client.asynchronous import AsyncClient
from video_gen.config import Config


async def run(home: Path, outputs: Path) -> None:
    """Carry out the jobs of a home until none is unfinished."""
    config = Config.from_environment().model_copy(update={"home": home, "outputs_dir": outputs})
    async with AsyncClient(config) as client:
        await client.run_until_idle()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2])))
