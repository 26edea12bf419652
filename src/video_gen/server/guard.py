"""Lets callers in: by their keys, or without any where the server is open."""

from pydantic import SecretStr

from video_gen.engine.api_key import ApiKey, shown_part
from video_gen.engine.keys import Keys
from video_gen.server.auth import NOBODY, Caller
from video_gen.server.faults import TooManyRequestsError, UnauthorizedError
from video_gen.server.rate import RateLimiter, Standing
from video_gen.server.sessions import Sessions, is_token


class Guard:
    """Decides who may come in, and how often."""

    def __init__(self, keys: Keys, sessions: Sessions, limiter: RateLimiter, *, open_: bool) -> None:
        """Ask for keys, unless `open_`: then everybody may come in, whatever key they show.

        Who shows a key of this installation is its owner on an open server too.
        """
        self._keys = keys
        self._sessions = sessions
        self._limiter = limiter
        self._open = open_

    async def admit(self, secret: SecretStr | None) -> Caller:
        """Return who shows this key.

        Raises:
            UnauthorizedError: a key is needed, and this is none that is known.
        """
        text = "" if secret is None else secret.get_secret_value()
        if secret is not None and is_token(text):
            return await self._of_token(secret)
        key = None if secret is None else await self._keys.verify(secret)
        if key is not None:
            return Caller(key)
        was_ours = shown_part(text) is not None
        if self._open and not was_ours:
            return NOBODY
        raise UnauthorizedError(
            "this key is not known here, was revoked, or has expired: ask for another one"
            if secret
            else "give an API key: `Authorization: Bearer KEY`"
        )

    async def _of_token(self, token: SecretStr) -> Caller:
        session = self._sessions.read(token)
        if session is not None and session.key_id is None and self._open:
            return NOBODY
        key = None if session is None or session.key_id is None else await self._keys.alive(session.key_id)
        if key is None:
            raise UnauthorizedError("this access token has expired, or its key was revoked: log in again")
        return Caller(key)

    def count(self, key: ApiKey) -> Standing | None:
        """Count a request of a key; return how many it has left, None where it has no limit."""
        return None if key.requests_per_minute is None else self._limiter.count(key.id, key.requests_per_minute)

    @staticmethod
    def check(key: ApiKey, standing: Standing) -> None:
        """Refuse a request that was one too many.

        Raises:
            TooManyRequestsError: says when the next one is welcome.
        """
        if standing.over:
            raise TooManyRequestsError(
                f"the key `{key.name}` may ask {standing.limit} times a minute: try again in {standing.reset} s",
                retry_after=standing.reset,
            )
