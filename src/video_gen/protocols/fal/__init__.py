"""fal's queue: a request waits for a runner, is carried out, and keeps its result.

Belongs here: the calls (`wire.py`), a model's input (`body.py`), what a refusal and a failure mean (`refusals.py`).
Does not belong here: what each model takes (`catalog`).
"""
