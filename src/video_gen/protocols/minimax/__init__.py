"""MiniMax's two video interfaces: version 2 for H3, version 1 for the models before it.

Belongs here: the calls (`wire.py`), what a model is asked (`body.py`), what a refusal means (`refusals.py`). Which
version a model speaks is said by `wire_options.api` of its card.
"""
