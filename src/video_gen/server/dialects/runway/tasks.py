"""`/v1/tasks`: look at a task, stop or forget it."""

from typing import Any

from fastapi import APIRouter, Response

from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.runway import shown

router = APIRouter(prefix="/tasks")


@router.get("/{task_id}", summary="Look at a task")
async def task(gateway: Reads, task_id: str) -> dict[str, Any]:
    """Say where a task stands, and where its videos are once it has succeeded."""
    return shown.task(await gateway.job(task_id), gateway)


@router.delete("/{task_id}", status_code=204, summary="Stop or forget a task")
async def delete(gateway: Generates, task_id: str) -> Response:
    """Ask a task to stop; one that has ended is deleted, with its files."""
    job = await gateway.job(task_id)
    if job.status.terminal:
        await gateway.delete(task_id, files=True)
    else:
        await gateway.cancel(task_id)
    return Response(status_code=204)
