"""Where Google's clients put their keys."""

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from video_gen.server.auth import in_header


def x_goog_api_key(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `x-goog-api-key: KEY`."""
    return in_header(connection, "x-goog-api-key")


def in_query(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `?key=KEY`."""
    key = connection.query_params.get("key")
    return SecretStr(key) if key else None
