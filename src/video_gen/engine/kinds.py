"""The kinds of events: what each one says of a job, and which facts come with it.

Whoever notes an event of a new kind lists it here; tests/contracts/test_events.py finds those that are missing.
"""

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.choice import Decision
from video_gen.spec.plan import Adjustment


class Kind(NamedTuple):
    """A kind of event."""

    says: str
    facts: tuple[str, ...] = ()
    """Names of the facts that come with it, or with some of its kind; amounts are in micro-USD."""
    ends: bool = False
    """It is the last event of a job, until that is taken up again."""


KINDS: Final[dict[str, Kind]] = {
    "routing.chosen": Kind("Which model was chosen for it, and why no other.", tuple(Decision.model_fields)),
    "routing.excluded": Kind("A model of its try-order is passed over, and why."),
    "routing.fallback": Kind("Another model is tried, and why the one before was given up."),
    "plan.adjusted": Kind("One thing is done differently from what was asked.", tuple(Adjustment.model_fields)),
    "plan.warning": Kind("What a person should know of the model."),
    "job.queued": Kind("It was taken in, at this price; `high` is null where it is open.", ("model", "low", "high")),
    "job.started": Kind("It is carried out."),
    "job.resumed": Kind("It was picked up again, after a crash or by another machine.", ("step", "run")),
    "job.reopened": Kind("It had ended, and goes on with what its provider already made."),
    "job.moved": Kind("Its video goes to another place than was asked at first."),
    "job.late": Kind("It takes longer than usual, and is still waited for."),
    "job.troubled": Kind("Something failed on this side; it goes on by itself."),
    "job.completed": Kind("Its videos are verified and stored.", ("cost",), ends=True),
    "job.failed": Kind("It failed, and why.", ("code",), ends=True),
    "job.cancelled": Kind("It was stopped, as was asked.", ("cost",), ends=True),
    "job.given_up": Kind("It was not finished in the time it was given.", ("cost",), ends=True),
    "cancel.requested": Kind("It was asked to stop, and is about to."),
    "queue.kept": Kind("It waits in a provider's queue for longer than was wished, and why it stays there."),
    "breaker.open": Kind("Its provider fails just now: it is tried again after so many seconds.", ("seconds",)),
    "submit.paced": Kind("Its provider takes no more just now: it is sent after so many seconds.", ("seconds",)),
    "attempt.intent": Kind("It is about to be sent, with so much held for it.", ("attempt", "model", "reserved")),
    "attempt.submitted": Kind("The provider accepted it, as this operation.", ("operation",)),
    "attempt.resent": Kind("Sent again with the same key, it is known or was taken now.", ("operation",)),
    "attempt.rejected": Kind("The provider did not accept it; nothing was spent.", ("code",)),
    "attempt.unanswered": Kind("The answer to its submit was lost: what became of it is found out.", ("error",)),
    "attempt.adopted": Kind("A submit whose answer was lost was found at the provider.", ("operation", "attempt")),
    "attempt.not_found": Kind("A submit whose answer was lost never arrived.", ("attempt",)),
    "attempt.unknown": Kind("Nobody can tell whether a submit was accepted: its money stays held for a person."),
    "attempt.written_off": Kind("A person gave a submit of unknown outcome up, and its cost was booked.", ("attempt",)),
    "attempt.finished": Kind("The provider has finished it, and it is fetched.", ("outputs", "cost")),
    "attempt.failed": Kind("The provider failed it, or what it made could not be had.", ("code", "cost")),
    "poll.troubled": Kind("Asking the provider how it stands failed; it goes on being asked."),
    "poll.recovered": Kind("The provider answers again."),
    "collect.retried": Kind("The finished video could not be fetched, and is fetched again.", ("code",)),
    "artifact.stored": Kind("A file was verified and stored.", ("sha256",)),
    "artifact.renamed": Kind("Its name was taken meanwhile, so the file has another one."),
    "artifact.differs": Kind("The file is not quite as planned."),
    "artifact.held": Kind("A verified file could not be put in its place, and is kept until it can."),
}
ENDS: Final = tuple(kind for kind, each in KINDS.items() if each.ends)


def check_kind(kind: str) -> None:
    """Refuse what no event will ever be: a kind that there is not, or a pattern that fits none.

    Raises:
        InvalidRequestError: says which was meant.
    """
    if any(fnmatchcase(known, kind) for known in KINDS):
        return
    near = get_close_matches(kind, KINDS, n=1)
    meant = f"did you mean `{near[0]}`?" if near else "name one like `job.completed`, or `job.*`"
    raise InvalidRequestError(f"there is no kind of event `{kind[:80]}`: {meant}")
