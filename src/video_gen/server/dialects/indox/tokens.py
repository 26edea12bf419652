"""Where IndoxRouter's client shows who it is: a token that it was given when it logged in, also as a cookie."""

from typing import Final

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from video_gen.server.auth import KeyReader, bearer, x_api_key
from video_gen.server.sessions import is_token

COOKIE: Final = "access_token"


def cookie(connection: HTTPConnection) -> SecretStr | None:
    """Find the token in the cookie."""
    token = connection.cookies.get(COOKIE)
    return SecretStr(token) if token else None


KEY_READERS: Final[tuple[KeyReader, ...]] = (bearer, x_api_key, cookie)


def recognizes(headers: Headers) -> bool:
    """Whether a request is of a client that has logged in here."""
    said, _, token = headers.get("authorization", "").partition(" ")
    return (said.lower() == "bearer" and is_token(token.strip())) or f"{COOKIE}=" in headers.get("cookie", "")
