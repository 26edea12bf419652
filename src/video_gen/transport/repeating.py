"""Sends a call, again where that is allowed, and decides what its loss means.

Money hangs on one word: an error that says "not sent" or "refused" lets the engine pay somebody else. So a call that
may buy something and may have arrived, in any of its tries, ends as `SubmissionUnknownError` - also when the provider
answers a later try with "too many requests", which says nothing of the earlier one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from video_gen.exceptions import ServiceUnavailableError, SubmissionUnknownError, VideoGenerationError
from video_gen.spec import Call, Reply
from video_gen.spec.answers import retry_after
from video_gen.transport.caller import LostAnswerError, NotSentError
from video_gen.transport.limits import Patience

TEMPORARY: Final = frozenset({408, 429, 500, 502, 503, 504})
_CERTAINLY_REFUSED: Final = frozenset({429, 503})
_TELLS_NOTHING: Final = frozenset({401, 402, 403, 429, 503})
"""Refusals that say nothing of an earlier try of the same call: key, account and load may have changed since."""

Send = Callable[[], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Repeating:
    """How one provider's calls are repeated."""

    provider: str
    patience: Patience
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]

    async def reply(self, call: Call, send: Send) -> Reply:
        """Return the reply to a call, the last one where its tries are used up.

        Raises:
            SubmissionUnknownError: it may buy something and have arrived, and no answer settles that.
            ServiceUnavailableError: it got no answer, and has bought nothing.
        """
        tries, buys = self.patience.tries if call.resendable else 1, call.buys
        doubt = False
        for failures in range(1, tries + 1):
            reply, asked = None, None
            try:
                reply = await send()
            except (NotSentError, LostAnswerError) as error:
                doubt = doubt or (buys and isinstance(error, LostAnswerError))
                if failures == tries:
                    raise self._lost(call, str(error), doubt=doubt) from None
            else:
                asked = retry_after(reply)
                if failures == tries or reply.status not in TEMPORARY or (asked or 0.0) > self.patience.longest:
                    return self._settled(reply, call, doubt=doubt)
                doubt = doubt or (buys and reply.status not in _CERTAINLY_REFUSED)
            await self.pause(failures, asked)
        raise AssertionError("the last try returns or raises")

    async def pause(self, failures: int, asked: float | None = None) -> None:
        """Wait before the next try; not less than the provider asked for."""
        await self.sleep(self.patience.wait(failures, random=self.random(), asked=asked))

    def _settled(self, reply: Reply, call: Call, *, doubt: bool) -> Reply:
        if doubt and reply.status in _TELLS_NOTHING:
            raise self._lost(
                call, f"an earlier try may have arrived, and a later one was answered {reply.status}", doubt=True
            )
        return reply

    def _lost(self, call: Call, why: str, *, doubt: bool) -> VideoGenerationError:
        kind = SubmissionUnknownError if doubt else ServiceUnavailableError
        path = call.path.partition("?")[0][:100]
        return kind(f"{call.method} `{path}` of `{self.provider}`: {why}", provider=self.provider)
