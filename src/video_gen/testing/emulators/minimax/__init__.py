"""MiniMax's two video interfaces.

Belongs here: the calls (`emulator.py`), and what their bodies may hold (`form.py`).
"""

from video_gen.testing.emulators.minimax.emulator import MINIMAX, MiniMaxEmulator

__all__ = ["MiniMaxEmulator"]

SANDBOX = (MINIMAX,)
