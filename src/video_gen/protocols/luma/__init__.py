"""Luma's two services: Luma Agents, and the older Dream Machine. Each is a protocol of its own.

Belongs here: the calls of each (`agents.py`, `dream_machine.py`), how a lost Dream Machine submit is recognised
(`lookup.py`), what a refusal means (`refusals.py`).
Does not belong here: which ratios and lengths a model takes (`catalog`).
"""
