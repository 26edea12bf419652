"""The calls: create, retrieve, list and, where it stops a job, delete (openai-openapi f85dbe2, 2026-08-21).

The wire has no idempotency key and no cancelling: OpenAI deletes only what has ended. Settings of a provider tell where
a service differs: `endpoint` its path; `encoding`, `skip_upload`, `seconds_field` its submit (`create.py`); `lists`
"no": it keeps no list, so a lost submit is left to a person; `cancel` "delete": deleting stops a running job
(vLLM-Omni); `content` "look": its `/content` may be a link, in JSON or in the words of a refusal, so that is looked at.
"""

import re
from typing import Any, Final
from urllib.parse import quote

from video_gen.exceptions import ApiRequestError, NoVideoError
from video_gen.protocols.openai import job as reading
from video_gen.protocols.openai.create import create, endpoint, upload, wants_upload
from video_gen.protocols.openai.refusals import reason_in, refused
from video_gen.protocols.openai.search import CLOCKS, Found, Wanted, made_at
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Flow,
    Guarantee,
    Operation,
    Outcome,
    Output,
    Reply,
)
from video_gen.spec.answers import at, garbled, words_at

PAGE: Final = 100
_LINK: Final = re.compile(r"https?://[^\s\"'<>\\]+")


class OpenAIProtocol:
    """POST /videos, GET /videos/ID, GET /videos, DELETE /videos/ID."""

    name = "openai"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Create the job; a first frame goes ahead of it where the settings say so."""
        file_id = (yield from self._uploaded(context)) if wants_upload(context) else ""
        reply = reading.unenveloped((yield create(context, file_id)))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        found = reading.id_in(reply.body)
        if not found:
            raise garbled(reply, context.provider.id, "the id of a job", billable=True)
        operation = self.adopt(found, context)
        return operation.model_copy(update={"retry_after": reading.wait_of(reply)})

    def _uploaded(self, context: Context) -> Flow[str]:
        picture = context.plan.settings.first_frame
        assert picture is not None
        reply = yield upload(picture, context)
        if not reply.ok:
            raise refused(reply, context)
        found = words_at(reply.body, "id")
        if not found:
            raise garbled(reply, context.provider.id, "the id of a file")
        return found

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation of an id; it keeps its endpoint, whatever the setting says later."""
        place = f"{endpoint(context)}/{quote(operation_id, safe='')}"
        return Operation(provider=context.provider.id, protocol=self.name, id=operation_id, data={"path": place})

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the job; some services answer a failed one with the failure's own HTTP status."""
        reply = reading.unenveloped((yield Call(path=_path(operation))))
        job = reading.job_in(reply.body)
        state = reading.state_of(job)
        if not reply.ok and not (state in reading.FAILED and reading.id_in(job) == operation.id):
            raise refused(reply, context)
        if state in reading.QUEUED | reading.RUNNING:
            return reading.pending(job, reply)
        if state in reading.FAILED | reading.ENDED:
            return reading.failed(job)
        if state in reading.DONE:
            return (yield from self._done(job, operation, context))
        raise garbled(reply, context.provider.id, "a status that is known")

    def _done(self, job: dict[str, Any], operation: Operation, context: Context) -> Flow[Outcome]:
        cost = reading.cost_of(job)
        urls = reading.urls_in(job)
        if not urls and not reading.says_none(job):
            content = f"{_path(operation)}/content"
            looks = context.provider.settings.get("content") == "look"
            urls = (yield from _looked_up(content, context)) if looks else _contents(content, job)
        if not urls:
            message = "the service says that it is done, and has no video"
            return Failed(code=NoVideoError.code, message=message, cost=cost)
        return Done(outputs=tuple(Output(url=url, authorized=True) for url in urls), cost=cost)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        """Delete the job where that stops it; elsewhere nothing does."""
        if context.provider.settings.get("cancel") != "delete":
            return False
        reply = yield Call(method="DELETE", path=_path(operation), free=True)
        if reply.ok or reply.status in {404, 409}:
            return at(reply.body, "deleted") is True
        raise refused(reply, context)

    def find(self, context: Context) -> Flow[Operation | None]:
        """List the jobs since the intent; see `search.py` for when one is taken over."""
        if context.provider.settings.get("lists") == "no":
            raise ApiRequestError(
                f"`{context.provider.id}` keeps no list of jobs: look for it where the service shows them",
                provider=context.provider.id,
            )
        found, query = Found(), {"limit": str(PAGE), "order": "desc"}
        while True:
            reply = yield Call(path=endpoint(context), query=query)
            jobs = _listed(reply, context)
            found.add(jobs, _wanted(context))
            if not _goes_on(reply, jobs, context):
                break
            after = words_at(reply.body, "last_id") or words_at(jobs, -1, "id")
            if after in {"", query.get("after")}:
                raise garbled(reply, context.provider.id, "the rest of its list")
            query["after"] = after
        match = found.only(context)
        return None if match is None else self.adopt(match, context)


def _path(operation: Operation) -> str:
    return str(operation.data["path"])


def _contents(content: str, job: dict[str, Any]) -> list[str]:
    """SGLang counts several videos of one job as variants of its content."""
    count = job.get("num_outputs")
    if isinstance(count, int) and 1 < count <= 16:
        return [f"{content}?variant={index}" for index in range(count)]
    return [content]


def _looked_up(content: str, context: Context) -> Flow[list[str]]:
    """Ask for the first byte: a link may come in its place, also inside a refusal (SGLang); nothing is no video."""
    reply = yield Call(path=content, headers={"Range": "bytes=0-0"})
    if reply.ok and reply.file is not None:
        return [content]
    found = reading.urls_in(reply.body)
    if not found and not reply.ok:
        found = _LINK.findall(reason_in(reply.body)[1])
    if found or reply.status in {404, 410}:
        return found
    raise garbled(reply, context.provider.id, "a video") if reply.ok else refused(reply, context)


def _listed(reply: Reply, context: Context) -> list[dict[str, Any]]:
    if reply.status in {404, 405, 501}:
        raise ApiRequestError(
            f"`{context.provider.id}` offers no list of jobs ({reply.status}): look where the service shows them",
            provider=context.provider.id,
            status_code=reply.status,
        )
    if not reply.ok:
        raise refused(reply, context)
    jobs = at(reply.body, "data")
    if not isinstance(jobs, list) or not all(isinstance(job, dict) and job.get("id") for job in jobs):
        raise garbled(reply, context.provider.id, "a list of jobs")
    return jobs


def _goes_on(reply: Reply, jobs: list[dict[str, Any]], context: Context) -> bool:
    """Whether an older page may still hold the job; only a list that is newest first can be left early."""
    more = at(reply.body, "has_more")
    if not jobs or more is False or (more is None and len(jobs) < PAGE):
        return False
    times = [made_at(job) for job in jobs]
    known = [made for made in times if made is not None]
    newest_first = len(known) == len(times) and known == sorted(known, reverse=True)
    return not newest_first or known[-1] >= context.intent_at - CLOCKS


def _wanted(context: Context) -> Wanted:
    settings = context.plan.settings
    size = f"{settings.width}x{settings.height}" if settings.width and settings.height else None
    facts = {"size": size, "seconds": None if settings.extra.get("extend") else settings.seconds}
    return Wanted(settings.prompt, context.plan.wire_model, context.intent_at, facts)
