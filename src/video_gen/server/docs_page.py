"""`/docs`: the API on one page, made here. It loads nothing from anywhere, so it works without a network."""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from video_gen.server.describing import Field, Operation, operations

router = APIRouter()

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
summary { cursor: pointer; padding: .3rem 0; }
details { margin-left: 1rem; }
code, .method { font-family: ui-monospace, monospace; }
.method { font-weight: bold; display: inline-block; width: 4.5rem; }
.old { text-decoration: line-through; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; border-bottom: 1px solid #eee; }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #ddd; }
  h2 { border-color: #444; }
  td { border-color: #333; }
  a { color: #8ab4f8; }
}
"""


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Show the API."""
    return HTMLResponse(page(operations(request.app.openapi())))


def page(found: Iterable[Operation]) -> str:
    """Return the page."""
    by_tag = groupby(sorted(found, key=lambda each: each.tag), key=lambda each: each.tag)
    parts = [f"<h2>{escape(tag)}</h2>\n" + "\n".join(map(_operation, group)) for tag, group in by_tag]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>video-gen</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        '<h1>video-gen</h1><p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(parts)}</body></html>"
    )


def _operation(each: Operation) -> str:
    old = ' class="old"' if each.deprecated else ""
    tables = [("Parameters", each.parameters), ("Body", each.body), ("Answer", each.answer)]
    shown = "".join(f"<h4>{title}</h4>{_table(fields)}" for title, fields in tables if fields)
    return (
        f'<details><summary><span class="method">{each.method}</span> <code{old}>{escape(each.path)}</code> '
        f"{escape(each.summary)}</summary><p>{escape(each.meaning)}</p>{shown}</details>"
    )


def _table(fields: Iterable[Field]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each.name)}</code>{' *' if each.needed else ''}</td>"
        f"<td>{escape(each.kind.replace('`', ''))}</td><td>{escape(each.meaning)}</td></tr>"
        for each in fields
    )
    return f"<table>{rows}</table>"
