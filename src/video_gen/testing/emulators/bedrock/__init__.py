"""Amazon Bedrock's asynchronous invocations, and the bucket they write to.

Belongs here: calls (`emulator.py`), an invocation's life (`invocation.py`), what the models take (`model_input.py`),
the bucket (`bucket.py`), and what a request must be: botocore has the word (`signature.py`, `service_model.py`).
"""

from importlib.util import find_spec

from video_gen.testing.emulators.bedrock.booth import BEDROCK

SANDBOX = (BEDROCK,) if find_spec("botocore") else ()
"""Signatures are checked by botocore (extra `aws`)."""
