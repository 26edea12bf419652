"""The OpenAI Videos wire, which outlived OpenAI's own service: relays and local servers speak it, each its own way.

Belongs here: the calls (`wire.py`), what a submit holds (`create.py`), how the many shapes of a job are read
(`job.py`), what a refusal means (`refusals.py`), how a lost submit is looked for (`search.py`), the wire's elder sister
at Azure (`azure_jobs.py`) and pictures (`images.py`).
Does not belong here: which service wants what; that is a setting in its catalog file.
"""
