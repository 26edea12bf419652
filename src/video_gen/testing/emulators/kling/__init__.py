"""Kling's own interface: video tasks by kind, tokens signed by the caller, results on another host's links.

Belongs here: the calls (`emulator.py`), what the models take and cost (`models.py`), what a request may hold
(`forms.py`), tokens (`token.py`), and the notices sent to a caller's address (`notices.py`).
"""

from video_gen.testing.emulators.kling.booth import KLING

SANDBOX = (KLING,)
