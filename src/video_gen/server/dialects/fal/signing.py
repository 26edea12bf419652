"""How fal signs what it posts (docs.fal.ai, Webhooks, read 2026-11-21), and the key by which a receiver checks it.

Ed25519 over the request, the user, the moment, and the SHA-256 of the body, each on a line of its own.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Request

from video_gen.server.services import services_of
from video_gen.spec import Job

router = APIRouter()

Derived = Callable[[str], Awaitable[bytes]]
"""Returns the installation's secret for a purpose."""
Signs = Callable[[Derived, Job, bytes, datetime], Awaitable[Mapping[str, str]]]
"""Returns the headers that a body is posted with at a moment."""
_PURPOSE: Final = "fal webhooks"
_NOBODY: Final = "nobody"


@router.get("/.well-known/jwks.json", summary="Get the key of callbacks")
async def keys(request: Request) -> dict[str, Any]:
    """Tell the public key, as a JSON Web Key Set; no key is needed to ask for it."""
    key = await _key(services_of(request).client.engine.derived_secret)
    public = key.public_key().public_bytes_raw()
    text = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": text, "use": "sig", "alg": "EdDSA", "kid": "1"}]}


async def signed(derived: Derived, job: Job, body: bytes, at: datetime) -> Mapping[str, str]:
    """Return the headers that a body is posted with."""
    user, moment = job.owner or _NOBODY, str(int(at.timestamp()))
    message = "\n".join((job.id, user, moment, sha256(body).hexdigest()))
    return {
        "X-Fal-Webhook-Request-Id": job.id,
        "X-Fal-Webhook-User-Id": user,
        "X-Fal-Webhook-Timestamp": moment,
        "X-Fal-Webhook-Signature": (await _key(derived)).sign(message.encode()).hex(),
    }


async def _key(derived: Derived) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(await derived(_PURPOSE))
