"""What a dialect is: its routes, where it is spoken, how its callers show their keys, and how an error looks in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from video_gen.server.auth import KeyReader, bearer, x_api_key
from video_gen.server.errors import Fault, fault_of

Recognizes = Callable[[Headers], bool]
"""Says by a request's headers that it is meant for a dialect."""
Renders = Callable[[Fault], Response]
"""Makes the answer of an error. It keeps the fault's headers, and its status where the dialect has no other word."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dialect:
    """One way to speak of videos over HTTP."""

    name: str
    """For operators: "openai"."""
    router: APIRouter
    """Its routes, with their whole paths."""
    prefixes: tuple[str, ...]
    """Paths whose errors are this dialect's, with all that is below them; the longest that fits wins."""
    render: Renders
    key_readers: tuple[KeyReader, ...] = (bearer, x_api_key)
    """Where its callers' keys stand in a request; the first that finds one counts."""
    recognizes: Recognizes | None = None
    """For a dialect that shares paths with another: says by the headers that a request is its own. Its shared routes
    belong into a router of `routes_for(recognizes)`."""


def dialect_of(connection: HTTPConnection, dialects: Iterable[Dialect]) -> Dialect:
    """Return the dialect that a request is in: that of the longest prefix, where it shares its paths by the headers."""
    path, headers = connection.scope["path"], connection.headers
    best, length = None, (-1, False)
    for dialect in dialects:
        if dialect.recognizes is not None and not dialect.recognizes(headers):
            continue
        for prefix in dialect.prefixes:
            rank = (len(prefix), dialect.recognizes is not None)
            if rank > length and _below(path, prefix):
                best, length = dialect, rank
    assert best is not None, "one dialect has the prefix `/`"
    return best


def refusal(connection: HTTPConnection, raised: Exception, dialects: Iterable[Dialect]) -> Response:
    """Return the answer to a request that failed, in its own dialect."""
    return dialect_of(connection, dialects).render(fault_of(raised))


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def routes_for(recognizes: Recognizes) -> type[APIRoute]:
    """Return a class of routes that are not there for any other request: `APIRouter(route_class=routes_for(...))`."""

    class SharedRoute(APIRoute):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            if scope["type"] == "http" and not recognizes(Headers(scope=scope)):
                return Match.NONE, {}
            return super().matches(scope)

    return SharedRoute
