"""Replicate's API, as its own clients call it: predictions, models, webhooks, files, the account.

Paths, fields and statuses: Replicate's OpenAPI description as github.com/api-evangelist/replicate @8489b80 keeps it,
and what replicate 1.0.7 sends and reads (2026-11-21). It is spoken below `/replicate`, since OpenAI has `/v1/models`: a
client is pointed here by `REPLICATE_BASE_URL`. Every model is one, by `OWNER/NAME`.
"""

from typing import Final

from fastapi import APIRouter

from video_gen.server.auth import KeyReader, authorization, bearer
from video_gen.server.dialect import Dialect
from video_gen.server.dialects.replicate import account, files, models, predictions, webhooks
from video_gen.server.dialects.replicate.problem import render
from video_gen.server.dialects.replicate.shown import NAME

OWN: Final = "/replicate"
_TOKEN: Final[KeyReader] = lambda connection: authorization(connection, "token")  # noqa: E731 - as older clients say it

router = APIRouter(prefix=f"{OWN}/v1", tags=["replicate"])
for part in (predictions, models, files, webhooks, account):
    router.include_router(part.router)

DIALECT = Dialect(name=NAME, router=router, prefixes=(OWN,), render=render, key_readers=(bearer, _TOKEN))
