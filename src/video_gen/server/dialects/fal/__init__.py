"""fal's queue, as its own clients call it: submit, status, result, cancel, run, and its storage.

Paths, fields and statuses: docs.fal.ai (Queue API and request errors, read 2026-11-21) and what fal-client 1.0.3 sends
and reads. It is spoken below `/fal`: `/fal/queue` for `FAL_QUEUE_RUN_HOST`, `/fal/run` for `FAL_RUN_HOST`. The client
insists on https. Every model is one, by its id or an alias.
"""

from typing import Final

from fastapi import APIRouter

from video_gen.server.auth import KeyReader, authorization, bearer
from video_gen.server.dialect import Dialect
from video_gen.server.dialects.fal import queue, shown, signing, storage
from video_gen.server.dialects.fal.problem import render

OWN: Final = "/fal"
_KEY: Final[KeyReader] = lambda connection: authorization(connection, "key")  # noqa: E731 - `Authorization: Key ...`

router = APIRouter(prefix=OWN, tags=["fal"])
for part in (storage, signing, queue):
    router.include_router(part.router)

DIALECT = Dialect(name=shown.NAME, router=router, prefixes=(OWN,), render=render, key_readers=(_KEY, bearer))
