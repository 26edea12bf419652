"""Judges the token a caller has signed: a JSON Web Token by HS256 (RFC 7515; RFC 7518, 3.2)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any, Final

from video_gen.testing.emulators.emulator import RefusedError

EMPTY, INVALID, EARLY, EXPIRED = 1001, 1002, 1003, 1004
_WORDS: Final = {
    EMPTY: "Authorization is empty",
    INVALID: "Authorization is invalid",
    EARLY: "Authorization is not yet valid",
    EXPIRED: "Authorization has expired",
}


def refused(code: int) -> RefusedError:
    """Return the refusal of a token."""
    return RefusedError(401, str(code), _WORDS[code])


def judge(header: str, *, access_key: str, secrets: Iterable[str], now: float) -> None:
    """Check an Authorization header.

    Raises:
        RefusedError: with Kling's code for the reason.
    """
    if not header:
        raise refused(EMPTY)
    scheme, _, token = header.partition(" ")
    parts = token.split(".")
    if scheme != "Bearer" or len(parts) != 3:
        raise refused(INVALID)
    signed, signature = token.rpartition(".")[0].encode(), _decoded(parts[2])
    if not any(
        hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).digest(), signature) for key in secrets
    ):
        raise refused(INVALID)
    head, claims = _json(parts[0]), _json(parts[1])
    if head.get("alg") != "HS256" or claims.get("iss") != access_key:
        raise refused(INVALID)
    _check_times(claims, now)


def issuer_of(header: str) -> str | None:
    """Return who a token says it is from, None where it says nothing that can be read."""
    parts = header.partition(" ")[2].split(".")
    try:
        issuer = _json(parts[1]).get("iss") if len(parts) == 3 else None
    except RefusedError:
        return None
    return issuer if isinstance(issuer, str) else None


def _check_times(claims: dict[str, Any], now: float) -> None:
    until, since = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(until, int | float) or not isinstance(since, int | float):
        raise refused(INVALID)
    if since > now:
        raise refused(EARLY)
    if until <= now:
        raise refused(EXPIRED)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        raise refused(INVALID) from None


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except ValueError:
        raise refused(INVALID) from None
    if not isinstance(found, dict):
        raise refused(INVALID)
    return found
