"""Luma's two services, as their documents and clients know them.

Belongs here: the services (`agents.py`, `dream_machine.py`) and what each takes (`agents_body.py`,
`dream_machine_body.py`), what they word alike (`details.py`), and Dream Machine's notices (`callbacks.py`).
"""

from video_gen.testing.emulators.luma.agents import AGENTS, LumaAgentsEmulator
from video_gen.testing.emulators.luma.dream_machine import DREAM_MACHINE, DreamMachineEmulator

__all__ = ["DreamMachineEmulator", "LumaAgentsEmulator"]

SANDBOX = (AGENTS, DREAM_MACHINE)
