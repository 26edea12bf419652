"""The dialects: one module or package for each wire shape that some client of the world speaks.

A dialect translates and decides nothing. It turns a request of its shape into the client's words, and a job or an error
into its shape; the rules are behind the gateway. To write one:

1. `server/dialects/NAME.py` (or a package) holds `DIALECT = Dialect(...)`: see `server.dialect`. Add its module to
   `_MODULES` below.
2. Its routes live in an `APIRouter` and declare the caller's gateway as their argument:

       @router.post("/v1/videos")
       async def create(gateway: Generates, body: VideoBody) -> Video:
           job = await gateway.create(body.prompt, words_of(body), idempotency_key=...)
           return shown(job, gateway)

   `access.Reads` lets callers in who may look, `access.Generates` those who may spend. By then the key was checked,
   wherever it stood: `key_readers` of the dialect find it. `gateway.Gateway` is all a dialect needs: plan, submit,
   create, job, jobs, events, watch, cancel, delete, models, links to files. Ids: `f"video_{job.id}"` is yours to
   choose, and the gateway takes every spelling back. Other callers' jobs do not exist in it.
3. Media go into the words as they came: bytes (of an upload), an http(s) URL, a data URI, raw base64. Never a path.
4. Errors are raised, not rendered: `InvalidRequestError("...")` and whatever the gateway raises, also unknown paths,
   wrong methods, broken JSON and bodies that are too large. Everything under `prefixes` comes back through the
   dialect's `render(fault)`, which has the error (its `code`, `message`, `retryable`), the status and headers.
   Never let FastAPI's own `{"detail": ...}` out.
5. Where two dialects share a path, one of them sets `recognizes` (it reads the headers) and puts the shared routes
   into `APIRouter(route_class=routes_for(recognizes))`; it must come before the other in `_MODULES`.
"""

from importlib import import_module
from typing import Final

from video_gen.server.dialect import Dialect

_MODULES: Final = (
    "openai", "indox", "indox.shared", "venice", "fal", "replicate", "runway", "gemini", "remote", "native",
)  # fmt: skip
"""In the order in which they are asked whether a path is theirs."""


def load() -> tuple[Dialect, ...]:
    """Return every dialect there is."""
    return tuple(import_module(f"{__name__}.{name}").DIALECT for name in _MODULES)
