"""Where the files of a server's jobs are wanted on this machine, which the server is not told."""

import asyncio
from functools import partial
from pathlib import Path

from video_gen.client.installation import Place
from video_gen.client.words import Out
from video_gen.engine.artifacts import destination
from video_gen.spec import Job
from video_gen.spec.request import Kind


class Wanted:
    """Remembers the place of each job that named one, as long as the client lives."""

    def __init__(self, outputs: Path) -> None:
        self._outputs = outputs
        self._places: dict[str, Place] = {}

    async def place(self, out: Out, *, overwrite: bool, known: bool, kind: Kind) -> Place | None:
        """Return a place that may be written to, before there is a job for it; None where none is named.

        Args:
            out: The file, or a folder.
            overwrite: A file that stands there may be replaced.
            known: A file that stands there may be this very one, so that is no reason to refuse it.
            kind: What the file will be.

        Raises:
            InvalidRequestError: nothing can be written there.
        """
        if out is None:
            return None
        checked = partial(destination, out, self._outputs, overwrite=overwrite or known, kind=kind)
        return Place(await asyncio.to_thread(checked), overwrite)

    def note(self, job: Job, place: Place | None) -> Job:
        """Remember the place of a job; return the job as one of this machine says it."""
        if place is None:
            return job
        self._places[job.id] = place
        return job.model_copy(update=place._asdict())

    def of(self, job_id: str) -> Place | None:
        """Return where a job's files are wanted; None where nobody said."""
        return self._places.get(job_id)
