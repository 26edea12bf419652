"""Azure's first Sora API, video generation jobs, before it took over OpenAI's wire.

Paths, fields and states: azure-rest-api-specs, azure-v1-preview-generated.yaml @0723d852, read 2026-11-21. A job makes
up to five videos, each with an id of its own under which its content lies. There is no key that makes a submit
idempotent, no progress and no cancelling; deleting is for what has ended.

A picture or a video goes into a form as `files`, and `inpaint_items` says by its name where it belongs: at the start.
"""

import json
from typing import Any, Final
from urllib.parse import quote

from video_gen.exceptions import JobFailedError, NoVideoError
from video_gen.protocols.openai.refusals import kind_of, refused
from video_gen.protocols.openai.search import CLOCKS, Found, Wanted, made_at
from video_gen.spec import (
    Blob,
    Call,
    Context,
    Done,
    Failed,
    Flow,
    Guarantee,
    MediaRef,
    Operation,
    Outcome,
    Output,
    Pending,
    Reply,
)
from video_gen.spec.answers import at, garbled, retry_after, words_at

JOBS: Final = "/video/generations/jobs"
VERSION: Final = {"api-version": "preview"}
PAGE: Final = 100
_QUEUED: Final = frozenset({"queued", "preprocessing"})
_RUNNING: Final = frozenset({"running", "processing"})
_QUALITY: Final = "high"


class AzureJobsProtocol:
    """POST, GET /video/generations/jobs, GET /video/generations/jobs/ID."""

    name = "azure-jobs"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Create the job."""
        reply = yield _create(context)
        if not reply.ok:
            raise refused(reply, context, billable=True)
        job_id = words_at(reply.body, "id")
        if not job_id:
            raise garbled(reply, context.provider.id, "the id of a job", billable=True)
        return _operation(job_id, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the job."""
        reply = yield Call(path=f"{JOBS}/{quote(operation.id, safe='')}", query=VERSION)
        if not reply.ok:
            raise refused(reply, context)
        state = words_at(reply.body, "status")
        if state in _QUEUED | _RUNNING:
            return Pending(queued=state in _QUEUED, retry_after=retry_after(reply))
        if state == "succeeded":
            return _done(reply, context)
        if state in {"failed", "cancelled"}:
            return _failed(reply, state)
        raise garbled(reply, context.provider.id, "a status that is known")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Nothing stops a job."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """List the jobs since the intent; see `search.py` for when one is taken over."""
        found, query = Found(), {**VERSION, "limit": str(PAGE)}
        while True:
            reply = yield Call(path=JOBS, query=query)
            if not reply.ok:
                raise refused(reply, context)
            jobs = at(reply.body, "data")
            if not isinstance(jobs, list) or not all(words_at(job, "id") for job in jobs):
                raise garbled(reply, context.provider.id, "a list of jobs")
            found.add(jobs, _wanted(context))
            if at(reply.body, "has_more") is not True or _past(jobs, context):
                break
            after = words_at(reply.body, "last_id") or words_at(jobs, -1, "id")
            if after in {"", query.get("after")}:
                raise garbled(reply, context.provider.id, "the rest of its list")
            query["after"] = after
        match = found.only(context)
        return None if match is None else _operation(match, context)


def _operation(job_id: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol=AzureJobsProtocol.name, id=job_id)


def _create(context: Context) -> Call:
    settings = context.plan.settings
    wanted = {
        "model": context.plan.wire_model,
        "prompt": settings.prompt,
        "width": settings.width,
        "height": settings.height,
        "n_seconds": None if settings.seconds is None else round(settings.seconds),
        "n_variants": settings.count,
    }
    fields = {name: value for name, value in wanted.items() if value is not None} | settings.extra
    media = settings.first_frame or settings.source_video
    if media is None:
        return Call(method="POST", path=JOBS, query=VERSION, body=fields)
    items = json.dumps([{"frame_index": 0, "type": media.kind, "file_name": _name(media)}])
    form = {**fields, "inpaint_items": items, "files": Blob(ref=media, encoding="file")}
    return Call(method="POST", path=JOBS, query=VERSION, form=form)


def _name(ref: MediaRef) -> str:
    """Return the name that the driver gives a file in a form: kind, the head of its hash, and its type's ending."""
    ending = ref.media_type.partition("/")[2]
    return f"{ref.kind}-{ref.sha256[:8]}.{'jpg' if ending == 'jpeg' else ending}"


def _done(reply: Reply, context: Context) -> Outcome:
    made = at(reply.body, "generations")
    ids = [words_at(each, "id") for each in made] if isinstance(made, list) else []
    if not all(ids):
        raise garbled(reply, context.provider.id, "the ids of its videos")
    if not ids:
        return Failed(code=NoVideoError.code, message="Azure says that it is done, and has no video")
    content = "content/video?api-version=preview&quality="
    urls = [f"/video/generations/{quote(each, safe='')}/{content}{_QUALITY}" for each in ids]
    return Done(outputs=tuple(Output(url=url, authorized=True) for url in urls))


def _failed(reply: Reply, state: str) -> Failed:
    reason = words_at(reply.body, "failure_reason")
    kind = kind_of((reason,), "") or JobFailedError
    return Failed(code=kind.code, message=reason or f"the job is {state} there")


def _past(jobs: list[Any], context: Context) -> bool:
    """Whether a page, newest first, reaches back behind the intent."""
    times = [made_at(job) for job in jobs]
    known = [made for made in times if made is not None]
    ordered = len(known) == len(times) and known == sorted(known, reverse=True)
    return ordered and bool(known) and known[-1] < context.intent_at - CLOCKS


def _wanted(context: Context) -> Wanted:
    settings = context.plan.settings
    facts = {"n_seconds": settings.seconds, "width": settings.width, "height": settings.height}
    return Wanted(settings.prompt, context.plan.wire_model, context.intent_at, facts)
