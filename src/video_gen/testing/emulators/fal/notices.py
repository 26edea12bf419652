"""The signed notice that a request has ended (docs.fal.ai, webhooks, read 2026-11-21).

Signed with Ed25519 over the request, the user, the time and the body's SHA-256; whoever wants the public key asks for
it at a well-known place.
"""

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from video_gen.testing.emulators.callbacks import Notice

USER = "emulated-user"


class Signature:
    """The service's key pair."""

    def __init__(self) -> None:
        """Make a new one."""
        self._key = Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set."""
        public = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "use": "sig", "alg": "EdDSA", "kid": "1"}]}

    def notice(self, request_id: str, said: Any, at: float) -> Notice:
        """Return a notice, signed."""
        body, time = json.dumps(said).encode(), str(int(at))
        message = "\n".join((request_id, USER, time, sha256(body).hexdigest()))
        headers = {
            "Content-Type": "application/json",
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": USER,
            "X-Fal-Webhook-Timestamp": time,
            "X-Fal-Webhook-Signature": self._key.sign(message.encode()).hex(),
        }
        return Notice(body, headers)
