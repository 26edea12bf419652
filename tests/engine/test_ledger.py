"""Every amount is held once and closed once; a ceiling is kept before anything is spent."""

from datetime import UTC, datetime

import pytest
from paid_world import PRICE, make_plan

from video_gen.engine import ledger
from video_gen.engine.ledger import EntryKind
from video_gen.exceptions import SpendLimitError
from video_gen.spec import Attempt, AttemptState, Quote

AT = datetime(2026, 11, 21, tzinfo=UTC)


def attempt(**fields) -> Attempt:
    plan = make_plan()
    known = {
        "id": "a",
        "job_id": "j",
        "number": 1,
        "model": plan.model,
        "plan": plan,
        "state": AttemptState.SUBMITTED,
        "idempotency_key": "k",
        "intent_at": AT,
        "reserved": PRICE,
    }
    return Attempt(**(known | fields))


@pytest.mark.parametrize(
    ("cost", "kind"),
    [(PRICE, EntryKind.SETTLE), (1, EntryKind.SETTLE), (0, EntryKind.REFUND), (None, EntryKind.REFUND)],
)
def test_two_legs_release_what_was_held(cost: int | None, kind: EntryKind):
    spent = attempt(cost=cost)
    opened, closed = ledger.reserve(spent, AT), ledger.settle(spent, AT)
    assert (opened.leg, closed.leg, closed.kind) == ("open", "close", kind)
    assert ledger.balance([opened]) == ledger.Balance(held=PRICE, spent=0)
    assert ledger.balance([opened, closed]) == ledger.Balance(held=0, spent=cost or 0)


def test_what_costs_nothing_goes_the_same_way():
    free = attempt(reserved=0, cost=0)
    assert ledger.settle(free, AT).kind is EntryKind.SETTLE
    assert ledger.balance([ledger.reserve(free, AT), ledger.settle(free, AT)]) == ledger.Balance()


def test_what_is_held_is_the_upper_end_of_the_quote():
    assert ledger.price_to_hold(Quote(low=1, high=5)) == 5
    assert ledger.price_to_hold(Quote(low=3, high=None)) == 3


@pytest.mark.parametrize(("ceiling", "fits"), [(None, True), (PRICE, True), (PRICE - 1, False), (0, False)])
def test_a_ceiling(ceiling: int | None, fits: bool):  # noqa: FBT001
    plan = make_plan(max_cost=ceiling)
    if fits:
        ledger.check_ceiling(plan)
    else:
        with pytest.raises(SpendLimitError, match=r"`none/m` costs up to \$0\.25: above the ceiling of \$0\."):
            ledger.check_ceiling(plan)


def test_a_free_plan_fits_a_ceiling_of_nothing():
    ledger.check_ceiling(make_plan(price=0, max_cost=0))


def test_a_ceiling_counts_what_was_committed_before():
    plan = make_plan(max_cost=2 * PRICE)
    ledger.check_ceiling(plan, [attempt(cost=PRICE)])
    ledger.check_ceiling(plan, [attempt(cost=0), attempt(cost=0)])
    with pytest.raises(SpendLimitError, match=r"on top of \$0\.50 already committed"):
        ledger.check_ceiling(plan, [attempt(cost=PRICE), attempt(cost=None, state=AttemptState.UNKNOWN)])


def test_an_unknown_price_fits_no_ceiling():
    with pytest.raises(SpendLimitError, match=r"not known.*\$9\.00"):
        ledger.check_ceiling(make_plan(price=None, max_cost=9_000_000))
    ledger.check_ceiling(make_plan(price=None))
