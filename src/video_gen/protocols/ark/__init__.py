"""Seedance at its maker: the content generation tasks of BytePlus ModelArk and Volcengine Ark.

Belongs here: the calls (`wire.py`), what a model is asked (`body.py`), what a refusal means (`refusals.py`).
"""
