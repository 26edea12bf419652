"""Between values and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from video_gen.engine.ledger import Entry
from video_gen.spec.job import Artifact, Attempt, AttemptState, Event, Job, Phase, Status

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """An event before it is stored; the store gives it its number."""

    kind: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


def new_job_row(job: Job, request_hash: str) -> dict[str, Any]:
    """Return all columns of a job that is not stored yet."""
    return {
        "id": job.id,
        "provider": job.plan.provider,
        "model": job.plan.model,
        "prompt": job.request.prompt,
        "priority": job.priority,
        "epoch": job.epoch,
        "cancel_requested": job.cancel_requested,
        "idempotency_key": job.idempotency_key,
        "request_hash": request_hash,
        "owner": job.owner,
        "own_key": job.own_key,
        "out": job.out,
        "overwrite": job.overwrite,
        "created_at": job.created_at,
        "request": job.request,
        "plan": job.plan,
        "tags": job.tags,
        **job_row(job),
    }


def job_row(job: Job) -> dict[str, Any]:
    """Return the columns that a run may change; its epoch and the caller's wish to cancel are not among them."""
    return {
        "status": job.status.value,
        "phase": job.phase.value if job.phase else None,
        "progress": job.progress,
        "cost": job.cost,
        "planned": job.planned,
        "model_used": job.model_used,
        "fallback_from": job.fallback_from,
        "updated_at": job.updated_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "deadline": job.deadline,
        "error": job.error,
    }


def job_of(row: Row, artifacts: Sequence[Artifact] = ()) -> Job:
    """Return the job of a row."""
    return Job(
        id=row["id"],
        status=Status(row["status"]),
        phase=Phase(row["phase"]) if row["phase"] else None,
        progress=row["progress"],
        request=row["request"],
        plan=row["plan"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        out=row["out"],
        overwrite=row["overwrite"],
        priority=row["priority"],
        deadline=row["deadline"],
        idempotency_key=row["idempotency_key"],
        epoch=row["epoch"],
        cancel_requested=row["cancel_requested"],
        error=row["error"],
        model_used=row["model_used"],
        fallback_from=row["fallback_from"],
        cost=row["cost"],
        artifacts=tuple(artifacts),
        tags=row["tags"],
        owner=row["owner"],
        own_key=row["own_key"],
        planned=row["planned"],
    )


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """Return the columns of an attempt."""
    columns = {name: getattr(attempt, name) for name in Attempt.model_fields}
    return columns | {"state": attempt.state.value}


def attempt_of(row: Row) -> Attempt:
    """Return the attempt of a row."""
    return Attempt(**{**row, "state": AttemptState(row["state"])})


def event_row(job_id: str, note: Note, at: datetime) -> dict[str, Any]:
    """Return the columns of an event."""
    return {"job_id": job_id, "at": at, "kind": note.kind, "message": note.message, "data": dict(note.data)}


def event_of(row: Row) -> Event:
    """Return the event of a row."""
    return Event(**row)


def artifact_row(artifact: Artifact) -> dict[str, Any]:
    """Return the columns of an artifact."""
    return {name: getattr(artifact, name) for name in Artifact.model_fields}


def artifact_of(row: Row) -> Artifact:
    """Return the artifact of a row."""
    return Artifact(**row)


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return the columns of a ledger entry."""
    return {**entry.model_dump(), "kind": entry.kind.value, "leg": entry.leg}


def entry_of(row: Row) -> Entry:
    """Return the ledger entry of a row."""
    return Entry(**{name: value for name, value in row.items() if name not in {"seq", "leg", "owner", "own_key"}})


def mappings(connection: sa.Connection, query: sa.Executable) -> Sequence[Row]:
    """Run a query; return its rows by column name."""
    return connection.execute(query).mappings().all()
