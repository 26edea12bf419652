"""The checks. Each speaks of what a customer of the provider may rely on, whatever the wire."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image

from video_gen.media.probe import probe
from video_gen.spec import AttemptState, Guarantee, Job, Status
from video_gen.testing.conformance.house import House, at_home, holds
from video_gen.testing.conformance.wire import Wire
from video_gen.testing.emulators.emulator import Emulator
from video_gen.testing.emulators.serve import serving

LOST = ("error_before", "error_after", "cut_before", "cut_after", "hang_before", "hang_after", "garbage")
"""Submits whose answer tells nothing."""
NOT_NOW = ("rate_limited", "unavailable")
REFUSALS = {
    "unauthorized": "authentication_error",
    "no_credit": "insufficient_credits",
    "refused": "content_policy_violation",
}
FAILURES = {
    "policy": {"content_policy_violation"},
    "audio_filtered": {"audio_filtered", "content_policy_violation"},
    "broken": {"job_failed", "service_unavailable", "api_request_error"},
    "no_video": {"no_video", "content_policy_violation"},
}
POLL_TROUBLE = ("rate_limited", "unavailable", "error_before", "cut_before", "hang_before", "garbage", "unauthorized")
DOWNLOADS = ("truncated", "cut_short", "corrupt", "html", "expired", "drip", "no_range")


class ProtocolConformance:
    """Subclass it and set `wire`."""

    wire: ClassVar[Wire]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each check the faults that this wire can have."""
        names = {
            "lost": LOST,
            "not_now": NOT_NOW,
            "refusal": tuple(REFUSALS),
            "failure": tuple(FAILURES),
            "poll_trouble": POLL_TROUBLE,
            "download_fault": DOWNLOADS,
        }
        for argument, faults in names.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, [fault for fault in faults if fault not in self.wire.without])

    @pytest.fixture
    def emulator(self) -> Iterator[Emulator]:
        """The provider, served on loopback; it remembers only this check."""
        with serving(self.wire.emulator()) as (emulator,):
            yield emulator

    @pytest.fixture
    async def house(self, emulator: Emulator, tmp_path: Path) -> AsyncIterator[House]:
        """A customer of the provider."""
        async with at_home(self.wire, emulator, tmp_path / "home") as house:
            yield house

    # --- the life of a job -----------------------------------------------------------------------------------------

    async def test_a_prompt_becomes_a_verified_video(self, house: House) -> None:
        """Text to video, paid once, delivered whole."""
        job = await house.make()
        await assert_delivered(house, job)
        (attempt,) = await house.attempts(job)
        assert attempt.state is AttemptState.SUCCEEDED
        assert attempt.cost is not None

    async def test_a_picture_becomes_a_verified_video(self, house: House, tmp_path: Path) -> None:
        """Image to video; the provider gets the picture's very bytes."""
        if self.wire.image is None:
            return
        picture = tmp_path / "picture.jpg"
        data = photo()
        picture.write_bytes(data)
        job = await house.make(model=self.wire.image, picture=picture)
        await assert_delivered(house, job)
        bodies = b"".join(call.body for call in house.emulator.world.calls)
        encoded = base64.b64encode(data).rstrip(b"=")
        assert data in bodies or encoded in bodies.replace(b"\\/", b"/"), "the picture was not sent"

    async def test_the_prompt_arrives_as_it_was_written(self, house: House) -> None:
        """Quotes, newlines, other scripts and emoji survive the wire."""
        prompt = 'A sign says "καλημέρα"\n猫 & <dog> 100% 🎬'
        job = await house.make(prompt=prompt)
        await assert_delivered(house, job)
        (render,) = house.emulator.world.accepted()
        assert render.film.prompt == prompt

    async def test_seed_zero_survives(self, house: House) -> None:
        """A seed of 0 is a seed, where the model takes one."""
        plan = await house.plan(seed=0)
        job = await house.end_of(await house.start(plan))
        (render,) = house.emulator.world.accepted()
        assert holds(dict(render.request), "seed", 0) == (plan.settings.seed is not None), await house.story(job)

    async def test_an_operation_is_json_without_a_credential(self, house: House) -> None:
        """What is stored can be read by anyone who reads the store: no key may be in it."""
        job = await house.make()
        await assert_delivered(house, job)
        (attempt,) = await house.attempts(job)
        assert attempt.operation is not None
        text = attempt.operation.model_dump_json()
        assert json.loads(text)["id"]
        assert self.wire.secret.encode() not in await house.stored_bytes()

    async def test_a_job_outlives_its_process(self, emulator: Emulator, tmp_path: Path) -> None:
        """Whoever opens the store next finishes what was under way, without a second submit."""
        emulator.world.render_s = 1.5
        async with at_home(self.wire, emulator, tmp_path / "home") as first:
            job = await first.start(await first.plan())
            await first.until(job, "attempt.submitted")
        async with at_home(self.wire, emulator, tmp_path / "home") as second:
            await assert_delivered(second, await second.end_of(job))

    async def test_cancel(self, house: House) -> None:
        """A job that is cancelled stops; where the wire can, at the provider too."""
        house.emulator.faults.inject("stuck")
        job = await house.start(await house.plan())
        await house.until(job, "attempt.submitted")
        await house.jobs.cancel(job.id)
        ended = await house.end_of(job)
        assert ended.status is Status.CANCELLED, await house.story(job)
        (render,) = house.emulator.world.accepted()
        assert (render.cancelled_at is not None or render.deleted) == self.wire.cancels

    async def test_a_job_that_never_ends_is_waited_for(self, house: House) -> None:
        """No verdict is made up for a job the provider still works on."""
        house.emulator.faults.inject("stuck")
        job = await house.start(await house.plan())
        await house.until(job, "attempt.submitted")
        await asyncio.sleep(1.0)
        assert (await house.jobs.get(job.id)).status is Status.RUNNING, await house.story(job)

    async def test_progress_that_goes_back_hurts_nobody(self, house: House) -> None:
        """A provider may change its mind about how far it is."""
        house.emulator.faults.inject("backwards")
        await assert_delivered(house, await house.make())

    # --- never paid twice ------------------------------------------------------------------------------------------

    async def test_a_lost_answer_is_never_paid_twice(self, house: House, lost: str) -> None:
        """At most one job is accepted, and one that was accepted is never forgotten."""
        house.emulator.faults.inject(lost)
        job = await house.make()
        story = await house.story(job)
        accepted = house.accepted()
        assert accepted <= 1, story
        states = [attempt.state for attempt in await house.attempts(job)]
        if self.findable(house):
            assert job.status is Status.COMPLETED or accepted == 0, story
        if job.status is Status.COMPLETED:
            await assert_delivered(house, job)
        elif accepted == 1:
            assert states == [AttemptState.UNKNOWN], story
            balance = await house.jobs.balance(job.id)
            assert balance.held == (await house.attempts(job))[0].reserved, "what may be paid stays held"

    async def test_a_lost_answer_is_found_again(self, house: House) -> None:
        """Where the wire can tell, an accepted job whose answer was lost is delivered, not made again."""
        house.emulator.faults.inject("cut_after")
        job = await house.make()
        if self.findable(house):
            await assert_delivered(house, job)
        else:
            assert job.error is not None
            assert job.error.code == "submission_unknown", await house.story(job)
        assert house.accepted() == 1

    async def test_two_jobs_that_ask_for_the_same_are_told_apart(self, house: House) -> None:
        """A lost submit is not taken for another job's, however much alike they are."""
        first = await house.make()
        house.emulator.faults.inject("cut_after")
        second = await house.make()
        story = await house.story(second)
        assert house.accepted() == 2, story
        if not self.findable(house):
            assert [attempt.state for attempt in await house.attempts(second)] == [AttemptState.UNKNOWN], story
            return
        assert second.status is Status.COMPLETED, story
        held = [(await house.attempts(job))[0].operation for job in (first, second)]
        assert held[0] != held[1], story

    async def test_a_provider_that_is_busy_is_asked_again(self, house: House, not_now: str) -> None:
        """Too many requests, or overloaded: nothing was accepted, so the submit may be repeated."""
        house.emulator.faults.inject(not_now)
        await assert_delivered(house, await house.make())

    async def test_a_refusal_costs_nothing_and_says_why(self, house: House, refusal: str) -> None:
        """A refused key, an empty account, a refused prompt: each has its own error."""
        house.emulator.faults.inject(refusal, times=20)
        job = await house.make()
        assert job.status is Status.FAILED
        assert job.error is not None
        assert job.error.code == REFUSALS[refusal], await house.story(job)
        assert house.accepted() == 0
        assert job.cost == 0
        assert self.wire.secret not in await house.story(job)

    async def test_a_job_that_fails_says_why(self, house: House, failure: str) -> None:
        """Filtered, broken, or done without a video: never delivered, never asked for twice."""
        house.emulator.faults.inject(failure)
        job = await house.make()
        assert job.status is Status.FAILED, await house.story(job)
        assert job.error is not None
        assert job.error.code in FAILURES[failure], await house.story(job)
        assert house.accepted() == 1

    # --- never lost ------------------------------------------------------------------------------------------------

    async def test_a_poll_that_fails_loses_nothing(self, house: House, poll_trouble: str) -> None:
        """Whatever a question meets, the job is asked for again; and nonsense is not taken for "not yet"."""
        house.emulator.faults.inject(poll_trouble, step="poll", times=3)
        job = await house.make()
        await assert_delivered(house, job)
        if poll_trouble in {"garbage", "unauthorized"}:
            kinds = [event.kind for event in await house.events(job)]
            assert "poll.troubled" in kinds, await house.story(job)

    async def test_a_download_that_fails_loses_nothing(self, house: House, download_fault: str) -> None:
        """The paid video arrives whole, however often it must be fetched."""
        house.emulator.faults.inject(download_fault, step="download", value=2000.0)
        await assert_delivered(house, await house.make())

    async def test_another_host_never_sees_the_key(self, emulator: Emulator, tmp_path: Path) -> None:
        """A provider may send the video from elsewhere; the key stays at home."""
        emulator.faults.inject("redirect")
        async with at_home(self.wire, emulator, tmp_path / "home", allow_private=True) as house:
            await assert_delivered(house, await house.make())
        assert emulator.trap.seen, "the other host was not asked"
        assert self.wire.secret not in json.dumps(emulator.trap.seen)

    def findable(self, house: House) -> bool:
        """Whether the protocol promises to find a lost submit."""
        return house.protocol.guarantee is not Guarantee.NONE


async def assert_delivered(house: House, job: Job) -> None:
    """Check that a job ended with the provider's own video, paid once."""
    story = await house.story(job)
    assert job.status is Status.COMPLETED, story
    assert house.accepted() == 1, story
    (render,) = house.emulator.world.accepted()
    (artifact,) = job.artifacts
    delivered = await asyncio.to_thread(Path(artifact.path).read_bytes)
    assert delivered == await asyncio.to_thread(render.take.path.read_bytes), (
        "the delivered file is not what the provider made"
    )
    info = await asyncio.to_thread(probe, Path(artifact.path))
    assert info.seconds > 0


def photo(width: int = 1280, height: int = 720) -> bytes:
    """Return a JPEG that no provider has a reason to refuse."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
