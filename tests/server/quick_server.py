"""`video-gen serve`, as a person types it; only the waits between the steps of its jobs are short.

A provider that takes two submits in a minute takes them at once here, and is asked often how a job stands.
"""

import sys
from dataclasses import replace

from video_gen.cli import main
from video_gen.client import wiring
from video_gen.config import Config
from video_gen.testing.conformance.house import QUICK

BUSY = replace(QUICK, retries=20, retry_cap=1.0)
"""Quick, and as patient as a machine needs that draws a hundred films at once."""


def hurry() -> None:
    plain, at_once = Config.configured, {"submits_per_minute": None, "polls_per_minute": None}
    Config.configured = lambda config, provider: plain(config, provider.model_copy(update=at_once))
    wiring.policy_of = lambda _: BUSY


if __name__ == "__main__":
    hurry()
    sys.exit(main())
