"""IndoxRouter's API, as its Python client 0.1.39 calls it: a login by API key, videos, jobs, models and usage.

Facts of the wire: that client's source (2026-11-21), and the documentation of its `videos` method (2025-11-08). Paths
that other dialects have too are in `shared`.
"""

from fastapi import APIRouter

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.indox import account, jobs
from video_gen.server.dialects.indox.problem import render
from video_gen.server.dialects.indox.tokens import KEY_READERS

router = APIRouter()
for part in (account, jobs):
    router.include_router(part.router)

DIALECT = Dialect(
    name="indox",
    router=router,
    prefixes=("/api/v1/auth", "/api/v1/videos/generations", "/api/v1/jobs", "/api/v1/user"),
    render=render,
    key_readers=KEY_READERS,
)
