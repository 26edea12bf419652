"""What `client.videos(...)` and `client.jobs(job_id)` answer: dictionaries as programs for IndoxRouter read them.

The shape is that of the video page of its documentation, last updated on 8 November 2025.
"""

from pathlib import PurePath
from typing import Any, Final

from video_gen.client.video_job import facts_of, iso
from video_gen.spec import Artifact, Job, Status

_SHOWN: Final = ("job_id", "status", "error", "model")


def told(job: Job) -> dict[str, list[str]]:
    """Return what is done differently from what was asked, and what else one should know, in sentences."""
    return {"adjustments": [each.reason for each in job.plan.adjustments], "warnings": [*job.plan.warnings]}


def accepted(job: Job) -> dict[str, Any]:
    """Return the answer to a video that was taken in."""
    shown = facts_of(job, None)
    return {"data": {**{name: shown[name] for name in ("job_id", "status", "model")}, **told(job)}}


def looked_at(job: Job, links: list[str]) -> dict[str, Any]:
    """Return where a job stands, and what it made; `links` are where its files are to be had, one for each."""
    shown = facts_of(job, None)
    answer = {
        **{name: shown[name] for name in _SHOWN},
        "progress": int(shown["progress"]),
        "created_at": iso(job.created_at),
        **told(job),
        "result": None,
    }
    if job.status is Status.COMPLETED:
        made_at = int((job.ended_at or job.updated_at).timestamp())
        files = [_file(each, link) for each, link in zip(job.artifacts, links, strict=True)]
        answer["result"] = {"data": files, "model": shown["model"], "created": made_at}
    return answer


def _file(artifact: Artifact, link: str) -> dict[str, Any]:
    name = PurePath(artifact.path).name
    kind = artifact.media_type.partition("/")[0]
    return {
        "url": link,
        "s3_key": f"local/{kind}/{artifact.job_id}/{name}",
        "file_size": artifact.info.bytes,
        "content_type": artifact.media_type,
        "file_name": name,
    }
