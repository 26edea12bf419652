"""One small file for each wire protocol: a plan becomes calls, replies become an operation and its outcome.

Belongs here: what a provider's wire looks like and what its answers mean. Pure: a protocol yields calls and is sent
replies; it performs no I/O and knows no clock.
Does not belong here: what a model accepts (`catalog`), how calls travel (`transport`, `local`), when to ask again or
what to do about a failure (`engine`).
"""
