"""Access tokens: what a client shows in place of its key, for clients that log in first. They are signed and expire.

A token holds its key's id and no secret, so a key that is revoked closes its tokens too.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Final, NamedTuple

from pydantic import SecretStr

MARK: Final = "vgt_"
"""How every token begins."""
LIFE_S: Final = 86_400
_NOBODY: Final = "nobody"
_TOKEN: Final = re.compile(rf"{MARK}(?P<key>key_[0-9a-f]+|{_NOBODY})\.(?P<expires>\d{{1,12}})\.(?P<signature>[\w-]+)")


class Session(NamedTuple):
    """Whose a token is."""

    key_id: str | None
    """None: nobody's in particular, of a server that asks for no keys."""


class Sessions:
    """Makes and reads tokens."""

    def __init__(self, secret: bytes, *, now: Callable[[], float], seconds: int = LIFE_S) -> None:
        """Sign with `secret`; a token lasts `seconds` by the clock `now`."""
        self._secret = secret
        self._now = now
        self.seconds = seconds

    def begin(self, key_id: str | None) -> str:
        """Return a token of a key."""
        named = f"{key_id or _NOBODY}.{int(self._now()) + self.seconds}"
        return f"{MARK}{named}.{self._signature(named)}"

    def read(self, token: SecretStr) -> Session | None:
        """Return whose a token is; None where it is none of ours, or has expired."""
        found = _TOKEN.fullmatch(token.get_secret_value())
        if found is None:
            return None
        genuine = hmac.compare_digest(found["signature"], self._signature(f"{found['key']}.{found['expires']}"))
        if not genuine or int(found["expires"]) <= self._now():
            return None
        return Session(None if found["key"] == _NOBODY else found["key"])

    def _signature(self, named: str) -> str:
        return urlsafe_b64encode(hmac.digest(self._secret, named.encode(), "sha256")[:24]).decode()


def is_token(text: str) -> bool:
    """Whether a text looks like a token."""
    return text.startswith(MARK)
