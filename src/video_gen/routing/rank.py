"""Ranks the models for a request, the best first, and says of every other one why it is left out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from video_gen.catalog import Candidate, ModelCard, plan
from video_gen.exceptions import ConfigurationError, InvalidRequestError, ModelRetiredError
from video_gen.routing.demand import Demand
from video_gen.routing.facts import family_tiers, quality_of, speed_of
from video_gen.routing.fit import fit, misfit
from video_gen.routing.names import check_names, fits
from video_gen.routing.score import Weights, parts_of, score_of, weights_of
from video_gen.spec import Choice, Decision, Excluded, Health, Plan, Ranked, Request, usd

_NO_HOSTED: Final = (
    "No hosted model can be reached with the keys that are set (`video-gen config` names them): the embedded renderer "
    "draws a draft, which is no work of an AI model."
)
_NO_DRAFT: Final = (
    "is the embedded renderer, which draws drafts and is no AI model: it is not taken in place of a hosted one; "
    "name it with --model local"
)


class Contender(NamedTuple):
    """A model that might be chosen."""

    candidate: Candidate
    problem: str = ""
    """Why it cannot be reached as configured; empty where it can."""

    @property
    def card(self) -> ModelCard:
        """Its card."""
        return self.candidate.card


class _Judge(NamedTuple):
    """What every contender is measured by."""

    request: Request
    health: Mapping[str, Health]
    weights: Weights
    families: Mapping[str, str]
    today: date

    def look_at(self, contender: Contender) -> Ranked | Excluded:
        card = contender.card
        refusal = _filtered(card, self.request.choice)
        if refusal:
            return Excluded(model=card.id, reason="filter", because=refusal)
        if contender.problem:
            return Excluded(model=card.id, reason="key", because=contender.problem)
        planned = self._planned(contender.candidate)
        if isinstance(planned, Excluded):
            return planned
        return _objection(planned) or self._ranked(card, planned)

    def _planned(self, candidate: Candidate) -> Plan | Excluded:
        card, provider, relayed = candidate
        ends = card.lifecycle.retires
        if ends is not None and ends <= self.today and not relayed:
            instead = f"; `{card.lifecycle.replacement}` replaces it" if card.lifecycle.replacement else ""
            return Excluded(model=card.id, reason="retired", because=f"ended on {ends}{instead}")
        try:
            return plan(self.request, card, provider, today=self.today, allow_retired=relayed)
        except ModelRetiredError as error:
            return Excluded(model=card.id, reason="retired", because=error.message)
        except ConfigurationError as error:
            return Excluded(model=card.id, reason="key", because=error.message)
        except InvalidRequestError as error:
            return Excluded(model=card.id, reason="cannot", because=error.message)

    def _ranked(self, card: ModelCard, planned: Plan) -> Ranked:
        health = self.health.get(card.id)
        quality = quality_of(card, self.families)
        speed = speed_of(card, quality, health)
        parts = parts_of(planned, quality, speed, health, fit(planned))
        return Ranked(
            model=card.id,
            score=score_of(parts, self.weights),
            parts=parts,
            low=planned.quote.low,
            high=planned.quote.high,
            seconds=speed.seconds,
            seconds_by=speed.by,
            quality=quality,
            notes=(*_troubles(health), *planned.warnings, *(change.reason for change in planned.adjustments)),
        )


def rank(
    request: Request,
    contenders: Sequence[Contender],
    health: Mapping[str, Health],
    *,
    demand: Demand,
    today: date,
) -> Decision:
    """Return every contender, ranked or left out, each with its reasons. The order of the contenders is no matter.

    Models of images are none for a video, nor the reverse.

    Args:
        request: What the caller wants, and by what policy and filters a model is chosen.
        contenders: The models there are.
        health: How models have been doing, by their ids; one that is missing is taken to be well.
        demand: How much the prompt demands.
        today: The date, for lifecycles.

    Raises:
        InvalidRequestError: a filter fits no model.
    """
    contenders = [each for each in contenders if each.card.makes == request.kind]
    cards = [contender.card for contender in contenders]
    check_names(request.choice, cards)
    weights = weights_of(request.choice.policy, demand.tier)
    judge = _Judge(request, health, weights, family_tiers(cards), today)
    seen = [judge.look_at(contender) for contender in sorted(contenders, key=lambda each: each.card.id)]
    ranked = sorted((each for each in seen if isinstance(each, Ranked)), key=_order)
    excluded = [each for each in seen if isinstance(each, Excluded)]
    drafts = frozenset(card.id for card in cards if not card.ai)
    ranked, excluded = _without_drafts(ranked, excluded, drafts)
    only_drafts = bool(ranked) and all(each.model in drafts for each in ranked)
    return Decision(
        policy=request.choice.policy,
        demand=demand.tier,
        demand_because=demand.because,
        weights=weights,
        ranked=tuple(ranked),
        excluded=tuple(excluded),
        left_out=len(excluded),
        note=_NO_HOSTED if only_drafts and not _asked_for(drafts, cards, request.choice) else "",
    )


def _filtered(card: ModelCard, choice: Choice) -> str:
    if choice.providers and card.provider not in choice.providers:
        return f"is not by {' or '.join(choice.providers)}"
    if fits(card, choice.deny):
        return f"is denied by {', '.join(choice.deny)}"
    if choice.allow and not fits(card, choice.allow):
        return f"is not among {', '.join(choice.allow)}"
    return ""


def _objection(planned: Plan) -> Excluded | None:
    """Return why a model that could be sent the request is still not one to choose."""
    wrong = misfit(planned)
    if wrong:
        return Excluded(model=planned.model, reason="cannot", because=wrong)
    ceiling, quote = planned.request.max_cost, planned.quote
    if ceiling is None or (quote.high is not None and quote.high <= ceiling):
        return None
    because = "has no known price" if quote.high is None else f"would cost up to {usd(quote.high)}"
    because += f", and {usd(ceiling)} is the ceiling"
    return Excluded(model=planned.model, reason="price", because=because, cost=quote.high)


def _troubles(health: Health | None) -> list[str]:
    if health is None or not (health.failed or health.state == "down"):
        return []
    if health.state == "down":
        return ["is left alone for a while, because its provider failed several times in a row"]
    return [f"{health.failed} of its last {health.submits} submits failed"]


def _order(each: Ranked) -> tuple[float, ...]:
    """The best first, those of unknown price after all others: nobody is to pay by surprise.

    Equal ones go by price, quality and speed; what is equal then stays in the order of its name.
    """
    unknown = each.high is None
    return (unknown, -each.score, each.low if each.high is None else each.high, -each.parts["quality"], each.seconds)


def _without_drafts(
    ranked: list[Ranked], excluded: list[Excluded], drafts: frozenset[str]
) -> tuple[list[Ranked], list[Excluded]]:
    """Leave the embedded renderer out, unless no hosted model can be reached at all or the filters name it alone."""
    hosted = {each.reason for each in excluded if each.model not in drafts} - {"key", "filter", "retired"}
    real = [each for each in ranked if each.model not in drafts]
    if not real and not hosted:
        return ranked, excluded
    left_out = [
        Excluded(model=each.model, reason="draft", because=_NO_DRAFT) for each in ranked if each.model in drafts
    ]
    return real, [*excluded, *left_out]


def _asked_for(drafts: frozenset[str], cards: Iterable[ModelCard], choice: Choice) -> bool:
    """Whether the filters leave nothing but drafts, so that they were meant."""
    return all(_filtered(card, choice) for card in cards if card.id not in drafts)
