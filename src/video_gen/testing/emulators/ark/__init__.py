"""Ark: the content generation tasks of BytePlus ModelArk and of Volcengine Ark.

Belongs here: the calls (`emulator.py`), and what their bodies may hold (`form.py`).
"""

from video_gen.testing.emulators.ark.emulator import ARK, VOLCENGINE, ArkEmulator

__all__ = ["ArkEmulator"]

SANDBOX = (ARK, VOLCENGINE)
