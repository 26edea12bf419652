"""`/api/v1/tasks`: look at tasks, stop them, forget them."""

from typing import Annotated

from fastapi import APIRouter, Query

from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.native import shown
from video_gen.spec import Status

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])
_STATUS_OF: dict[str, Status] = {word: status for status, word in shown.WORDS.items()}


@router.get("", summary="List tasks")
async def tasks(
    gateway: Reads,
    *,
    status: Annotated[shown.Word | None, Query(description="Only tasks that stand so.")] = None,
    model: Annotated[str | None, Query(description="Only tasks for this model, by its id or an alias.")] = None,
    search: Annotated[str | None, Query(description="Only tasks whose prompt or id holds this.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> shown.TaskPage:
    """List the caller's tasks, newest first."""
    wanted = None if status is None else _STATUS_OF[status]
    page = await gateway.jobs(status=wanted, model=model, search=search, limit=limit, after=after)
    return shown.TaskPage(tasks=[shown.task(job, gateway) for job in page.jobs], next=page.next)


@router.get("/{task_id}", summary="Look at a task")
async def task(gateway: Reads, task_id: str) -> shown.Task:
    """Say where a task stands, and where its video is once it is completed."""
    return shown.task(await gateway.job(task_id), gateway)


@router.post("/{task_id}/cancel", summary="Stop a task")
async def cancel(gateway: Generates, task_id: str) -> shown.Task:
    """Ask a task to stop. What its provider can stop is stopped; what it charges all the same is settled."""
    return shown.task(await gateway.cancel(task_id), gateway)


@router.delete("/{task_id}", summary="Forget a task")
async def delete(
    gateway: Generates,
    task_id: str,
    files: Annotated[bool, Query(description="Remove its videos too.")] = False,  # noqa: FBT002 - a query's name
) -> shown.Task:
    """Forget a task that has ended; what it cost stays on the books."""
    return shown.task(await gateway.delete(task_id, files=files), gateway)
