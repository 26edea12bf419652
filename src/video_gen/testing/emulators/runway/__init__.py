"""Runway's API, as its documents and its own SDK know it.

Belongs here: calls (`emulator.py`), what a body may hold (`models.toml`, read by `forms.py`), media inputs and uploads
(`assets.py`), what a task costs (`credits.py`), and how a task is shown (`tasks.py`).
"""

from video_gen.testing.emulators.runway.emulator import RUNWAY, RunwayEmulator

__all__ = ["RunwayEmulator"]

SANDBOX = (RUNWAY,)
