"""Venice's API: the video queue, its prices, its models, and pictures in OpenAI's form.

Belongs here: the calls (`emulator.py`), what a body may hold (`form.py`), and the models (`models.py`).
"""

from video_gen.testing.emulators.venice.emulator import VENICE, VeniceEmulator

__all__ = ["VeniceEmulator"]

SANDBOX = (VENICE,)
