"""The command line `video-gen`: one module for each noun.

Belongs here: reading arguments, printing results, exit codes. Does not belong here: anything another program would want
too; that is the client's. Heavy imports happen inside the commands, so that `--help` stays instant.
"""

from video_gen.cli.app import main

__all__ = ["main"]
