"""Takes the best of what is left, or says why nothing is."""

from collections import Counter
from collections.abc import Sequence

from video_gen.exceptions import ConfigurationError, InvalidRequestError, SpendLimitError
from video_gen.spec import Decision, Excluded, Ranked, Reason, usd


def choose(decision: Decision) -> Ranked:
    """Return the best model of a decision.

    Raises:
        SpendLimitError: some could do it, and all of them cost more than the ceiling.
        ConfigurationError: some might, and no key is set that reaches one.
        InvalidRequestError: none can do what is asked.
    """
    if decision.ranked:
        return decision.ranked[0]
    left_out: dict[Reason, list[Excluded]] = {}
    for each in decision.excluded:
        left_out.setdefault(each.reason, []).append(each)
    if "price" in left_out:
        raise SpendLimitError(_too_dear(left_out["price"]))
    if "cannot" in left_out:
        raise InvalidRequestError(
            f"no model that can be reached does what is asked: {_said(left_out['cannot'])}; "
            "`video-gen route --explain` says it of each"
        )
    if "key" in left_out:
        raise ConfigurationError(f"no model is left to choose: {_said(left_out['key'])}")
    raise InvalidRequestError("no model is left to choose: loosen --allow, --deny or --provider")


def _too_dear(excluded: Sequence[Excluded]) -> str:
    known = sorted((each.cost, each.model) for each in excluded if each.cost is not None)
    if not known:
        return f"no model is left to choose: `{excluded[0].model}` {excluded[0].because}; leave the ceiling out"
    cost, model = known[0]
    return (
        f"no model does what is asked under the ceiling: the cheapest, `{model}`, would cost up to {usd(cost)}; "
        "raise the ceiling, or ask for less: fewer seconds, a lower resolution"
    )


def _said(excluded: Sequence[Excluded]) -> str:
    """Return the reasons in a sentence: the most frequent first, each once."""
    reasons = Counter(each.because for each in excluded)
    shown = [because for because, _ in reasons.most_common(3)]
    more = len(reasons) - len(shown)
    return "; ".join(shown) + (f"; and {more} more reasons" if more > 0 else "")
