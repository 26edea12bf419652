"""`/api/v1/tasks/{id}/attempts`: how a task was tried, and trying it again."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.native import shown
from video_gen.server.dialects.native.problem import Problem, of_job
from video_gen.spec import Attempt, AttemptState
from video_gen.spec.money import MICRO

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])


class TaskAttempt(BaseModel):
    """One submit to one model."""

    number: int = Field(description="1 for the first.", examples=[1])
    model: str = Field(description="The model it was sent to.", examples=["local/draft"])
    state: AttemptState = Field(
        description="Where it stands; `rejected` cost nothing, `unknown` may have been accepted and charged."
    )
    provider_id: str | None = Field(description="The provider's own name for it, once accepted.")
    held_usd: float = Field(description="US dollars held for it while it is open.", examples=[0.0])
    cost_usd: float | None = Field(description="US dollars it has cost; null while it is open.", examples=[0.0])
    error: Problem | None = Field(description="What ended it, unless it succeeded.")
    began_at: shown.Moment = Field(description="When it was to be sent (UTC).")
    ended_at: shown.Moment | None = Field(description="When it ended (UTC); null until then.")


class TaskAttempts(BaseModel):
    """How a task was tried, oldest first."""

    attempts: list[TaskAttempt] = Field(description="One for each submit.")


class Retried(BaseModel):
    """What became of trying again."""

    resumed: bool = Field(
        description="The same task fetches what its provider made. False: a new task was made, and costs anew."
    )
    task: shown.Task = Field(description="The task that goes on.")


@router.get("/{task_id}/attempts", summary="See how a task was tried")
async def attempts(gateway: Reads, task_id: str) -> TaskAttempts:
    """List what was sent to which model, and what it cost."""
    return TaskAttempts(attempts=[_shown(each) for each in await gateway.attempts(task_id)])


@router.post("/{task_id}/resume", summary="Let a task go on")
async def resume(gateway: Generates, task_id: str) -> shown.Task:
    """Let a task go on where it stood; an ended one with what its provider already made."""
    return shown.task(await gateway.resume(task_id), gateway)


@router.post("/{task_id}/retry", summary="Try a task again")
async def retry(gateway: Generates, task_id: str) -> Retried:
    """Try a failed or cancelled task again: with what its provider already made, else as a new task."""
    again = await gateway.retry(task_id)
    return Retried(resumed=again.resumed, task=shown.task(again.job, gateway))


def _shown(attempt: Attempt) -> TaskAttempt:
    return TaskAttempt(
        number=attempt.number,
        model=attempt.model,
        state=attempt.state,
        provider_id=None if attempt.operation is None else attempt.operation.id,
        held_usd=attempt.reserved / MICRO if attempt.cost is None else 0.0,
        cost_usd=shown.dollars(attempt.cost),
        error=None if attempt.error is None else of_job(attempt.error),
        began_at=attempt.intent_at,
        ended_at=attempt.ended_at,
    )
