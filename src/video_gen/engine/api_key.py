"""An API key: who may ask this installation for what, and how much. The secret itself is kept nowhere.

A secret has 190 random bits behind the part that is shown, so its plain SHA-256 can be stored: there is nothing to
guess, and no slow hash is needed, which every request would have to wait for.
"""

import hashlib
import hmac
import secrets
import string
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, Self, TypedDict

from pydantic import Field, SecretStr, ValidationError, field_validator

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Plan
from video_gen.spec.request import first_problem
from video_gen.spec.value import Value

MARK: Final = "vg_"
"""How every secret begins, so that a leaked one is recognized."""
SHOWN: Final = len(MARK) + 8
"""Characters of a secret that are stored and shown as they are, to tell keys apart."""
_HIDDEN: Final = 32
_ALPHABET: Final = string.ascii_letters + string.digits


class Scope(StrEnum):
    """What a key is for."""

    GENERATE = "generate"
    """Make jobs, and cancel, retry or delete them."""
    READ = "read"
    """Look at jobs, files, models and spending."""
    ADMIN = "admin"
    """All of it, and everyone's jobs."""


class Allowance(TypedDict, total=False):
    """What a key may do; each word as the field of `ApiKey` that it sets."""

    scopes: frozenset[Scope]
    models: tuple[str, ...]
    max_cost_per_day: int | None
    max_jobs_per_day: int | None
    max_concurrent: int | None
    requests_per_minute: int | None
    expires_at: datetime | None


class ApiKey(Value):
    """A key as it may be shown. None in a limit: there is none."""

    id: str
    name: str = Field(min_length=1, max_length=100)
    prefix: str
    """The beginning of its secret."""
    scopes: frozenset[Scope] = frozenset({Scope.GENERATE, Scope.READ})
    models: tuple[str, ...] = ()
    """Patterns of models it may use, like `openai/*`; empty: all."""
    max_cost_per_day: int | None = Field(default=None, ge=0, le=10**15)
    """Micro-USD that its jobs may cost in a UTC day."""
    max_jobs_per_day: int | None = Field(default=None, ge=0, le=10**9)
    """Jobs it may make in a UTC day."""
    max_concurrent: int | None = Field(default=None, ge=1, le=10**6)
    """Jobs that may be under way at once."""
    requests_per_minute: int | None = Field(default=None, ge=1, le=10**6)
    """Requests to the server."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute."""

    @field_validator("name")
    @classmethod
    def _name_reads(cls, name: str) -> str:
        if name != name.strip() or not name.isprintable():
            raise ValueError("a name has no spaces at its ends, and only characters that can be seen")
        return name

    @field_validator("scopes")
    @classmethod
    def _for_something(cls, scopes: frozenset[Scope]) -> frozenset[Scope]:
        if not scopes:
            raise ValueError(f"a key is for something: give one or more of {', '.join(Scope)}")
        return scopes

    @field_validator("models")
    @classmethod
    def _patterns_read(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        if not all(0 < len(pattern) <= 200 for pattern in models):
            raise ValueError("a model's pattern has 1 to 200 characters, like `openai/*`")
        return models

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Build a key from a caller's words.

        Raises:
            InvalidRequestError: names the first field that does not fit, its value and its limit.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise InvalidRequestError(first_problem(error)) from None

    def usable(self, at: datetime) -> bool:
        """Whether it opens the door: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def allows(self, scope: Scope) -> bool:
        """Whether it is for this; an admin's is for everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def allows_model(self, model: str) -> bool:
        """Whether it may use a model, by its card's id."""
        return not self.models or any(fnmatchcase(model, pattern) for pattern in self.models)

    def allows_plan(self, plan: Plan) -> bool:
        """Whether it may use every model of a plan, also those it falls back to."""
        return all(self.allows_model(each.model) for each in (plan, *plan.alternatives))


def new_secret() -> SecretStr:
    """Return a secret that was never used and cannot be guessed."""
    return SecretStr(MARK + "".join(secrets.choice(_ALPHABET) for _ in range(SHOWN - len(MARK) + _HIDDEN)))


def shown_part(secret: str) -> str | None:
    """Return the beginning of what could be a secret; None for what is none."""
    could_be = len(secret) == SHOWN + _HIDDEN and secret.startswith(MARK) and secret.isascii()
    return secret[:SHOWN] if could_be else None


def digest_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, digest: str) -> bool:
    """Whether a secret is the one that was stored; takes as long for every wrong one."""
    return hmac.compare_digest(digest_of(secret), digest)
