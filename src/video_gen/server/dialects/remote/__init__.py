"""What this project's own client speaks, `Client(base_url=...)`: the library's values as JSON, nothing translated.

Programs in other languages use the native API. This one promises only that a client and a server of the same version
understand each other, and that a newer server may say more than an older client reads. The API's page leaves it out.
"""

from fastapi import APIRouter

from video_gen.server.dialect import Dialect
from video_gen.server.dialects.remote import account, jobs, planning
from video_gen.server.dialects.remote.problem import render

ROOT = "/remote/v1"
router = APIRouter(prefix=ROOT, include_in_schema=False)
for part in (planning, jobs, account):
    router.include_router(part.router)

DIALECT = Dialect(name="remote", router=router, prefixes=(ROOT,), render=render)
