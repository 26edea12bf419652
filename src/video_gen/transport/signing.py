"""Proofs of who calls: each kind of `Provider.signing` as the headers it adds to a request."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from video_gen.exceptions import ConfigurationError
from video_gen.spec import Provider
from video_gen.transport.endpoint import missing_key, setting
from video_gen.transport.machine import Machine
from video_gen.transport.unsigned import Signer, Unsigned

KeyOf = Callable[[Provider], SecretStr | None]
"""Finds a provider's key; None where there is none."""
TOKEN_LIFE: Final = 1800
"""Seconds a token made here is valid (Kling's own choice, read 2026-11-21)."""
TOKEN_SLACK: Final = 5
"""Seconds by which the other clock may be behind."""


@dataclass(frozen=True, slots=True)
class FixedHeaders:
    """The same headers for each request."""

    headers: dict[str, str]

    async def sign(self, request: Unsigned) -> dict[str, str]:  # noqa: ARG002 (a signer's contract)
        """Return the headers to add."""
        return dict(self.headers)


@dataclass(frozen=True, slots=True)
class Token:
    """A token made anew for each request: it says who asks, and until when."""

    issuer: str
    secret: str
    clock: Callable[[], float] = time.time

    async def sign(self, request: Unsigned) -> dict[str, str]:  # noqa: ARG002 (a signer's contract)
        """Return the headers to add."""
        now = int(self.clock())
        claims: dict[str, str | int] = {"iss": self.issuer, "exp": now + TOKEN_LIFE, "nbf": now - TOKEN_SLACK}
        return bearer(hs256(claims, self.secret))


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def hs256(claims: dict[str, str | int], secret: str) -> str:
    """Return a JSON Web Token signed with HMAC-SHA256 (RFC 7515, 3.1; RFC 7518, 3.2)."""
    header = {"alg": "HS256", "typ": "JWT"}
    signed = b".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return b".".join((signed, _base64url(signature))).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def plain_key(provider: Provider, key: SecretStr | None) -> str:
    """Return the key as a header can carry it.

    Raises:
        ConfigurationError: there is none, or it holds what no header can carry.
    """
    value = key.get_secret_value().strip() if key else ""
    if not value:
        raise missing_key(provider)
    if not (value.isascii() and value.isprintable()):
        raise ConfigurationError(
            f"the key of `{provider.id}` holds characters that no key has: copy it again into "
            f"{' or '.join(provider.key_env) or 'its variable'}",
            provider=provider.id,
        )
    return value


def signer_for(provider: Provider, key: SecretStr | None, machine: Machine) -> Signer:
    """Return what signs a provider's requests: with the key, or with what the machine has where that is allowed.

    Raises:
        ConfigurationError: the key, a setting or a library is missing.
    """
    signer: Signer
    match provider.signing:
        case "none":
            signer = FixedHeaders({})
        case "header":
            value = provider.key_format.format(key=plain_key(provider, key))
            signer = FixedHeaders({provider.key_header or "Authorization": value})
        case "jwt":
            signer = Token(setting(provider, "access_key"), plain_key(provider, key))
        case "google" if key is None:
            signer = machine.google(provider)
        case "sigv4" if key is None:
            signer = machine.aws(provider, setting(provider, "service"))
        case "bearer" | "google" | "sigv4":
            signer = FixedHeaders(bearer(plain_key(provider, key)))
    return signer
