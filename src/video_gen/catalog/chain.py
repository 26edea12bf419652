"""Plans a request for a model and for those that are tried when it cannot be had."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from video_gen.catalog.card import ModelCard
from video_gen.catalog.plan import plan
from video_gen.exceptions import InvalidRequestError, ModelRetiredError, UnsupportedOptionError
from video_gen.spec import Plan, Provider, Request

_MAY_BE_DROPPED: Final = ("last_frame", "references", "source_video")


class Candidate(NamedTuple):
    """A model, and the service that runs it."""

    card: ModelCard
    provider: Provider
    relayed: bool = False
    """The service is not the one the catalog names: it may still serve what its owner has switched off."""


def plan_chain(request: Request, candidates: Sequence[Candidate], *, today: date) -> Plan:
    """Return the plan for the first candidate, with the plans of the others as its alternatives.

    A model that is switched off is left out where another one remains, and so is an alternative that cannot do what is
    asked; the plan's warnings say so. With `request.strict`, the latter is an error.

    Args:
        request: What the caller wants.
        candidates: The model that is asked for, then its `fallback`.
        today: The date, for lifecycles.

    Raises:
        InvalidRequestError: or one of its kinds, when the first candidate cannot do it, or none is left.
    """
    planned: list[Plan] = []
    left_out: list[InvalidRequestError] = []
    for candidate in candidates:
        try:
            made = _plan(request, candidate, today)
            if planned:
                _check_inputs(made, planned[0])
            planned.append(made)
        except InvalidRequestError as error:
            if not isinstance(error, ModelRetiredError) and (request.strict or not planned):
                raise
            left_out.append(error)
    if not planned:
        raise left_out[0]
    first, *others = planned
    asked = candidates[0].card.id
    return first.model_copy(
        update={
            "alternatives": tuple({each.model: each for each in others if each.model != first.model}.values()),
            "instead_of": None if first.model == asked else asked,
            "warnings": (*first.warnings, *(f"left out of the chain: {error.message}" for error in left_out)),
        }
    )


def _check_inputs(alternative: Plan, first: Plan) -> None:
    """Refuse an alternative that leaves out an input which the first takes, also where the request lets go of it.

    Raises:
        UnsupportedOptionError: it does.
    """
    for name in _MAY_BE_DROPPED:
        if getattr(first.settings, name) and not getattr(alternative.settings, name):
            raise UnsupportedOptionError(f"`{alternative.model}` takes no {name.replace('_', ' ')}")


def _plan(request: Request, candidate: Candidate, today: date) -> Plan:
    return plan(request, candidate.card, candidate.provider, today=today, allow_retired=candidate.relayed)
