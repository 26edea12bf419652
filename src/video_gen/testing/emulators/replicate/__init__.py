"""Replicate, as its documents and its own client know it.

Belongs here: the calls (`emulator.py`), what a submit may ask for (`asked.py`) of a model (`models.py`), how a
prediction is shown (`predictions.py`), uploaded files (`files.py`).
"""

from video_gen.testing.emulators.replicate.emulator import REPLICATE, ReplicateEmulator

__all__ = ["ReplicateEmulator"]

SANDBOX = (REPLICATE,)
