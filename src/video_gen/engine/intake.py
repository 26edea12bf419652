"""What a store notes of a plan when it takes it in."""

import hashlib
import json

from video_gen.engine.rows import Note
from video_gen.spec import Plan, Quote, Request, usd


def hash_of(request: Request) -> str:
    """Return what two requests have in common when they ask for the same."""
    text = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_notes(plan: Plan) -> list[Note]:
    """Return the first events of a job: what it will cost, and where its plan differs from what was asked."""
    quote = plan.quote
    data = {"model": plan.model, "low": quote.low, "high": quote.high}
    return [
        Note("job.queued", f"Queued for {plan.model}, price: {_price(quote)}.", data),
        *(Note("plan.adjusted", each.reason, each.model_dump(mode="json")) for each in plan.adjustments),
        *(Note("plan.warning", warning) for warning in plan.warnings),
    ]


def _price(quote: Quote) -> str:
    if quote.high is None:
        return f"at least {usd(quote.low)}" if quote.low else "unknown"
    return usd(quote.high) if quote.exact else f"{usd(quote.low)} to {usd(quote.high)}"
