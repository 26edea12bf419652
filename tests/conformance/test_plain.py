"""The suite passes what keeps its promises, whatever the wire offers, and fails what breaks one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from plain import PLAIN_KEY, Plain, PlainEmulator

from video_gen.exceptions import SubmissionUnknownError
from video_gen.spec import Guarantee, Pending
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.suite import assert_delivered

pytestmark = pytest.mark.slow

MUTANT = "VIDEO_GEN_TEST_MUTANT"


def wire(protocol=Plain, emulator=PlainEmulator):
    return Wire(
        emulator=emulator,
        environment=lambda served: {"RUNWAYML_BASE_URL": served.url, "RUNWAYML_API_SECRET": PLAIN_KEY},
        text="runway/gen4.5",
        image="runway/gen4.5",
        secret=PLAIN_KEY,
        protocol=protocol,
    )


class Idempotent(Plain):
    guarantee = Guarantee.IDEMPOTENT


class Unfindable(Plain):
    guarantee = Guarantee.NONE


class TestFindable(ProtocolConformance):
    wire = wire()

    async def test_a_key_that_a_caller_brings_is_used_for_that_job_alone(self, house):
        house.emulator.keys = frozenset({PLAIN_KEY, "the-callers-own"})
        job = await house.start(await house.plan(), key="the-callers-own")
        await house.until(job, "attempt.submitted")
        assert b"the-callers-own" not in await house.stored_bytes()
        await assert_delivered(house, await house.end_of(job))
        await house.make()
        assert [render.account for render in house.emulator.world.accepted()] == ["the-callers-own", PLAIN_KEY]
        assert {call.headers["authorization"] for call in house.emulator.world.calls if call.step == "poll"} == {
            "Bearer the-callers-own",
            f"Bearer {PLAIN_KEY}",
        }
        assert b"the-callers-own" not in await house.stored_bytes()
        assert "the-callers-own" not in await house.story(job)


class TestIdempotent(ProtocolConformance):
    wire = wire(Idempotent)


class TestUnfindable(ProtocolConformance):
    wire = wire(Unfindable)


class Forgetful(PlainEmulator):
    """Makes a new job of each submit, whatever its key."""

    dedupes = False


class SendsAgain(Plain):
    def submit(self, context):
        try:
            return (yield from super().submit(context))
        except SubmissionUnknownError:
            return (yield from super().submit(context))


class TakesNonsenseForNotYet(Plain):
    def outcome(self, reply):
        known = isinstance(reply.body, dict) and "state" in reply.body
        return super().outcome(reply) if known else Pending()


class DropsSeedZero(Plain):
    def submit(self, context):
        settings = context.plan.settings
        if not settings.seed:
            context = context.model_copy(
                update={
                    "plan": context.plan.model_copy(update={"settings": settings.model_copy(update={"seed": None})})
                }
            )
        return super().submit(context)


class FindsNothing(Plain):
    def find(self, context):
        yield from ()


class KeepsTheKey(Plain):
    def operation(self, context, job):
        return super().operation(context, job).model_copy(update={"data": {"key": PLAIN_KEY}})


class NeverFails(Plain):
    def outcome(self, reply):
        outcome = super().outcome(reply)
        return Pending() if outcome.__class__.__name__ == "Failed" else outcome


BROKEN = {
    "SendsAgain": (SendsAgain, Forgetful, "test_a_lost_answer_is_never_paid_twice"),
    "FindsNothing": (FindsNothing, Forgetful, "test_a_lost_answer_is_found_again"),
    "ClaimsIdempotence": (Idempotent, Forgetful, "test_a_lost_answer_is_never_paid_twice"),
    "TakesNonsenseForNotYet": (TakesNonsenseForNotYet, PlainEmulator, "test_a_poll_that_fails_loses_nothing"),
    "DropsSeedZero": (DropsSeedZero, PlainEmulator, "test_seed_zero_survives"),
    "KeepsTheKey": (KeepsTheKey, PlainEmulator, "test_an_operation_is_json_without_a_credential"),
}

if MUTANT in os.environ:

    class TestBroken(ProtocolConformance):
        wire = wire(*BROKEN[os.environ[MUTANT]][:2])


@pytest.mark.parametrize("mutant", BROKEN)
def test_the_suite_catches(mutant):
    check = BROKEN[mutant][2]
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", __file__, "-k", f"TestBroken and {check}"]
    ran = subprocess.run(
        command,
        env={**os.environ, MUTANT: mutant},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path.cwd(),
        check=False,
    )
    assert ran.returncode == 1, ran.stdout
    assert check in ran.stdout
