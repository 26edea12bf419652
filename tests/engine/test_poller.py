"""Many jobs wait for one provider: each is asked for when it is due, a few at once, and sooner when there is news."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from video_gen.engine.policy import Policy
from video_gen.engine.poller import HINT_GAP, Poller
from video_gen.engine.waiting import _Asking
from video_gen.spec import Done, Output

DONE = Done(outputs=(Output(url="/a"),))


class Time:
    """A clock that moves when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleepers: list[tuple[float, asyncio.Future]] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, future))
        await future

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def to(self, moment: float) -> None:
        await self.settle()
        while True:
            self.sleepers = [each for each in self.sleepers if not each[1].done()]
            due = sorted((each for each in self.sleepers if each[0] <= moment), key=lambda each: each[0])
            if not due:
                break
            self.now = max(self.now, due[0][0])
            due[0][1].set_result(None)
            await self.settle()
        self.now = moment


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def poller(time: Time):
    poller = Poller(width=2, monotonic=time.monotonic, sleep=time.sleep)
    yield poller
    await poller.close()


def asking(time: Time, *answers):
    """A question that is answered so, one after the other; keeps when it was asked."""
    left, asked = list(answers), []

    async def ask():
        asked.append(time.now)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask, asked


async def test_a_job_is_asked_for_when_it_is_due(time: Time, poller: Poller):
    ask, asked = asking(time, 2.0, 3.0, DONE)
    waiting = asyncio.create_task(poller.wait("j", "p", ask, first=1.0))
    await time.to(0.9)
    assert asked == []
    await time.to(5.9)
    assert asked == [1.0, 3.0]
    await time.to(6.0)
    assert asked == [1.0, 3.0, 6.0]
    assert await waiting == DONE


async def test_an_earlier_one_comes_first_though_it_came_later(time: Time, poller: Poller):
    slow, slow_asked = asking(time, DONE)
    fast, fast_asked = asking(time, DONE)
    waits = [asyncio.create_task(poller.wait("s", "p", slow, first=100.0))]
    await time.to(5)
    waits.append(asyncio.create_task(poller.wait("f", "p", fast, first=1.0)))
    await time.to(200)
    assert (fast_asked, slow_asked) == ([6.0], [100.0])
    assert await asyncio.gather(*waits) == [DONE, DONE]


async def test_an_error_is_raised_where_the_job_waits(time: Time, poller: Poller):
    ask, _ = asking(time, 1.0, ZeroDivisionError("x"))
    waiting = asyncio.create_task(poller.wait("j", "p", ask))
    await time.to(2)
    with pytest.raises(ZeroDivisionError):
        await waiting


async def test_news_makes_it_ask_at_once(time: Time, poller: Poller):
    ask, asked = asking(time, 1000.0, 1000.0, DONE)
    waiting = asyncio.create_task(poller.wait("j", "p", ask))
    await time.to(5)
    poller.wake("j")
    await time.to(6)
    poller.wake("j")
    poller.wake("nobody")
    await time.to(7)
    assert asked == [0.0, 5.0, 6.0]
    assert await waiting == DONE


async def test_news_puts_an_older_appointment_aside(time: Time, poller: Poller):
    ask, asked = asking(time, 1000.0, 2000.0, DONE)
    waiting = asyncio.create_task(poller.wait("j", "p", ask))
    await time.to(5)
    poller.wake("j")
    await time.to(1500)
    assert asked == [0.0, 5.0]
    await time.to(2005)
    assert asked == [0.0, 5.0, 2005.0]
    assert await waiting == DONE


async def test_news_during_a_question_makes_it_ask_again(time: Time, poller: Poller):
    started, answer = asyncio.Event(), asyncio.Event()
    asked = []

    async def ask():
        asked.append(time.now)
        started.set()
        await answer.wait()
        return DONE if len(asked) == 2 else 1000.0

    waiting = asyncio.create_task(poller.wait("j", "p", ask))
    await started.wait()
    poller.wake("j")
    answer.set()
    await time.to(1)
    assert asked == [0.0, 0.0]
    assert await waiting == DONE


async def test_no_more_questions_at_once_than_the_width(time: Time, poller: Poller):
    at_once = most = 0
    gate = asyncio.Event()

    async def ask():
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await gate.wait()
        at_once -= 1
        return DONE

    waits = [asyncio.create_task(poller.wait(f"j{n}", "p", ask)) for n in range(7)]
    other = asyncio.create_task(poller.wait("o", "q", ask))
    await time.to(1)
    assert most == 3, "two for one provider, and one for the other"
    gate.set()
    await time.to(2)
    assert await asyncio.gather(*waits, other) == [DONE] * 8
    assert most == 3


async def test_who_gives_up_waiting_is_not_asked_for(time: Time, poller: Poller):
    ask, asked = asking(time, 10.0, DONE)
    waiting = asyncio.create_task(poller.wait("j", "p", ask))
    await time.to(5)
    waiting.cancel()
    await time.to(50)
    assert asked == [0.0]
    assert waiting.cancelled()


async def test_who_gives_up_in_the_queue_is_not_asked_for(time: Time):
    poller = Poller(width=1, monotonic=time.monotonic, sleep=time.sleep)
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        return DONE

    ask, asked = asking(time, DONE)
    first = asyncio.create_task(poller.wait("a", "p", slow))
    second = asyncio.create_task(poller.wait("b", "p", ask))
    await time.to(1)
    second.cancel()
    gate.set()
    await time.to(2)
    assert await first == DONE
    assert asked == []
    third = asyncio.create_task(poller.wait("c", "p", ask))
    await time.to(3)
    assert await third == DONE, "its place was given back"
    await poller.close()


