"""Runway's API: a task is made from a text, a picture or a video, and asked for until it has ended.

Belongs here: the calls (`wire.py`), what a task is told (`body.py`), what a refusal and a failure mean (`refusals.py`).
Does not belong here: which ratios and lengths a model takes (`catalog`).
"""
