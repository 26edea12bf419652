"""Fetching what a provider has finished, checking it, and putting it where the caller wants it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from video_gen.engine import ledger, lifecycle
from video_gen.engine.artifacts import Shelf, misnamed, suffix_of, target_of
from video_gen.engine.faults import facts_of
from video_gen.engine.files import disk_errors, sha256_of
from video_gen.engine.joining import joined
from video_gen.engine.ports import Checked
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.engine.signal import unbroken
from video_gen.engine.vault import Vault
from video_gen.engine.waiting import wait
from video_gen.exceptions import (
    JobCancelledError,
    MediaInputError,
    StorageError,
    VerificationError,
    VideoGenerationError,
    VideoProcessingError,
)
from video_gen.spec import Artifact, Done, Output, Phase, usd

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Video:
    """A verified video or image that is not delivered yet."""

    file: Path
    checked: Checked
    sha256: str
    clip: Path | None = None
    """The clip of which the file is the end, where the job goes on from another video."""


async def collect(run: Run) -> list[Video]:
    """Fetch and verify the videos of the attempt under way; none when it had to be given up.

    A broken file is fetched again from where it was; after a download that did not come through, the provider is asked
    where the video is now. Neither makes a new video.
    """
    policy, bad, missed = run.ports.policy, 0, 0
    while True:
        try:
            return await _fetch_all(run)
        except (StorageError, JobCancelledError):
            raise
        except VerificationError as error:
            bad += 1
            if bad == policy.bad_files:
                return await _give_up(run, VerificationError(f"fetched {bad} times, and still broken: {error.message}"))
            await _say_retry(run, "is not as promised and is fetched again", error)
        except VideoGenerationError as error:
            missed += 1
            if missed == policy.collect_tries:
                return await _give_up(run, error)
            await _say_retry(run, "did not come through and is fetched again", error)
            await run.pause(policy.retry_after(missed, error.retry_after))
            await wait(run)
            if run.step is not lifecycle.Step.COLLECT:
                return []


async def _fetch_all(run: Run) -> list[Video]:
    with run.signal.stoppable():
        return [await _fetch(run, index, output) for index, output in enumerate(_done(run).outputs)]


async def _fetch(run: Run, index: int, output: Output) -> Video:
    file = run.staged(index)
    if not file.exists():
        with disk_errors(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        run.show(phase=Phase.COLLECTING)
        driver = await run.driver()
        await driver.collect(
            output,
            run.provider,
            file,
            progress=lambda _: None,
            cancelled=lambda: run.signal.cancelled,
        )
    run.show(phase=Phase.VERIFYING)
    try:
        return await _verified(run, file, output)
    except (VideoProcessingError, MediaInputError) as error:
        file.unlink(missing_ok=True)
        raise VerificationError(error.message) from error


async def _verified(run: Run, file: Path, output: Output) -> Video:
    checked = await asyncio.to_thread(run.ports.verify, file, run.attempt.plan)
    sha256 = await asyncio.to_thread(sha256_of, file)
    if output.sha256 is not None and output.sha256.lower() != sha256:
        raise VerificationError(f"its sha256 is {sha256}, and {run.provider.title} promised {output.sha256}")
    whole = await joined(run, file)
    if whole is None:
        return Video(file, checked, sha256)
    path, of_whole, its_sha256 = whole
    return Video(path, replace(of_whole, differences=checked.differences), its_sha256, clip=file)


async def deliver(run: Run, videos: list[Video]) -> None:
    """Place the videos where they belong, and complete the job."""
    if run.ports.vault is not None:
        artifacts = await _keep(run, videos, run.ports.vault)
        await unbroken(_complete(run, videos, artifacts))
        return
    target = target_of(run.job, run.provider.id, run.ports.outputs, videos[0].checked.media_type)
    async with run.ports.shelf.place_for(target):
        artifacts = await _place(run, videos, target)
        await unbroken(_complete(run, videos, artifacts, *_renamed(run, artifacts, target)))


async def _keep(run: Run, videos: list[Video], vault: Vault) -> list[Artifact]:
    """Keep the videos for everybody. Their names are their contents', so a run that does it again changes nothing."""
    kept: list[Artifact] = []
    for index, video in enumerate(videos):
        artifact = _artifact(run, index, video, "")
        suffix = suffix_of(run.job.request.kind, artifact.media_type)
        name = f"videos/{run.job.id}/{video.sha256}{suffix}"
        keep = partial(vault.keep, video.file, name, sha256=video.sha256, media_type=artifact.media_type)
        kept.append(artifact.model_copy(update={"path": await _put(run, keep)}))
    return kept


