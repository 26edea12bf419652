"""Who a caller is, and what it may do."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Final, Literal

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from video_gen.server.faults import ForbiddenError
from video_gen.spec import Value

Scope = Literal["generate", "read", "admin"]
SCOPES: Final[frozenset[Scope]] = frozenset({"generate", "read", "admin"})
KeyReader = Callable[[HTTPConnection], SecretStr | None]
"""Finds the key in a request; None where it holds none."""


class Caller(Value):
    """Whoever sends a request."""

    id: str | None
    """The key's id; None where no key is asked for: the installation itself."""
    name: str
    scopes: frozenset[Scope] = SCOPES
    models: tuple[str, ...] = ("*",)
    """Patterns of the models it may use: "local", "google/*"."""

    def check_scope(self, scope: Scope) -> None:
        """Refuse what the key is not for.

        Raises:
            ForbiddenError: the key lacks the scope.
        """
        if scope not in self.scopes and "admin" not in self.scopes:
            has = ", ".join(sorted(self.scopes)) or "none"
            raise ForbiddenError(f"the key `{self.name}` lacks the scope `{scope}` (it has: {has}): use another key")

    def allows(self, model: str) -> bool:
        """Whether the key is for this model, by its card's id."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)


NOBODY: Final = Caller(id=None, name="no key")
"""Everybody, where no key is asked for."""


def bearer(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `Authorization: Bearer KEY`."""
    return authorization(connection, "bearer")


def x_api_key(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `x-api-key: KEY`."""
    return _secret(connection.headers.get("x-api-key"))


def authorization(connection: HTTPConnection, scheme: str) -> SecretStr | None:
    """Find the key in `Authorization: SCHEME KEY`, the scheme in any case."""
    said, _, key = connection.headers.get("authorization", "").strip().partition(" ")
    return _secret(key) if said.lower() == scheme else None


def presented(connection: HTTPConnection, readers: Iterable[KeyReader]) -> SecretStr | None:
    """Return the key that a request holds, by the first reader that finds one."""
    return next((key for reader in readers if (key := reader(connection)) is not None), None)


def _secret(text: str | None) -> SecretStr | None:
    return SecretStr(text.strip()) if text and text.strip() else None
