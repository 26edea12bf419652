"""Who a caller is, what it may do, and where requests show keys."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from video_gen.engine.api_key import ApiKey, Scope
from video_gen.server.faults import ForbiddenError
from video_gen.spec import Plan

KeyReader = Callable[[HTTPConnection], SecretStr | None]
"""Finds the key in a request; None where it holds none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request: by a key, or (None) nobody in particular, where none is asked for."""

    key: ApiKey | None = None

    @property
    def id(self) -> str | None:
        """The key's id, to which its jobs belong; None: the installation itself."""
        return None if self.key is None else self.key.id

    @property
    def sees_all(self) -> bool:
        """Whether everyone's jobs are there for it."""
        return self.key is not None and Scope.ADMIN in self.key.scopes

    def check_scope(self, scope: Scope) -> None:
        """Refuse what the key is not for.

        Raises:
            ForbiddenError: the key lacks the scope.
        """
        if self.key is not None and not self.key.allows(scope):
            has = ", ".join(sorted(self.key.scopes))
            raise ForbiddenError(
                f"the key `{self.key.name}` lacks the scope `{scope}` (it has: {has}): use another key"
            )

    def check_plan(self, plan: Plan) -> None:
        """Refuse models that the key is not for.

        Raises:
            ForbiddenError: names the first of them.
        """
        for each in (plan, *plan.alternatives):
            if self.key is not None and not self.allows(each.model):
                allowed = ", ".join(self.key.models)
                raise ForbiddenError(
                    f"the key `{self.key.name}` is not for the model `{each.model}`: it is for {allowed}"
                )

    def allows(self, model: str) -> bool:
        """Whether the key is for this model, by its card's id."""
        return self.key is None or self.key.allows_model(model)


NOBODY: Final = Caller()


def bearer(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `Authorization: Bearer KEY`."""
    return authorization(connection, "bearer")


def x_api_key(connection: HTTPConnection) -> SecretStr | None:
    """Find the key in `x-api-key: KEY`."""
    return in_header(connection, "x-api-key")


def authorization(connection: HTTPConnection, scheme: str) -> SecretStr | None:
    """Find the key in `Authorization: SCHEME KEY`, the scheme in any case."""
    said, _, key = connection.headers.get("authorization", "").strip().partition(" ")
    return _secret(key) if said.lower() == scheme.lower() else None


def in_header(connection: HTTPConnection, name: str) -> SecretStr | None:
    """Find the key in a header of its own."""
    return _secret(connection.headers.get(name))


def presented(connection: HTTPConnection, readers: Iterable[KeyReader]) -> SecretStr | None:
    """Return the key that a request holds, by the first reader that finds one."""
    return next((key for reader in readers if (key := reader(connection)) is not None), None)


def _secret(text: str | None) -> SecretStr | None:
    return SecretStr(text.strip()) if text and text.strip() else None
