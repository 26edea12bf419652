"""One job for each shot, however often a film is started, fails or is killed.

A shot is known by what it asks for, by the film it belongs to, and by the takes it goes on from: that is its key. What
has ended for good without a video is made anew, as the shot's next take. There is no other record of a film than its
jobs.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from video_gen.engine.lifecycle import resumable
from video_gen.exceptions import SubmissionUnknownError
from video_gen.films.planning import ShotPlan
from video_gen.films.studio import Studio
from video_gen.spec import AttemptState, Job, Status

_ELSEWHERE: Final = frozenset({"max_cost", "priority", "queue_timeout", "give_up_after"})
"""What changes nothing of a shot: said otherwise, it is still the same one."""


class Take(NamedTuple):
    """Where a shot stands."""

    key: str
    """The idempotency key of its job."""
    job: Job | None
    """None: there is no job of it yet that is any good."""
    resumes: bool = False
    """The job has ended, and goes on with what its provider already made."""
    lost: str | None = None
    """An earlier take's clip, which is no longer there as it was delivered."""


def shot_key(film: str, shot: ShotPlan, needs: Sequence[str], repeated: int) -> str:
    """Return what a shot is known by.

    Args:
        film: Which film.
        shot: What is asked for.
        needs: The keys of the takes that it goes on from.
        repeated: How many shots of the film before it ask for the very same.
    """
    asked = shot.request.model_dump(mode="json", exclude_defaults=True, exclude=set(_ELSEWHERE))
    text = json.dumps([film, asked, shot.link.chain, *needs, repeated], sort_keys=True, separators=(",", ":"))
    return f"shot-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def clip_of(out: Path, index: int, key: str) -> Path:
    """Return where the clip of a take goes: beside the film, in a folder of its own, in the order of the shots.

    Args:
        out: Where the film goes.
        index: The shot's place.
        key: The take's.
    """
    _, digest, number = key.split("-")
    return out.with_name(f"{out.stem}_shots") / f"{index + 1:02}-{digest[:8]}-{number}.mp4"


async def standing(studio: Studio, key: str, clip: Callable[[str], Path]) -> Take:
    """Return the newest take of a shot.

    Args:
        studio: Knows what was made.
        key: What the shot is known by.
        clip: Says where the clip of a take goes, by the take's key.

    Raises:
        SubmissionUnknownError: it may be paid though nobody knows: a person has to say first.
    """
    lost: str | None = None
    for number in count():
        take = f"{key}-{number}"
        job = await studio.known(take)
        if job is None or not job.status.terminal:
            return Take(take, job, lost=lost)
        if job.status is Status.COMPLETED:
            if (here := await studio.here(job, clip(take))) is not None:
                return Take(take, here)
            lost = job.artifacts[0].path
            continue
        attempts = await studio.attempts(job.id)
        if any(attempt.state is AttemptState.UNKNOWN for attempt in attempts):
            raise SubmissionUnknownError(
                f"it was asked for before, and may be paid. Settle it with `video-gen jobs resolve {job.id}` (--adopt "
                "OPERATION, --resubmit or --write-off), then go on",
                provider=job.plan.provider,
            )
        if resumable(job, attempts):
            return Take(take, job, resumes=True)
    raise AssertionError("numbers do not run out")
