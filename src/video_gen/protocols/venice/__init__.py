"""Venice's video queue: one wire for models of many makers.

Belongs here: the calls (`wire.py`), what a model is asked (`body.py`), what a refusal means (`refusals.py`). Does not
belong here: which model takes what (the catalog); pictures and speech.
"""
