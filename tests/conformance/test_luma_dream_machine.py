import asyncio

import pytest

from video_gen.spec import AttemptState, Status
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.suite import assert_delivered
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.luma import DreamMachineEmulator
from video_gen.testing.emulators.luma.dream_machine import BASE


class TestDreamMachine(ProtocolConformance):
    wire = Wire(
        emulator=DreamMachineEmulator,
        environment=lambda emulator: {"LUMAAI_API_KEY": KEY, "LUMAAI_BASE_URL": f"{emulator.url}{BASE}"},
        text="luma-dream-machine/ray-2",
    )

    async def test_a_lost_submit_is_told_from_the_users_other_generations(self, house):
        others = [await house.make(prompt=f"another film, number {number}") for number in range(3)]
        house.emulator.faults.inject("cut_after")
        job = await house.make()
        assert job.status is Status.COMPLETED, await house.story(job)
        assert house.accepted() == len(others) + 1
        (attempt,) = await house.attempts(job)
        assert house.emulator.world.renders[attempt.operation.id].film.prompt == job.plan.settings.prompt

    async def test_one_of_several_alike_is_left_to_a_person(self, house):
        """Made by somebody else with the same account: nothing tells them apart."""
        house.emulator.faults.inject("hang_after")
        job = await house.start(await house.plan())
        while not house.emulator.world.renders:
            await asyncio.sleep(0.01)
        (lost,) = house.emulator.world.accepted()
        twin = house.emulator.world.accept("twin", lost.model, lost.film, lost.request)
        twin.data |= lost.data
        job = await house.end_of(job)
        assert job.error.code == "submission_unknown", await house.story(job)
        (attempt,) = await house.attempts(job)
        assert attempt.state is AttemptState.UNKNOWN
        assert (await house.jobs.balance(job.id)).held == attempt.reserved

    async def test_jobs_of_ours_that_are_alike_are_told_apart(self, house):
        plan = await house.plan()
        twins = [await house.start(plan) for _ in range(2)]
        for twin in twins:
            await house.until(twin, "attempt.submitted")
        house.emulator.faults.inject("cut_after")
        jobs = [await house.end_of(job) for job in (*twins, await house.start(plan))]
        assert [job.status for job in jobs] == [Status.COMPLETED] * 3, await house.story(jobs[-1])
        assert house.accepted() == 3

    @pytest.mark.parametrize("fault", ["rate_limited", "unavailable", "error_before", "cut_before", "garbage"])
    async def test_a_list_that_cannot_be_read_is_asked_for_again(self, house, fault):
        house.emulator.faults.inject("cut_after")
        house.emulator.faults.inject(fault, step="find", times=2)
        await assert_delivered(house, await house.make())

    async def test_a_long_list_is_read_page_by_page(self, house):
        plan = await house.plan()
        emulator, body = house.emulator, {"model": "ray-2", "prompt": "other", "resolution": "720p", "duration": "5s"}
        house.emulator.faults.inject("hang_after")
        job = await house.start(plan)
        while not emulator.world.renders:
            await asyncio.sleep(0.01)
        (lost,) = emulator.world.accepted()
        for number in range(120):
            other = emulator.world.accept(f"other-{number}", "ray-2", lost.film, body)
            other.data["cents"] = 0
        assert (await house.end_of(job)).status is Status.COMPLETED, await house.story(job)
        (attempt,) = await house.attempts(job)
        assert attempt.operation.id == lost.id
        assert len([call for call in emulator.world.calls if call.step == "find"]) >= 3
