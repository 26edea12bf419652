"""Lets callers in: by their keys, or without any where the server is open."""

from pydantic import SecretStr

from video_gen.server.auth import NOBODY, Caller
from video_gen.server.faults import UnauthorizedError


class Guard:
    """Decides who may come in."""

    def __init__(self, *, open_: bool) -> None:
        """Ask for keys, unless `open_`: then everybody may come in, whatever key they show."""
        self._open = open_

    async def admit(self, key: SecretStr | None) -> Caller:
        """Return who shows this key.

        Raises:
            UnauthorizedError: a key is needed, and this is none that is known.
        """
        if self._open:
            return NOBODY
        raise UnauthorizedError(
            "this key is not known here, or was revoked" if key else "give an API key: `Authorization: Bearer KEY`"
        )
