"""`client.video`, `client.videos` and `client.jobs(...)`: what they answer, and what they refuse, here and remote."""

import asyncio
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from video_gen import (
    Client,
    InvalidRequestError,
    JobCancelledError,
    JobNotFoundError,
    JobStateError,
    VideoGenerationError,
    WaitTimeoutError,
)
from video_gen.media.probe import probe

SMALL = {"duration": "0.5s", "resolution": "144p", "seed": 0}
LONG = {"duration": 60, "resolution": "720p"}


def test_a_video_is_waited_for_told_of_and_downloaded(connect, tmp_path):
    with connect() as client:
        job = client.video.queue("local", "a calm sea", **SMALL)
        assert (job.status, job.is_processing(), job.video_url, job.metadata) == ("queued", True, None, None)
        with pytest.raises(JobStateError):
            job.get_video_data()
        told = []
        done = client.video.wait_for_completion(
            job.job_id, poll_interval=0.2, callback=lambda each: told.append(client.video.retrieve(each.job_id, "any"))
        )
        assert (done.is_completed(), done.progress, done.error, told[-1]) == (True, 100, None, done)
        path = tmp_path / "new" / "sea.mp4"
        assert done.download(path) == done.download(path) == path, "it replaces what stands there"
        info = probe(path)
        assert (info.height, info.bytes, info.audio) == (144, done.metadata.file_size, None)
        assert done.get_video_data() == path.read_bytes() == urlopen(done.video_url).read()


def test_a_link_of_this_process_opens_its_file_and_nothing_else():
    with Client() as client:
        done = client.video.complete("local", "a calm sea", **SMALL)
        [file] = client.jobs(done.job_id)["result"]["data"]
        base, _, name = file["url"].rpartition("/")
        for url in (f"{base}/other.mp4", f"{base}/..%2F{name}", f"{base.rpartition('/')[0]}/guessed/{name}"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(url)
        Path(client.jobs.get(done.job_id).artifacts[0].path).unlink()
        with pytest.raises(HTTPError, match="404"):
            urlopen(file["url"])
    with pytest.raises(URLError):
        urlopen(file["url"])


def test_time_that_is_over_ends_nothing_and_a_cancelled_video_is_failed(connect):
    with connect() as client:
        job = client.video.queue("local", "rain", **LONG)
        with pytest.raises(WaitTimeoutError, match=r"after 0\.3 s: it goes on"):
            client.video.wait_for_completion(job.job_id, poll_interval=5, max_wait_time=0.3)
        assert client.video.retrieve(job.job_id).is_processing()
        client.jobs.cancel(job.job_id)
        with pytest.raises(JobCancelledError):
            client.video.wait_for_completion(job.job_id)
        ended = client.video.retrieve(job.job_id)
        assert (ended.is_failed(), ended.error_code) == (True, "cancelled")
        shown = client.jobs(job.job_id)
        assert (shown["status"], shown["result"], bool(shown["error"])) == ("failed", None, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"motion_bucket_id": 128}, "motion_bucket_id=128` is out of range"),
        ({"motion_bucket_id": "much"}, "whole number, 1 to 127"),
        ({"duration": "soon"}, "not a number of seconds"),
        ({"model": "nothing-of-the-kind"}, "there is no model"),
        ({"image": "nowhere.png"}, "does not exist"),
        ({"extra": "fast"}, "`extra='fast'` holds no options"),
    ],
)
def test_wrong_input_is_refused_and_leaves_no_job(connect, words, says):
    with connect(api_key="of no effect") as client:
        for ask in (client.video.queue, client.video.quote, client.videos):
            with pytest.raises(InvalidRequestError, match=says):
                ask(**{"model": "local", "prompt": "a sea of wrong input", **SMALL, **words})
        assert client.jobs.list(search="a sea of wrong input") == []
        with pytest.raises(JobNotFoundError):
            client.jobs("0000000000000000")
        with pytest.raises(InvalidRequestError, match="poll_interval=0"):
            client.video.wait_for_completion("0000000000000000", poll_interval=0)


def test_the_same_key_is_the_same_video(connect):
    with connect() as client:
        asked = {"model": "local", **LONG, "idempotency_key": "one"}
        first, again = (client.videos("rain", **asked)["data"]["job_id"] for _ in range(2))
        assert first == again
        asked["idempotency_key"] = "another"
        assert client.video.queue(prompt="rain", **asked).job_id == client.video.queue(prompt="rain", **asked).job_id


def test_motion_and_other_names_become_the_clients_words(connect):
    with connect() as client:
        moving = client.video.queue("local", "rain", **SMALL, audio=True, motion_bucket_id=127)
        request = client.jobs.get(moving.job_id).request
        assert (request.motion_strength, request.audio, request.seed) == (1, True, 0)
        other = client.videos("rain", "local", seconds=1, dimension="256x144", n=1, generate_audio=False, style="odd")
        request = client.jobs.get(other["data"]["job_id"]).request
        assert (request.seconds, request.audio, request.extra) == (1, False, {"style": "odd"})


def test_models_are_rows(connect):
    with connect() as client:
        rows = {row["id"]: row for row in client.models.list()}
        assert (rows["local/draft"]["type"], rows["local/still"]["type"]) == ("video", "image")
        assert "openai/sora-2" not in rows
        assert "openai/sora-2" in {row["id"] for row in client.models.list(retired=True)}


async def test_the_same_without_blocking(aconnect, tmp_path):
    async with aconnect() as client:
        assert (await client.video.quote("local", "a calm sea")).estimated_cost == 0
        taken = await client.videos("a calm sea", "local", **SMALL)
        told: list[str] = []
        waiting = asyncio.create_task(
            client.video.wait_for_completion(taken["data"]["job_id"], 0.2, 60, lambda job: told.append(job.status))
        )
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.02)
            turns += 1
        done = await waiting
        assert turns > 1, "the loop went on meanwhile"
        assert told[-1] == "completed"
        assert (await done.download(tmp_path / "sea.mp4")).read_bytes() == await done.get_video_data()
        assert (await client.jobs(done.job_id))["result"]["data"][0]["url"] == done.video_url
        with pytest.raises(VideoGenerationError):
            await client.video.complete("nothing-of-the-kind", "a sea")
