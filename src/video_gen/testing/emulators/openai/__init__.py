"""OpenAI's Videos API, its dialects at relays and local servers, Azure's older jobs, and pictures.

Belongs here: what a request may hold (`asked.py`), how each service speaks (`dialect.py`, `relays.py`), the API at work
(`emulator.py`, `azure.py`, `images.py`), its notices (`notices.py`) and its places in the sandbox (`booths.py`).
Does not belong here: what our own adapters make of it (`protocols/openai`).
"""

from video_gen.testing.emulators.openai.azure import AzureEmulator
from video_gen.testing.emulators.openai.booths import SANDBOX
from video_gen.testing.emulators.openai.emulator import OpenAIEmulator

__all__ = ["SANDBOX", "AzureEmulator", "OpenAIEmulator"]
