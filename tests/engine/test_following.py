"""All of an owner's jobs are followed at once, whichever process writes, on each database."""

import asyncio

from test_store import AT, new_job

from video_gen.engine.feed import Feed
from video_gen.engine.following import News
from video_gen.engine.rows import Note


async def test_an_owner_is_told_of_its_own_jobs_alone_by_another_process(opening, store):
    other = await opening()
    feed = Feed(other)
    news = News(other, feed).follow("anna", after=0)
    for number in range(3):
        for owner in ("anna", "bob", None):
            job = new_job(f"{owner} {number}", owner=owner)
            await store.create(job, job.id, [Note("job.queued", f"{owner} {number}")])
    first = [await asyncio.wait_for(anext(news), 30) for _ in range(3)]
    waiting = asyncio.ensure_future(anext(news))
    late = new_job("anna later", owner="anna")
    await store.create(late, late.id, [Note("job.queued", "anna later")])
    assert [each.message for each in (*first, await asyncio.wait_for(waiting, 30))] == [
        "anna 0",
        "anna 1",
        "anna 2",
        "anna later",
    ]
    assert first[0].at == AT
    await news.aclose()
    from_now_on = News(other, feed).follow(None)
    waiting = asyncio.ensure_future(anext(from_now_on))
    await asyncio.sleep(0.1)
    newest = new_job("newest")
    await store.create(newest, newest.id, [Note("job.queued", "newest")])
    assert (await asyncio.wait_for(waiting, 30)).message == "newest"
    await from_now_on.aclose()
    await feed.close()
    await other.close()
