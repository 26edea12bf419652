"""What a route declares as its argument to be given a caller's gateway: by then the caller has been let in."""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer, SecurityScopes

from video_gen.engine.api_key import Scope
from video_gen.server.auth import Caller, presented
from video_gen.server.dialect import dialect_of
from video_gen.server.gateway import Gateway
from video_gen.server.guard import Guard
from video_gen.server.services import services_of

# Named for the OpenAPI page alone; dialects read keys where their clients put them.
_BEARER = HTTPBearer(auto_error=False, description="An API key of this server.")
_HEADER = APIKeyHeader(name="x-api-key", auto_error=False, description="An API key of this server.")


async def gateway_of(
    request: Request,
    needed: SecurityScopes,
    _bearer: Annotated[object, Security(_BEARER)],
    _header: Annotated[object, Security(_HEADER)],
) -> Gateway:
    """Let the caller in, and return what it can do.

    Raises:
        UnauthorizedError: a key is needed, and there is none that is known.
        ForbiddenError: the key is for something else.
        TooManyRequestsError: it asks too often.
    """
    services = services_of(request)
    dialect = dialect_of(request, services.dialects)
    caller = await services.guard.admit(presented(request, dialect.key_readers))
    request.state.caller = caller.id
    _count(request, services.guard, caller)
    for scope in needed.scopes:
        caller.check_scope(Scope(scope))
    base_url = services.public_url or str(request.base_url).rstrip("/")
    return Gateway(services, caller, base_url)


def _count(request: Request, guard: Guard, caller: Caller) -> None:
    standing = None if caller.key is None else guard.count(caller.key)
    if caller.key is not None and standing is not None:
        request.state.headers = standing.headers()
        guard.check(caller.key, standing)


Reads = Annotated[Gateway, Security(gateway_of, scopes=[Scope.READ])]
"""The gateway of a caller who may look."""
Generates = Annotated[Gateway, Security(gateway_of, scopes=[Scope.GENERATE])]
"""The gateway of a caller who may spend."""
Decides = Annotated[Gateway, Security(gateway_of, scopes=[Scope.ADMIN])]
"""The gateway of a caller who speaks for the installation."""
