"""Emulators: a real HTTP server for each provider's wire, faithful enough that the vendor's own client cannot tell.

Belongs here: one file for each wire, what they share (`emulator.py`, `world.py`, `faults.py`, `studio.py`, `trap.py`),
and the server that runs them (`serve.py`).
Does not belong here: what our adapters send (`protocols`): an emulator follows the provider's documents, not us.
"""
