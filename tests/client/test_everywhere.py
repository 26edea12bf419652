"""One suite over both kinds of client: the same calls, the same results, the same errors, the same money."""

import asyncio
import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from video_gen import (
    ContentPolicyError,
    InvalidRequestError,
    JobCancelledError,
    JobNotFoundError,
    JobStateError,
    MediaInputError,
    MediaNotFoundError,
    SpendLimitError,
    Status,
    SubmissionUnknownError,
    UnknownModelError,
    UnsupportedOptionError,
    VideoGenerationError,
    WaitTimeoutError,
)
from video_gen.media.probe import probe

SMALL = {"model": "local", "duration": 0.5, "size": "128x72", "fps": 12, "seed": 0}
LONG = {"model": "local", "duration": 60, "size": "1280x720", "seed": 0}
PAID = {"model": "openai/sora-2-pro", "duration": 4, "seed": 0}


def picture(color: str = "teal") -> Image.Image:
    return Image.new("RGB", (320, 180), color)


def test_a_video_is_made_told_of_and_at_its_place(connect, outputs, tmp_path):
    with connect() as client:
        told = []
        job = client.generate("a calm sea", **SMALL, on_progress=told.append, out=tmp_path / "new" / "sea.mp4")
        [film] = job.artifacts
        path = Path(film.path)
        assert path == tmp_path / "new" / "sea.mp4"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == film.sha256
        assert [each.name for each in path.parent.iterdir()] == ["sea.mp4"], "nothing is left beside it"
        assert (told[-1].status, told[-1].id, job.cost) == (Status.COMPLETED, job.id, 0)
        known = client.jobs.get(job.id[:9])
        assert (known.id, known.request, known.plan) == (job.id, job.request, job.plan)
        kinds = [event.kind for event in client.jobs.events(job.id)]
        assert (kinds[0], kinds[-1]) == ("job.queued", "job.completed")
        assert [event.kind for event in client.jobs.events(job.id, after=1_000_000)] == []
        [attempt] = client.jobs.attempts(job.id)
        assert (attempt.state, attempt.model) == ("succeeded", "local/draft")
        other = client.fetch(job.id)
        assert Path(other.artifacts[0].path).parent == outputs
        assert client.jobs.wait(job.id, timeout_s=5).status is Status.COMPLETED
        assert client.jobs.delete(job.id).id == job.id
        with pytest.raises(JobNotFoundError):
            client.jobs.get(job.id)


def test_a_file_that_stands_there_is_refused_before_there_is_a_job(connect, tmp_path):
    path = tmp_path / "sea.mp4"
    path.write_bytes(b"mine")
    with connect() as client:
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.generate("a sea that is not made", **SMALL, out=path)
        assert client.jobs.list(search="a sea that is not made") == []
        assert path.read_bytes() == b"mine"
        assert probe(Path(client.generate("a sea", **SMALL, out=path, overwrite=True).artifacts[0].path)).width == 128


def test_a_video_goes_where_it_is_wanted_by_the_time_it_is_there(connect, tmp_path):
    (tmp_path / "mine.mp4").write_bytes(b"mine")
    with connect() as client:
        before = client.submit(client.plan("a wide sea before it", **LONG))
        plan = client.plan("a sea that waits", **SMALL)
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.submit(plan, out=tmp_path / "mine.mp4")
        job = client.submit(plan, out=tmp_path / "first.mp4", idempotency_key=str(tmp_path)[-40:])
        assert job.out == str(tmp_path / "first.mp4")
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.jobs.resume(job.id, out=tmp_path / "mine.mp4")
        assert client.jobs.resume(job.id, out=tmp_path / "second.mp4").out == str(tmp_path / "second.mp4")
        client.jobs.cancel(before.id)
        done = client.jobs.wait(job.id, timeout_s=60)
        assert [each.path for each in done.artifacts] == [str(tmp_path / "second.mp4")]
        assert probe(tmp_path / "second.mp4").width == 128
        assert not (tmp_path / "first.mp4").exists()
        with pytest.raises(JobStateError, match="is completed"):
            client.jobs.resume(job.id, out=tmp_path / "third.mp4")


