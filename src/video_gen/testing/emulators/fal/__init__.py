"""fal, as its documents and its own client know it.

Belongs here: the queue (`emulator.py`), what a model's input may hold (`schemas.py`), its files (`storage.py`), and the
signed notices (`notices.py`).
"""

from video_gen.testing.emulators.fal.emulator import FAL, FalEmulator

__all__ = ["FalEmulator"]

SANDBOX = (FAL,)
