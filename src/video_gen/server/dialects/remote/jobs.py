"""Jobs: handed in, looked at, waited for, fetched, and what one changes one's mind about."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi import Request as Asked
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import Response

from video_gen.engine.callback import Callback
from video_gen.engine.listing import MAX_PAGE
from video_gen.engine.query import Page
from video_gen.engine.resolving import Resubmit, WriteOff
from video_gen.engine.webhook import NATIVE
from video_gen.exceptions import JobStateError
from video_gen.server.access import Decides, Generates, Reads
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.remote.looking import changed, ended, held_for
from video_gen.server.dialects.remote.shown import answer, shown_attempt, shown_job, shown_page
from video_gen.server.files import file_name
from video_gen.server.gateway import Gateway, Terms
from video_gen.server.sending import sent
from video_gen.spec import Attempt, Event, Plan, Status

router = APIRouter(prefix="/jobs")
_KEPT_S = 3600.0
"""Seconds for which a receiver may keep a file."""
InHeader = Annotated[str | None, Header()]


class Submission(BaseModel):
    """A plan that was shown before, to be carried out, and how."""

    model_config = ConfigDict(extra="forbid")

    plan: Plan
    idempotency_key: str
    priority: int | None = Field(default=None, ge=-100, le=100)
    tags: dict[str, str] = Field(default_factory=dict)
    callback: Callback | None = None
    provider_key: SecretStr | None = None

    def terms(self, gateway: Gateway, idempotency_key: str | None) -> Terms:
        """Return the gateway's terms; a key in the header comes before the one in the body.

        Raises:
            InvalidRequestError: the callback cannot be posted to.
        """
        terms = Terms(
            idempotency_key=idempotency_key or self.idempotency_key, tags=self.tags, api_key=self.provider_key
        )
        if self.callback is not None:
            terms["callback"] = callback_at(gateway, self.callback.url, self.callback.kinds, dialect=NATIVE)
        if self.priority is not None:
            terms["priority"] = self.priority
        return terms


class Keys(BaseModel):
    """Idempotency keys."""

    keys: list[str] = Field(max_length=MAX_PAGE)


class Found(BaseModel):
    """The provider has a lost submit."""

    operation_id: str = Field(min_length=1)


class Loss(BaseModel):
    """What a lost submit cost."""

    cost: int | None = Field(default=None, ge=0)
    """Micro-USD; None: all that is held for it."""


@router.post("")
async def submit(gateway: Generates, asked: Submission, idempotency_key: InHeader = None) -> Response:
    """Hand a plan in; the same key and request give the same job, however often they are sent."""
    job = await gateway.submit(await gateway.plan_as_shown(asked.plan), **asked.terms(gateway, idempotency_key))
    return answer(shown_job(job, gateway))


@router.get("")
async def page(
    gateway: Reads,
    *,
    status: Status | None = None,
    model: str | None = None,
    text: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    after: str | None = None,
    oldest_first: bool = False,
) -> Page:
    """List jobs."""
    found = await gateway.jobs(
        status=status, model=model, search=text, limit=limit, after=after, oldest_first=oldest_first
    )
    return shown_page(found, gateway)


@router.post("/of-keys")
async def of_keys(gateway: Reads, asked: Keys) -> Page:
    """List the jobs that the caller handed in with some idempotency keys."""
    return shown_page(await gateway.jobs_of_keys(asked.keys), gateway)


@router.get("/{job_id}")
async def look(
    gateway: Reads,
    job_id: str,
    until: Literal["change", "end"] = "change",
    prefer: InHeader = None,
    if_none_match: InHeader = None,
) -> Response:
    """Tell a job: at once, or when there is news of it or its end, as the headers say."""
    seconds = held_for(prefer)
    if until == "end":
        return answer(shown_job(await ended(gateway, job_id, seconds), gateway))
    job = await changed(gateway, job_id, if_none_match or "", seconds)
    if job is None:
        return Response(status_code=304, headers={"ETag": if_none_match or ""})
    return answer(shown_job(job, gateway))


@router.get("/{job_id}/events")
async def events(gateway: Reads, job_id: str, after: Annotated[int, Query(ge=0, le=2**53)] = 0) -> list[Event]:
    """Tell what happened to a job."""
    return await gateway.events(job_id, after=after)


@router.get("/{job_id}/attempts")
async def attempts(gateway: Reads, job_id: str) -> list[Attempt]:
    """Tell how a job was tried."""
    return [shown_attempt(each) for each in await gateway.attempts(job_id)]


@router.get("/{job_id}/files/{index}")
async def file(asked: Asked, gateway: Reads, job_id: str, index: int) -> Response:
    """Send a finished file, whole or the rest of it."""
    job = await gateway.job(job_id)
    artifact = next((each for each in job.artifacts if each.index == index), None)
    if artifact is None:
        raise JobStateError(f"job `{job.id}` is {job.status} and has no file {index + 1}")
    return sent(asked, await gateway.file(artifact, file_name(artifact)), seconds=_KEPT_S)


@router.post("/{job_id}/cancel")
async def cancel(gateway: Generates, job_id: str) -> Response:
    """Ask a job to stop."""
    return answer(shown_job(await gateway.cancel(job_id), gateway))


@router.post("/{job_id}/resume")
async def resume(gateway: Generates, job_id: str) -> Response:
    """Let a job go on."""
    return answer(shown_job(await gateway.resume(job_id), gateway))


@router.post("/{job_id}/retry")
async def retry(gateway: Generates, job_id: str) -> dict[str, Any]:
    """Try an ended job again."""
    again = await gateway.retry(job_id)
    return {"job": shown_job(again.job, gateway).model_dump(mode="json"), "resumed": again.resumed}


@router.post("/{job_id}/adopt")
async def adopt(gateway: Decides, job_id: str, found: Found) -> Response:
    """Go on with what a lost submit became."""
    return answer(shown_job(await gateway.adopt(job_id, found.operation_id), gateway))


@router.post("/{job_id}/resubmit")
async def resubmit(gateway: Decides, job_id: str) -> Response:
    """Send a lost submit again."""
    return answer(shown_job(await gateway.resolve(job_id, Resubmit()), gateway))


@router.post("/{job_id}/write-off")
async def write_off(gateway: Decides, job_id: str, loss: Loss) -> Response:
    """Give a lost submit up."""
    return answer(shown_job(await gateway.resolve(job_id, WriteOff(loss.cost)), gateway))


@router.delete("/{job_id}")
async def delete(gateway: Generates, job_id: str, *, files: bool = False) -> Response:
    """Forget an ended job."""
    return answer(shown_job(await gateway.delete(job_id, files=files), gateway))
