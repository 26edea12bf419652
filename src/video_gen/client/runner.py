"""Carries jobs out until none is unfinished: `python -m video_gen.client.runner HOME OUTPUTS`.

SIGTERM ends it in order: what is being sent is answered and noted first, and the jobs go on with the next start.
"""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from video_gen.client.asynchronous import AsyncClient
from video_gen.config import Config


async def run(home: Path, outputs: Path) -> None:
    """Carry out the jobs of a home until none is unfinished."""
    here = asyncio.current_task()
    assert here is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, here.cancel)
    config = Config.from_environment().model_copy(update={"home": home, "outputs_dir": outputs})
    async with AsyncClient(config) as client:
        await client.run_until_idle()


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2])))