def test_media_come_in_every_form(connect, tmp_path):
    path = tmp_path / "boat.png"
    picture().save(path)
    forms = [path, str(path), path.read_bytes(), picture(), io.BytesIO(path.read_bytes())]
    with connect() as client:
        plans = [client.plan("drift", image=form, **SMALL) for form in forms]
        assert {(plan.task, plan.request.first_frame.width) for plan in plans} == {("image_to_video", 320)}
        made = client.submit(plans[0])
        film = client.fetch(client.jobs.wait(made.id, timeout_s=60).id, str(tmp_path / "drift.mp4")).artifacts[0].path
        longer = client.plan("go on", extend=film, **{**SMALL, "size": None})
        assert (longer.request.extends.width, longer.request.first_frame.width) == (128, 128)
        for wrong, error in ((tmp_path / "none.png", MediaNotFoundError), (b"no picture", MediaInputError)):
            with pytest.raises(error):
                client.plan("drift", image=wrong, **SMALL)
        with pytest.raises(MediaInputError, match="leads to this machine"):
            client.plan("drift", image="http://127.0.0.1:9/boat.png", **SMALL)
        with pytest.raises(MediaInputError, match="`image` takes a picture"):
            client.plan("drift", image=film, **SMALL)


def test_money_is_counted_once_and_by_day_and_model(connect):
    with connect() as client:
        before = client.usage()
        plan = client.plan("a paid sea", **PAID)
        job = client.submit(plan, idempotency_key="paid-once")
        assert client.submit(plan, idempotency_key="paid-once").id == job.id
        job = client.jobs.wait(job.id, timeout_s=60)
        assert job.cost == plan.quote.high > 0
        after = client.usage()
        assert (after.spent - before.spent, after.attempts - before.attempts, after.held) == (job.cost, 1, 0)
        assert after.by_day[-1].spent == sum(each.spent for each in after.by_model)
        assert after.today.spent == after.by_day[-1].spent
        assert "openai/sora-2-pro" in {each.name for each in after.by_model}
        with pytest.raises(JobStateError, match="another request"):
            client.submit(client.plan("another sea", **PAID), idempotency_key="paid-once")


def test_a_refusal_of_the_provider_is_the_same_error(connect, services):
    with connect() as client:
        services.emulators["openai"].faults.inject("refused")
        job = client.submit(client.plan("what no policy allows", **PAID))
        with pytest.raises(ContentPolicyError) as told:
            client.jobs.wait(job.id, timeout_s=60)
        assert (told.value.provider, told.value.retryable) == ("openai", False)
        with pytest.raises(ContentPolicyError):
            client.video.wait_for_completion(job.id)
        again = client.jobs.retry(job.id)
        assert (again.resumed, again.job.tags["retry_of"]) == (False, job.id)
        assert client.jobs.wait(again.job.id, timeout_s=60).status is Status.COMPLETED
        with pytest.raises(JobStateError, match="is completed"):
            client.jobs.resume(again.job.id)


def test_what_became_of_a_lost_submit_is_said_once(connect, services, tmp_path):
    words = ("found", "sent again", "given up")
    runway = services.emulators["runway"]
    with connect() as client:
        held = client.usage().held
        for _ in words:
            runway.faults.inject("cut_after")
        plans = [client.plan(f"lost and {word}", model="gen4.5", duration=5, size="1280x720") for word in words]
        found, again, up = (client.submit(plan, out=tmp_path / f"{number}.mp4") for number, plan in enumerate(plans))
        for job in (found, again, up):
            with pytest.raises(SubmissionUnknownError):
                client.jobs.wait(job.id, timeout_s=60)
        there = [each.id for each in runway.world.accepted() if each.request["promptText"] == "lost and found"][-1]
        with pytest.raises(InvalidRequestError, match="below 0"):
            client.jobs.write_off(up.id, cost=-1)
        assert not client.jobs.adopt(found.id, there).status.terminal
        client.jobs.resubmit(again.id)
        assert client.jobs.write_off(up.id, cost=7).cost == 7
        for settle in (client.jobs.write_off, client.jobs.resubmit, lambda job_id: client.jobs.adopt(job_id, "x")):
            with pytest.raises(JobStateError, match="nothing to resolve"):
                settle(up.id)
        for number, job in enumerate((found, again)):
            done = client.jobs.wait(job.id, timeout_s=60)
            assert Path(done.artifacts[0].path) == tmp_path / f"{number}.mp4"
            assert done.cost == plans[0].quote.high
        assert client.usage().held == held


