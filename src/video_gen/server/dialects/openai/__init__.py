"""OpenAI's Videos API: `/v1/videos` and `/v1/models`, as OpenAI's own clients call them.

Paths, fields and errors: openai-openapi f85dbe2 (2026-08-21) and the clients' 3.52.0. OpenAI has switched its service
off; the shape is what relays, local servers and gateways speak.
"""

from fastapi import APIRouter

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.openai import changes, characters, content, images, models, videos
from video_gen.server.dialects.openai.problem import render
from video_gen.server.dialects.openai.shown import NAME

router = APIRouter()
for part in (characters, videos, changes, content, images, models):
    router.include_router(part.router)

DIALECT = Dialect(name=NAME, router=router, prefixes=("/v1",), render=render)