async def _place(run: Run, videos: list[Video], target: Path) -> list[Artifact]:
    taken = set(await run.ports.store.delivered(str(target.with_suffix(""))))
    artifacts: list[Artifact] = []
    for index, video in enumerate(videos):
        overwrite = run.job.overwrite and index == 0 and run.job.out == str(target)  # never what a folder holds
        place = partial(Shelf.place, video.file, target, video.sha256, taken=taken, overwrite=overwrite)
        path = await _put(run, place)
        taken.add(str(path))
        artifacts.append(_artifact(run, index, video, str(path)))
    return artifacts


async def _put(run: Run, put: Callable[[], T]) -> T:
    """Have a file put somewhere in a thread; a refusal is said in the job's history, once for each reason."""
    try:
        return await asyncio.to_thread(put)
    except StorageError as error:
        way_out = f"`video-gen jobs resume {run.job.id} --out FILE` puts it elsewhere"
        held = StorageError(f"the video is made and verified, and waits for its place: {error.message}; {way_out}")
        if held.message not in {event.message for event in await run.ports.store.events(run.job.id)}:
            await run.record(Note("artifact.held", held.message))
        raise held from error


def _artifact(run: Run, index: int, video: Video, path: str) -> Artifact:
    return Artifact(
        id=run.ports.new_id(),
        job_id=run.job.id,
        index=index,
        path=path,
        sha256=video.sha256,
        media_type=video.checked.media_type,
        info=video.checked.info,
        created_at=run.ports.now(),
    )


def _renamed(run: Run, artifacts: list[Artifact], target: Path) -> list[Note]:
    if run.job.out == str(target) != artifacts[0].path:
        return [Note("artifact.renamed", f"{target} was taken meanwhile, so it is {artifacts[0].path}.")]
    return []


async def _complete(run: Run, videos: list[Video], artifacts: list[Artifact], *more: Note) -> None:
    at = run.ports.now()
    attempt = lifecycle.succeeded(run.attempt, _price(run), at)
    job = lifecycle.completed(run.job, artifacts, attempt.model, at)
    notes = [*(_stored(artifact) for artifact in artifacts), *more]
    differences = [each for video in videos for each in video.checked.differences]
    notes += [Note("artifact.differs", f"Not quite as planned: {each}.") for each in differences]
    notes += [
        Note("artifact.differs", f"{each.path} holds {each.media_type}, whatever its name says.")
        for each in artifacts
        if misnamed(each.path, each.media_type)
    ]
    price = f" for {usd(attempt.cost)}" if attempt.cost else ""
    notes.append(Note("job.completed", f"Completed{price}.", {"cost": attempt.cost}))
    await run.record(*notes, job=job, attempt=attempt, entries=[ledger.settle(attempt, at)], artifacts=artifacts)
    for video in videos:
        video.file.unlink(missing_ok=True)
        if video.clip is not None:
            video.clip.unlink(missing_ok=True)


def _stored(artifact: Artifact) -> Note:
    info = artifact.info
    length = f" {info.seconds:.2f} s," if info.seconds else ""
    words = f"{info.width}x{info.height},{length} {info.bytes / 1e6:.1f} MB"
    return Note("artifact.stored", f"{artifact.path}: {words}, verified.", {"sha256": artifact.sha256})


async def _give_up(run: Run, error: VideoGenerationError) -> list[Video]:
    """The provider has done its work and is paid; what it made can be asked for again later."""
    cost = _price(run)
    attempt = lifecycle.attempt_failed(run.attempt, facts_of(error), cost, run.ports.now())
    note = Note(
        "attempt.failed",
        f"The finished video could not be had: {error.message} Cost: {usd(cost)}; resuming the job fetches it again.",
        {"code": error.code, "cost": cost},
    )
    await run.end_attempt(attempt, note)
    return []


async def _say_retry(run: Run, words: str, error: VideoGenerationError) -> None:
    await run.record(Note("collect.retried", f"The video {words}: {error.message}", {"code": error.code}))


def _price(run: Run) -> int:
    cost = _done(run).cost
    return run.attempt.reserved if cost is None else cost


def _done(run: Run) -> Done:
    outcome = run.attempt.outcome
    assert outcome is not None
    return outcome
