"""Runway's API at version 2024-11-06, as its clients call it: videos and images as tasks, uploads, the organization.

Paths, fields and statuses: runwayml 5.24.0 and docs.dev.runwayml.com (2026-11-21). A client is pointed here by
`RUNWAYML_BASE_URL`; its models are Runway's by their own names, and any other by its id.
"""

from fastapi import APIRouter

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.runway import account, create, tasks
from video_gen.server.dialects.runway.problem import render

router = APIRouter(prefix="/v1", tags=["runway"])
for part in (create, tasks, account):
    router.include_router(part.router)

DIALECT = Dialect(
    name="runway",
    router=router,
    prefixes=(*(f"/v1/{kind}" for kind in create.KINDS), "/v1/tasks", "/v1/uploads", "/v1/organization"),
    render=render,
)
