"""`.../events`: what happened to tasks, as a list or, to who accepts `text/event-stream`, as it happens."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import format_sse_event

from video_gen.exceptions import VideoGenerationError
from video_gen.server.access import Reads
from video_gen.server.dialects.native import shown
from video_gen.server.dialects.native.problem import ProblemBody, of_error
from video_gen.server.gateway import Gateway
from video_gen.server.streams import MEDIA_TYPE, streamed, wants_stream
from video_gen.spec import Event, Job

router = APIRouter(prefix="/api/v1", tags=["events"])
_MOST = 2**53

After = Annotated[int | None, Query(ge=0, le=_MOST, description="Only what came after this `seq`.")]
LastEventId = Annotated[
    int | None, Header(ge=0, le=_MOST, description="Where a stream goes on: the last `id` that was seen.")
]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
    204: {"description": "The stream is over."},
}


@router.get(
    "/tasks/{task_id}/events",
    summary="Read a task's history, or follow it",
    responses=_STREAM,
    response_model=shown.TaskEvents,
)
async def of_task(
    request: Request, gateway: Reads, task_id: str, after: After = None, last_event_id: LastEventId = None
) -> shown.TaskEvents | Response:
    """Tell what happened to a task, oldest first.

    With `Accept: text/event-stream` each event comes as it happens, named by its `kind`, and the task itself, named
    `task`, whenever it looks different. The stream ends when the task has ended.
    """
    if not wants_stream(request):
        return shown.TaskEvents(events=[shown.event(each) for each in await gateway.events(task_id, after=after or 0)])
    seen = last_event_id if last_event_id is not None else after or 0
    job = await gateway.job(task_id)
    if last_event_id is not None and job.status.terminal and not await gateway.events(task_id, after=seen):
        # A browser comes back whenever a stream ends, and by this word stays away.
        return Response(status_code=204)
    return streamed(_pieces(gateway.watch(task_id, after=seen), gateway), gateway.closing)


@router.get(
    "/events",
    summary="Read the history of all tasks, or follow them",
    responses=_STREAM,
    response_model=shown.TaskEvents,
)
async def of_all(
    request: Request,
    gateway: Reads,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most, in a list.")] = 100,
    last_event_id: LastEventId = None,
) -> shown.TaskEvents | Response:
    """Tell what happened to all of the caller's tasks, oldest first.

    With `Accept: text/event-stream` each event comes as it happens, named by its `kind`: from now on, unless `after` or
    `Last-Event-ID` says where to begin. The stream does not end by itself.
    """
    if not wants_stream(request):
        found = await gateway.history(after=after or 0, limit=limit)
        return shown.TaskEvents(events=[shown.event(each) for each in found])
    news = gateway.follow(after=after if last_event_id is None else last_event_id)
    return streamed(_pieces(news, gateway), gateway.closing)


async def _pieces(
    news: AsyncIterator[Event | Job] | AsyncIterator[Event], gateway: Gateway
) -> AsyncGenerator[bytes, None]:
    try:
        async for each in news:
            yield _piece(each, gateway)
    except VideoGenerationError as error:  # the answer has begun: its status can say nothing any more
        body = ProblemBody(error=of_error(error))
        yield format_sse_event(event="error", data_str=body.model_dump_json())


def _piece(news: Event | Job, gateway: Gateway) -> bytes:
    if isinstance(news, Job):  # no id: to whoever comes back, the task is told anew in any case
        return format_sse_event(event="task", data_str=shown.task(news, gateway).model_dump_json())
    return format_sse_event(event=news.kind, data_str=shown.event(news).model_dump_json(), id=str(news.seq))
