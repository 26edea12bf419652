"""Links to files: they need no key, since their signature says that somebody with one was given them, and they expire.

A link is a path of the server, `/files/OWNER/EXPIRES-SIGNATURE/NAME`: without a query, so that it survives a shell.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from video_gen.server.faults import ForbiddenError, GoneError

FOLDER: Final = "/files"
_STEP: Final = 300
"""Seconds by which expiry times are apart, so that a link asked for twice is the same."""
_PATH: Final = re.compile(rf"{FOLDER}/(?P<of>[\w-]+)/(?P<seal>\w+-[\w-]+)/(?P<name>[\w.-]+)")


class Links:
    """Makes and reads signed links."""

    def __init__(self, secret: bytes, *, seconds: float, now: Callable[[], float]) -> None:
        """Sign with `secret`; a link lasts `seconds` or a little longer by the clock `now`."""
        self._secret = secret
        self._seconds = seconds
        self._now = now

    def path(self, of: str, name: str) -> str:
        """Return the link to a file: `name` of the job or other thing `of`."""
        expires = ceil((self._now() + self._seconds) / _STEP) * _STEP
        return f"{FOLDER}/{of}/{expires}-{self._signature(of, name, expires)}/{name}"

    def check(self, of: str, seal: str, name: str) -> float:
        """Return the seconds that a link still lasts.

        Raises:
            ForbiddenError: it is not one of ours.
            GoneError: it has expired.
        """
        expires, _, signature = seal.partition("-")
        known = expires.isascii() and expires.isdigit() and len(expires) < 16
        if not known or not hmac.compare_digest(signature.encode(), self._signature(of, name, int(expires)).encode()):
            raise ForbiddenError("the signature of this link is wrong: take the link whole, as the server gave it")
        left = int(expires) - self._now()
        if left <= 0:
            raise GoneError("this link has expired: ask for the job again, its answer holds a new one")
        return left

    def read(self, url: str, base_url: str) -> tuple[str, str] | None:
        """Return what one of this server's own links leads to, as (of, name); None for any other URL.

        Raises:
            ForbiddenError: it looks like one, and its signature is wrong.
            GoneError: it has expired.
        """
        if not url.startswith(f"{base_url}{FOLDER}/"):
            return None
        found = _PATH.fullmatch(urlsplit(url).path[len(urlsplit(base_url).path) :])
        if found is None:
            return None
        self.check(found["of"], found["seal"], found["name"])
        return found["of"], found["name"]

    def _signature(self, of: str, name: str, expires: int) -> str:
        digest = hmac.digest(self._secret, f"{of}/{expires}/{name}".encode(), "sha256")
        return urlsafe_b64encode(digest[:18]).decode()
