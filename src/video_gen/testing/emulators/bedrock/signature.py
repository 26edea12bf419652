"""Judges a request's Signature Version 4: botocore signs the same request, and both must come to the same."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

SCHEME: Final = "AWS4-HMAC-SHA256"
STALE: Final = 900.0
"""Seconds by which a signature's time may differ from ours."""
_PARTS: Final = re.compile(
    rf"{SCHEME} Credential=(?P<key>[^/]+)/(?P<day>\d{{8}})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request,"
    r" ?SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class UnprovenError(Exception):
    """A request does not prove who sends it; `code` is AWS's name of the reason."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Proof:
    """Who sent a request, and for which region."""

    access_key: str
    region: str


def access_key_of(request: web.Request) -> str | None:
    """Return the access key a request names, None where it names none."""
    found = _PARTS.fullmatch(request.headers.get("Authorization", ""))
    return found["key"] if found else None


def judge(
    request: web.Request, body: bytes, *, service: str, access_key: str, secrets: Iterable[str], now: float
) -> Proof:
    """Return who sent a request.

    Raises:
        UnprovenError: the signature is missing, stale, or not what botocore makes of this request.
    """
    found = _PARTS.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise UnprovenError("IncompleteSignature", "Authorization header is missing, or no AWS Signature Version 4.")
    if found["key"] != access_key:
        raise UnprovenError("UnrecognizedClient", "The security token included in the request is invalid.")
    if found["service"] != service:
        raise UnprovenError("InvalidSignature", f"Credential should be scoped to correct service: '{service}'.")
    _check_time(request, found["day"], now)
    _check_payload(request, body, service)
    names = found["headers"].split(";")
    if not {"host", "x-amz-date"} <= set(names):
        raise UnprovenError("InvalidSignature", "'Host' and 'X-Amz-Date' must be signed headers.")
    signatures = (_signature(request, body, found, names, secret) for secret in secrets)
    if not any(hmac.compare_digest(each, found["signature"]) for each in signatures):
        raise UnprovenError(
            "InvalidSignature",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    return Proof(found["key"], found["region"])


def _check_time(request: web.Request, day: str, now: float) -> None:
    stamp = request.headers.get("X-Amz-Date", "")
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise UnprovenError("IncompleteSignature", "'X-Amz-Date' is missing or no date.") from None
    if not stamp.startswith(day):
        raise UnprovenError("InvalidSignature", "Date in Credential scope does not match YYYYMMDD from X-Amz-Date.")
    if abs(at.timestamp() - now) > STALE:
        raise UnprovenError("InvalidSignature", f"Signature expired: {stamp} is too far from the service's time.")


def _check_payload(request: web.Request, body: bytes, service: str) -> None:
    said = request.headers.get("X-Amz-Content-SHA256")
    if service == "s3" and said is None:
        raise UnprovenError("MissingSecurityHeader", "Your request is missing a required header: x-amz-content-sha256")
    if said not in {None, "UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
        raise UnprovenError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' is not the body's.")


def _signature(request: web.Request, body: bytes, found: re.Match[str], names: list[str], secret: str) -> str:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    kind = S3SigV4Auth if found["service"] == "s3" else SigV4Auth
    auth = kind(Credentials(found["key"], secret), found["service"], found["region"])
    headers = {name: request.headers.get(name, "") for name in names}
    again = AWSRequest(
        method=request.method, url=f"http://{request.host}{request.raw_path}", headers=headers, data=body
    )
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))
