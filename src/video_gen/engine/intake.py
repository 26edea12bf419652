"""What a caller may say of a job, and what a store notes of a plan, when it is taken in."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from os import PathLike
from typing import TypedDict

from video_gen.engine import lifecycle
from video_gen.engine.blobs import Blobs
from video_gen.engine.callback import Callback
from video_gen.engine.rows import Note
from video_gen.engine.schema import KEY_LENGTH
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Job, Plan, Quote, Request, Status, usd

Out = str | PathLike[str] | None
"""A file or folder to write; None: the outputs folder."""


class Terms(TypedDict, total=False):
    """How a job is handed in; everything may be left out."""

    out: Out
    """The file to write, or the folder to write to; None: the outputs folder."""
    overwrite: bool
    """A file that stands at `out` may be replaced."""
    priority: int
    """Higher starts earlier, waiting counts too; as the request says, unless said."""
    idempotency_key: str | None
    """The same owner, key and request give the same job, however often they are handed in."""
    same_within_s: float | None
    """Without an idempotency key: seconds in which an identical request of the same owner gives the same job, unless
    it failed or was cancelled."""
    tags: Mapping[str, str] | None
    """Kept with the job, for the caller."""
    owner: str | None
    """Id of the API key that asks; None: the installation itself."""
    callback: Callback | None
    """Whom the job is told of, besides its owner's webhooks; with another one, it is another request."""


def check_idempotency_key(key: str | None) -> None:
    """Refuse a key that could not be stored.

    Raises:
        InvalidRequestError: it is empty or too long.
    """
    if key is not None and not 1 <= len(key) <= KEY_LENGTH:
        raise InvalidRequestError(
            f"the idempotency key has {len(key)} characters: give 1 to {KEY_LENGTH}, like a new UUID for each request"
        )


def check_media(plan: Plan, blobs: Blobs) -> None:
    """Raise MediaNotFoundError unless every media input of a plan and its alternatives is there. Blocks."""
    for each in (plan, *plan.alternatives):
        for ref in each.media:
            blobs.file_of(ref)


def window_start(at: datetime, seconds: float | None) -> datetime | None:
    """Return when a window of so many seconds that ends now began; None where there is none."""
    return None if seconds is None else at - timedelta(seconds=seconds)


def new_job(job_id: str, plan: Plan, terms: Terms, *, out: str | None, at: datetime, own_key: bool) -> Job:
    """Return the job of a plan as it is handed in."""
    request = plan.request
    job = Job(
        id=job_id,
        status=Status.QUEUED,
        request=request,
        plan=plan,
        created_at=at,
        updated_at=at,
        out=out,
        overwrite=terms.get("overwrite", False),
        priority=terms.get("priority", request.priority),
        deadline=None if request.give_up_after is None else at + timedelta(seconds=request.give_up_after),
        idempotency_key=terms.get("idempotency_key"),
        tags=dict(terms.get("tags") or {}),
        owner=terms.get("owner"),
        own_key=own_key,
    )
    return lifecycle.charged(job, [])


def hash_of(request: Request, callback: Callback | None = None) -> str:
    """Return what two requests have in common when they ask for the same and tell the same address.

    What is not said is left out, so that a request means the same to a version that knows more options.
    """
    said = request.model_dump(mode="json", exclude_defaults=True)
    if callback is not None:
        said["callback"] = callback.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_notes(plan: Plan) -> list[Note]:
    """Return the first events of a job: how its model was chosen, what it will cost, and what its plan changes."""
    quote = plan.quote
    data = {"model": plan.model, "low": quote.low, "high": quote.high}
    return [
        *_choice(plan),
        Note("job.queued", f"Queued for {plan.model}, price: {_price(quote)}.", data),
        *(Note("plan.adjusted", each.reason, each.model_dump(mode="json")) for each in plan.adjustments),
        *(Note("plan.warning", warning) for warning in plan.warnings),
    ]


def _choice(plan: Plan) -> list[Note]:
    decision = plan.decision
    return [] if decision is None else [Note("routing.chosen", str(decision), decision.model_dump(mode="json"))]


def _price(quote: Quote) -> str:
    if quote.high is None:
        return f"at least {usd(quote.low)}" if quote.low else "unknown"
    return usd(quote.high) if quote.exact else f"{usd(quote.low)} to {usd(quote.high)}"
