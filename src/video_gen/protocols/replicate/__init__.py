"""Replicate's predictions: a model runs with an input, and its output is kept for an hour.

Belongs here: the calls (`wire.py`), a model's input (`body.py`), finding a prediction whose answer was lost
(`search.py`), what a refusal and a failure mean (`refusals.py`).
Does not belong here: what each model takes (`catalog`).
"""