def test_a_job_is_waited_for_in_vain_and_stopped(connect):
    with connect() as client:
        job = client.submit(client.plan("a long sea", **LONG), tags={"for": "the test"}, priority=3)
        assert (job.tags, job.priority) == ({"for": "the test"}, 3)
        with pytest.raises(WaitTimeoutError, match=r"0\.2 s"):
            client.jobs.wait(job.id, timeout_s=0.2)
        assert [each.id for each in client.jobs.list(search="a long sea")] == [job.id]
        with pytest.raises(JobStateError):
            client.jobs.delete(job.id)
        client.jobs.cancel(job.id)
        with pytest.raises(JobCancelledError):
            client.jobs.wait(job.id, timeout_s=60)
        with pytest.raises(JobStateError):
            client.jobs.cancel(job.id)


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"model": "lokal"}, UnknownModelError, "did you mean `local`"),
        ({"model": "openai/sora-2-pro", "duration": 5, "strict": True}, UnsupportedOptionError, "5"),
        ({"duration": "soon"}, InvalidRequestError, "not a number of seconds"),
        ({"fps": 1000}, InvalidRequestError, "fps"),
        ({"model": "auto", "providers": ["nobody"]}, InvalidRequestError, "nobody"),
    ],
)
def test_what_cannot_be_planned_is_refused_alike(connect, words, error, says):
    with connect() as client, pytest.raises(error, match=says) as told:
        client.plan("a sea", **{**SMALL, **words})
    assert type(told.value) is error


def test_a_ceiling_and_an_unknown_job_are_told_alike(connect):
    with connect() as client:
        with pytest.raises(SpendLimitError, match="above the ceiling"):
            client.submit(client.plan("a sea", **PAID, max_cost="0.01"))
        for ask in (client.jobs.get, client.jobs.events, client.jobs.cancel, client.jobs.wait, client.jobs):
            with pytest.raises(JobNotFoundError, match="there is no job `0000000000000000`"):
                ask("0000000000000000")
        with pytest.raises(JobNotFoundError):
            client.jobs.get("x")


def test_a_model_is_chosen_and_the_choice_is_kept(connect):
    with connect() as client:
        decision = client.route("a calm sea", policy="cheapest", providers=["openai", "fal"])
        plan = client.plan("a calm sea", policy="cheapest", providers=["openai", "fal"], duration=4)
        assert plan.model == decision.ranked[0].model
        job = client.submit(plan)
        assert (job.plan.decision, job.request.model) == (plan.decision, "auto")
        client.jobs.wait(job.id, timeout_s=60)


def test_images_and_their_plans(connect, outputs):
    with connect() as client:
        assert client.images.plan("a harbour", size="64x64").quote.high == 0
        made = client.images.generate("a harbour", size="64x64")
        assert Path(made.path).parent == outputs
        with Image.open(made.path) as image:
            assert image.size == (64, 64)
        assert made.url == Path(made.path).as_uri()


async def test_an_event_loop_goes_on_meanwhile(aconnect, tmp_path):
    async with aconnect() as client:
        gaps, working = [], True

        async def tick() -> None:
            now = asyncio.get_running_loop().time
            while working:
                before = now()
                await asyncio.sleep(0.01)
                gaps.append(now() - before)

        ticking = asyncio.create_task(tick())
        both = [client.generate(f"sea {each}", **SMALL, out=tmp_path / f"{each}.mp4") for each in range(2)]
        jobs = await asyncio.gather(*both)
        working = False
        await ticking
        assert len({job.id for job in jobs}) == 2
        assert len(gaps) > 5
        assert [row["id"] for row in await client.models.list() if row["id"].startswith("local/")]
        assert (await client.usage()).held == 0
        same = Image.effect_noise((320, 180), 90)
        plans = await asyncio.gather(*(client.plan("drift", image=same, **SMALL) for _ in range(8)))
        assert len({plan.request.first_frame.sha256 for plan in plans}) == 1
        assert "natural light" in await client.optimize_prompt("a red bicycle")
        with pytest.raises(VideoGenerationError):
            await client.plan("x", model="nothing-of-the-kind")
