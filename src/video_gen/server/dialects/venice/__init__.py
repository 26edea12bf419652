"""Venice's video API, as its community client calls it: queue, retrieve, quote, complete, models and images.

Facts of the wire: Venice's API description 20260821.193530, and what venice-sdk 0.3.3 sends and reads (2026-11-21). It
is spoken below `/venice/api/v1`, and its video calls also below `/api/v1`, where no other dialect has them.
"""

from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.venice import calls, images, models
from video_gen.server.dialects.venice.problem import render

OWN: Final = "/venice/api/v1"

router = APIRouter(tags=["venice"])
for part in (calls, images, models):
    router.include_router(part.router, prefix=OWN)
for part in (calls, images):
    router.include_router(part.router, prefix="/api/v1", include_in_schema=False)

# The client joins a base URL that ends in a slash with another slash.
for part in (calls, images, models):
    for route in part.router.routes:
        if isinstance(route, APIRoute):
            methods = list(route.methods or ())
            router.add_api_route(f"{OWN}/{route.path}", route.endpoint, methods=methods, include_in_schema=False)

DIALECT = Dialect(name="venice", router=router, prefixes=("/venice", "/api/v1/video"), render=render)
