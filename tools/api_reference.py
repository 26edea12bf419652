"""Write docs/reference/api.md from the native routes of the server."""

import inspect

from _generate import publish, table
from fastapi import FastAPI

from video_gen.exceptions import VideoGenerationError
from video_gen.server import faults, file_routes, operators
from video_gen.server.describing import Field, Operation, operations
from video_gen.server.dialects.native import DIALECT

HEAD = """\
# The REST API

<!-- Written by tools/api_reference.py from src/video_gen/server; `make docs` writes it again. -->

What `video-gen serve` answers at its own paths; [Run the server](../how-to/run-the-server.md) shows how to use it. A
running server tells the same at `/docs`, and for programs at `/openapi.json`. A key goes into the header
`Authorization: Bearer KEY` or `x-api-key: KEY`.

Every answer that is no success is `{"error": {"type", "message", "retryable", "code"}}`: `type` is `ServiceError` when
the same request may work later and `VideoGenerationError` otherwise, `code` is one of [the errors'](errors.md). The
status is that error's, with `Retry-After` where it is known when to come back.
"""


def section(each: Operation) -> str:
    """Return one operation's entry."""
    old = " (deprecated)" if each.deprecated else ""
    parts = [f"## {each.method} {each.path}{old}", f"{each.summary}. {each.meaning}"]
    for title, fields in (
        ("parameter", each.parameters),
        ("field of the body", each.body),
        ("field of the answer", each.answer),
    ):
        if fields:
            parts.append(table([title, "type", "meaning"], [row(field) for field in fields]))
    return "\n\n".join(parts) + "\n"


def row(field: Field) -> list[str]:
    """Return a field's line."""
    needed = " (needed)" if field.needed else ""
    return [f"`{field.name}`", f"{field.kind}{needed}", field.meaning]


def page() -> str:
    """Return the whole page."""
    app = FastAPI(title="video-gen")
    for router in (DIALECT.router, file_routes.router, operators.router):
        app.include_router(router)
    return "\n".join([HEAD, refusals(), *(section(each) for each in operations(app.openapi()))])


def refusals() -> str:
    """Return the errors that only HTTP knows."""
    found = (each for each in vars(faults).values() if inspect.isclass(each) and each.__module__ == faults.__name__)
    kinds = [each for each in found if issubclass(each, VideoGenerationError)]
    rows = [[f"`{each.code}`", str(each.http_status), inspect.getdoc(each) or ""] for each in kinds]
    return f"Some errors only a server has:\n\n{table(['code', 'status', 'meaning'], rows)}\n"


if __name__ == "__main__":
    publish("api.md", page())