async def test_a_question_under_way_ends_with_its_job(time: Time, poller: Poller):
    ended = asyncio.Event()

    async def ask():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    for job in "abcde":  # more than the width: each gives its place back
        ended.clear()
        waiting = asyncio.create_task(poller.wait(job, "p", ask))
        await time.to(time.now + 1)
        waiting.cancel()
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_thousand_jobs_wait_in_one_task(time: Time, poller: Poller):
    def ask_for(number: int):
        async def ask():
            return DONE if time.now >= 20 else 20.0 - number / 1000

        return ask

    before = len(asyncio.all_tasks())
    waits = [asyncio.ensure_future(poller.wait(f"j{n}", "p", ask_for(n))) for n in range(1000)]
    await time.to(10)
    assert len(asyncio.all_tasks()) - before == 1000 + 3, "the jobs' own, the lane's, and its sleep's"
    await time.to(60)
    assert await asyncio.gather(*waits) == [DONE] * 1000


# --- how soon ------------------------------------------------------------------------------------------------------


def test_intervals_grow_to_the_cap_and_further_when_it_is_late():
    policy = Policy(poll_first=2, poll_factor=1.5, poll_cap=30, late_cap=120)
    interval, seen = None, []
    for _ in range(9):
        interval = policy.poll_after(interval, hint=None, late=False)
        seen.append(round(interval, 2))
    assert seen == [2, 3, 4.5, 6.75, 10.12, 15.19, 22.78, 30, 30]
    assert policy.poll_after(30, hint=None, late=True) == 45
    assert policy.poll_after(100, hint=None, late=True) == 120


def test_a_providers_hint_is_taken_as_it_is():
    policy = Policy(poll_first=2)
    assert policy.poll_after(None, hint=0.1, late=False) == 0.1
    assert policy.poll_after(30, hint=600, late=True) == 600
    assert policy.poll_after(0.1, hint=None, late=False) == 2, "a hint for once is no new rhythm"


def test_retries_wait_longer_each_time_and_as_long_as_they_are_told():
    policy = Policy(retry_first=5, retry_factor=2, retry_cap=30)
    assert [policy.retry_after(tries, None) for tries in (1, 2, 3, 4, 50)] == [5, 10, 20, 30, 30]
    assert policy.retry_after(1, 90.0) == 90
    assert policy.retry_after(3, 1.0) == 20


def test_a_job_is_left_alone_until_it_is_nearly_due():
    policy = Policy(poll_first=5, poll_cap=30)
    assert policy.poll_after(None, due=20) == 20
    assert policy.poll_after(None, due=300) == 30, "progress is still shown"
    assert policy.poll_after(None, due=1) == 5
    assert policy.poll_after(None, due=-3) == 5, "overdue: the rhythm begins"
    assert policy.poll_after(5, due=-3) == 7.5
    assert policy.poll_after(None, hint=2, due=300) == 2


@pytest.mark.parametrize(("drawn", "factor"), [(0.0, 1.0), (0.5, 1.05), (1.0, 1.1)])
def test_a_wait_is_what_the_provider_asks_for_and_a_little_more_so_that_jobs_drift_apart(drawn: float, factor: float):
    now = datetime(2026, 11, 25, tzinfo=UTC)
    run = SimpleNamespace(
        sends=1,
        attempt=SimpleNamespace(operation=SimpleNamespace(retry_after=7.0), submitted_at=now),
        ports=SimpleNamespace(policy=Policy(), random=lambda: drawn, now=lambda: now),
    )
    asking = _Asking(run, None)
    assert asking.first() == pytest.approx(7.0 * factor), "the answer to the submit says when to ask first"
    assert asking._wait(90.0) == pytest.approx(90.0 * factor)
    run.sends = 0
    assert asking.first() == 0, "the provider had it before this run began: it may be finished"


async def test_a_provider_is_asked_no_faster_than_it_takes_questions(time: Time):
    gaps = {"slow": 10.0, "fast": 0.0}
    poller = Poller(gap_of=gaps.__getitem__, monotonic=time.monotonic, sleep=time.sleep)
    asked = {}
    for lane in gaps:
        for number in range(3):
            ask, asked[lane, number] = asking(time, DONE)
            asyncio.create_task(poller.wait(f"{lane}-{number}", lane, ask))  # noqa: RUF006 (its question is what counts)
    await time.to(100)
    await poller.close()
    assert [asked["slow", number] for number in range(3)] == [[0.0], [10.0], [20.0]]
    assert [asked["fast", number] for number in range(3)] == [[0.0]] * 3


async def test_hints_are_followed_soon_and_not_too_often_and_put_nothing_off(time: Time, poller: Poller):
    ask, asked = asking(time, 100.0, 100.0, 1.0, DONE)
    waiting = asyncio.create_task(poller.wait("j", "p", ask, first=50.0))
    await time.to(3)
    poller.hint("j")
    await time.to(4)
    assert asked == [3.0], "the first one is followed at once"
    for _ in range(5):
        poller.hint("j")
    await time.to(3 + HINT_GAP)
    poller.hint("nobody")
    await time.to(20)
    assert asked == [3.0, 3 + HINT_GAP]
    poller.hint("j")
    await time.to(20.5)
    poller.hint("j")
    await time.to(30)
    assert asked == [3.0, 3 + HINT_GAP, 20.0, 21.0], "it is asked when it is due, though a hint would come later"
    assert await waiting == DONE
