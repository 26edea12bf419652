"""Which queued jobs start: no limit is passed, nobody is pushed aside, and nobody waits for ever."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from video_gen.engine.admission import AGEING, Lane, Limits, Queued, admit

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANY = Limits(room=10_000)


def queued(
    seq: int, owner: str | None = None, *, priority: int = 0, provider: str = "p", waited: float = 0.0
) -> Queued:
    return Queued(
        job_id=str(seq),
        lane=Lane(provider, owner),
        priority=priority,
        seq=seq,
        since=NOW - timedelta(seconds=waited),
    )


def ids(jobs, *, running=None, served=None, limits=ANY, now=NOW) -> list[str]:
    chosen = admit(jobs, running=running or {}, served=served or {}, limits=limits, now=now)
    return [job.job_id for job in chosen]


def at_most(count: int) -> Limits:
    return Limits(provider=lambda _: count, room=10_000)


# --- by example ----------------------------------------------------------------------------------------------------


def test_priority_goes_before_age_and_age_before_nothing():
    jobs = [queued(1, waited=9), queued(2, waited=5), queued(3, priority=1), queued(4, priority=-1, waited=60)]
    assert ids(jobs) == ["3", "1", "2", "4"]


def test_one_job_is_not_held_back_by_a_thousand_of_another_owner():
    crowd = [queued(n, "crowd", waited=86_400 - n) for n in range(1000)]
    assert ids([*crowd, queued(5000, "one")], limits=at_most(2)) == ["0", "5000"]


def test_who_has_fewer_under_way_comes_first():
    jobs = [queued(1, "busy"), queued(2, "idle"), queued(3, "idle")]
    assert ids(jobs, running={Lane("p", "busy"): 1}, limits=at_most(3)) == ["2", "1"]


def test_with_room_for_one_the_owners_take_turns():
    waiting = [queued(n, owner) for n, owner in enumerate("aaaabbc")]
    served: dict[Lane, datetime] = {}
    order = ""
    for second in range(7):
        [job] = admit(waiting, running={}, served=served, limits=at_most(1), now=NOW + timedelta(seconds=second))
        served[job.lane] = NOW + timedelta(seconds=second)
        order += job.lane.owner
        waiting.remove(job)
    assert order == "abcabaa"


def test_waiting_is_worth_priority():
    a_point = AGEING.total_seconds()
    jobs = [queued(1, waited=3 * a_point), queued(2, priority=2)]
    assert ids(jobs) == ["1", "2"]
    jobs = [queued(1, "patient", waited=3 * a_point), queued(2, "urgent", priority=2)]
    assert ids(jobs) == ["1", "2"]
    assert ids([queued(1, waited=a_point), queued(2, priority=2)]) == ["2", "1"]


def test_an_owner_is_held_to_a_limit_over_all_providers():
    limits = Limits(owner=lambda owner: 2 if owner == "key" else None, room=10_000)
    jobs = [queued(1, "key", provider="p"), queued(2, "key", provider="q"), queued(3, None, provider="q")]
    assert ids(jobs, running={Lane("r", "key"): 1}, limits=limits) == ["1", "3"]


def test_room_is_what_there_is():
    assert ids([queued(1), queued(2)], limits=Limits(room=1)) == ["1"]
    assert ids([queued(1)], limits=Limits(room=0)) == []
    assert ids([]) == []


# --- whatever waits ------------------------------------------------------------------------------------------------

OWNERS = (None, "a", "b", "c")
PROVIDERS = ("p", "q")
lanes = st.builds(Lane, st.sampled_from(PROVIDERS), st.sampled_from(OWNERS))
counts = st.dictionaries(lanes, st.integers(0, 3))
caps = st.none() | st.integers(0, 4)


@st.composite
def worlds(draw):
    """Return jobs that wait, what is under way, when lanes were served, and limits."""
    jobs = [
        Queued(job_id=str(seq), lane=lane, priority=priority, seq=seq, since=NOW - timedelta(seconds=waited))
        for seq, (lane, priority, waited) in enumerate(
            draw(st.lists(st.tuples(lanes, st.integers(-3, 3), st.integers(0, 5000)), max_size=20))
        )
    ]
    served = {
        lane: NOW - timedelta(seconds=ago) for lane, ago in draw(st.dictionaries(lanes, st.integers(0, 5000))).items()
    }
    of_provider = {provider: draw(caps) for provider in PROVIDERS}
    of_owner = {owner: draw(caps) for owner in OWNERS}
    limits = Limits(provider=of_provider.__getitem__, owner=of_owner.__getitem__, room=draw(st.integers(0, 20)))
    return jobs, draw(counts), served, limits


def _room(lane: Lane, under_way: Counter[Lane], limits: Limits) -> bool:
    of_provider, of_owner = limits.provider(lane.provider), limits.owner(lane.owner)
    at_provider = sum(count for each, count in under_way.items() if each.provider == lane.provider)
    of_all = sum(count for each, count in under_way.items() if each.owner == lane.owner)
    return (of_provider is None or at_provider < of_provider) and (of_owner is None or of_all < of_owner)


@given(worlds())
def test_no_limit_is_passed_and_no_room_is_left_unused(world):
    jobs, running, served, limits = world
    chosen = admit(jobs, running=running, served=served, limits=limits, now=NOW)
    under_way = Counter(running)
    for job in chosen:
        assert _room(job.lane, under_way, limits)
        under_way[job.lane] += 1
    assert len(chosen) <= limits.room
    assert len({job.job_id for job in chosen}) == len(chosen)
    left = [job for job in jobs if job not in chosen]
    assert len(chosen) == limits.room or not any(_room(job.lane, under_way, limits) for job in left)


@given(worlds(), st.randoms())
def test_the_choice_does_not_hang_on_the_order_of_the_rows(world, random):
    jobs, running, served, limits = world
    shuffled = random.sample(jobs, len(jobs))
    assert ids(jobs, running=running, served=served, limits=limits) == ids(
        shuffled, running=running, served=served, limits=limits
    )


@given(
    st.lists(st.sampled_from(OWNERS), min_size=4, max_size=40),
    st.dictionaries(st.sampled_from([Lane("p", owner) for owner in OWNERS]), st.integers(0, 3)),
    st.integers(1, 8),
)
def test_owners_of_equal_priority_are_served_evenly(owners, running, room):
    """Nobody who still waits has less under way than somebody who was just given more."""
    jobs = [queued(seq, owner) for seq, owner in enumerate(owners)]
    chosen = admit(jobs, running=running, served={}, limits=Limits(room=room), now=NOW)
    under_way = Counter(running)
    under_way.update(job.lane for job in chosen)
    given_more = {job.lane for job in chosen}
    still_waiting = {job.lane for job in jobs if job not in chosen}
    for waits in still_waiting:
        assert all(under_way[lane] - 1 <= under_way[waits] for lane in given_more)


@given(st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(0, 3)), min_size=1, max_size=20))
def test_the_lowest_priority_is_never_starved(mixed):
    """One job at a time, and a new urgent one of each owner with every start: the patient one still has its turn."""
    waiting = [queued(seq, owner, priority=priority) for seq, (owner, priority) in enumerate(mixed)]
    patient = queued(1000, "patient", priority=-3)
    waiting.append(patient)
    served: dict[Lane, datetime] = {}
    step = timedelta(minutes=1)
    longest = (3 + 3 + 1) * AGEING + (len(OWNERS) + 1 + len(mixed)) * step
    now = NOW
    while patient in waiting:
        assert now - NOW <= longest
        [job] = admit(waiting, running={}, served=served, limits=at_most(1), now=now)
        waiting.remove(job)
        served[job.lane] = now
        now += step
        seq = 2000 + int((now - NOW) / step)
        waiting.append(Queued(job_id=str(seq), lane=job.lane, priority=3, seq=seq, since=now))
