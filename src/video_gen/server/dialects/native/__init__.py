"""The native REST API, at the paths of the seed documentation: `/api/v1/videos/generate` and `/api/v1/tasks/{id}`.

Its errors are also those of every path that no other dialect claims.
"""

from typing import Any

from fastapi import APIRouter

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.native import attempts, events, images, models, tasks, usage, videos, webhooks
from video_gen.server.dialects.native.problem import ProblemBody, render

_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemBody, "description": "The request cannot be carried out as asked."},
    "5XX": {"model": ProblemBody, "description": "The server or a provider cannot carry it out."},
}
router = APIRouter(responses=_ERRORS)
for part in (videos, images, tasks, attempts, events, webhooks, models, usage):
    router.include_router(part.router)

DIALECT = Dialect(name="native", router=router, prefixes=("/",), render=render)
