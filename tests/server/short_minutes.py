"""`video-gen serve`, as a person types it; only the minute is short in which a key's requests are counted."""

import sys

from video_gen.cli import main
from video_gen.server import rate

if __name__ == "__main__":
    rate.WINDOW = 2.0
    sys.exit(main())
