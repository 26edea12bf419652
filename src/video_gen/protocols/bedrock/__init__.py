"""Amazon Bedrock's asynchronous invocations: a model writes its video into a bucket of the caller's.

Belongs here: the calls (`wire.py`), what each model is told (`model_input.py`), what a refusal means (`refusals.py`).
Does not belong here: signing, and reading the bucket (`transport`).
"""
