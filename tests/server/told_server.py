"""`video-gen serve`, as a person types it; only that it asks a provider how a job stands once an hour, unless told."""

import sys
from dataclasses import replace

from video_gen.cli import main
from video_gen.client import wiring
from video_gen.testing.conformance.house import QUICK

HOUR = 3600.0

if __name__ == "__main__":
    wiring.policy_of = lambda _: replace(QUICK, poll_first=HOUR, poll_cap=HOUR)
    sys.exit(main())
