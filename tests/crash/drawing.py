"""Which schedules there are: one for each point, and as many random ones as wanted."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from lives import How, Plot
from points import Moment
from schedules import FREE, Schedule, Story, Wire

LOST = ("cut_after", "error_after", "garbage", "hang_after", "cut_before", "error_before")
BROKEN = ("truncated", "cut_short", "corrupt", "html", "expired", "no_range")
SWEPT = "cut_after"
"""How the answer is lost in a sweep: accepted and paid, and the connection is cut."""
PARTS = "write the part"
"""What a life does several times, and as often each time."""
POLL = "send poll"
"""What it does more or less often."""
RARE = tuple(
    f"{when} {step}"
    for when in ("before", "after")
    for step in ("store resolve", "store attempt.unknown", "store attempt.unanswered", "store attempt.adopted",
                 "store attempt.resent", "store attempt.not_found", "send find", "store collect.retried")
)  # fmt: skip
"""Points that an undisturbed life does not come to."""
CLOCKS = (-86_400.0, -400.0, -40.0, 40.0, 400.0, 86_400.0)
"""Seconds by which a clock is moved."""
LONGEST = 0.5
"""Seconds of a life after which it is killed at the latest, where it is killed at any moment."""


def sweep(wire: Wire, usual: Story, lossy: Story) -> Iterator[Schedule]:
    """Yield a schedule for each point of an undisturbed run, for each after the answer was lost, and for each clock."""
    undisturbed = Schedule(wire=wire)
    yield from _each(undisturbed, usual)
    yield from _each(undisturbed, usual, How.TOLD)
    for how in (How.WAKES, How.FROZEN):
        yield from (each for each in _each(undisturbed, usual, how) if _of_the_submit(each))
    if wire.provider == FREE:
        return
    for seconds in CLOCKS:
        wrong = Plot(jump=(Moment("before store create"), seconds))
        yield replace(lossy.schedule, plots=(wrong,))
    for schedule in _each(lossy.schedule, lossy):
        *before, last = schedule.plots
        if before or last.end not in _before_the_answer(usual):
            yield schedule
        if isinstance(last.end, Moment) and last.end.point.endswith("store resolve"):
            yield replace(schedule, gives_up=True)


def _of_the_submit(schedule: Schedule) -> bool:
    return str(schedule.plots[-1].end).endswith(("submit", "store attempt.intent", "store attempt.submitted"))


def _each(schedule: Schedule, story: Story, how: How = How.KILLED) -> Iterator[Schedule]:
    for number, moments in enumerate(story.lives):
        for moment in sorted(moments):  # not in the order of threads, so that a number always means the same
            if moment.time == 1 or moment.point.endswith(PARTS):
                yield replace(schedule, plots=(*[Plot()] * number, Plot(end=moment, how=how)))


def _before_the_answer(usual: Story) -> set[Moment]:
    """What comes before the answer is lost, is the same as where none is."""
    met = [*chain(*usual.lives)]
    return {*met[: met.index(Moment("sent submit"))]}


def drawn(wire: Wire, usual: Story, seed: int, number: int) -> Schedule:
    """Draw a schedule; the same numbers give the same one."""
    dice, free = random.Random(f"{seed}/{wire.provider}/{number}"), wire.provider == FREE
    points = [*sorted({moment.point for moment in chain(*usual.lives)}), *RARE]
    return Schedule(
        wire=wire,
        plots=tuple(_plot(points, dice) for _ in range(dice.randint(1, 4))),
        lost="" if free or dice.random() < 0.4 else dice.choice(LOST),
        broken="" if free or dice.random() < 0.6 else dice.choice(BROKEN),
        videos=1 if free else dice.choice((1, 1, 1, 3)),
        gives_up=dice.random() < 0.3,
    )


def _plot(points: Sequence[str], dice: random.Random) -> Plot:
    moved = (_moment(points, dice), dice.choice(CLOCKS))
    jump = moved if dice.random() < 0.15 else None
    if dice.random() < 0.3:
        return Plot(end=dice.uniform(0.0, LONGEST), jump=jump)
    return Plot(end=_moment(points, dice), how=dice.choice((*[How.KILLED] * 4, *How)), jump=jump)


def _moment(points: Sequence[str], dice: random.Random) -> Moment:
    point = dice.choice(points)
    return Moment(point, dice.choice((1, 2)) if point.endswith((POLL, PARTS)) else 1)
