"""What a signature is made of and for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A request before it is signed."""

    method: str
    url: str
    body: Callable[[], bytes] = bytes
    """Reads the whole body, which few signatures cover. Blocks."""


class Signer(Protocol):
    """Proves who sends a request."""

    async def sign(self, request: Unsigned) -> dict[str, str]:
        """Return the headers to add."""
        ...
