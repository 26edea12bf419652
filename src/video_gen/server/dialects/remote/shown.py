"""Values as a client elsewhere is shown them: where something is on this machine is nothing to it."""

import hashlib

from starlette.responses import Response

from video_gen.engine.query import Page
from video_gen.server.gateway import Gateway
from video_gen.spec import Attempt, Job


def shown_job(job: Job, gateway: Gateway) -> Job:
    """Return a job whose files are at their links."""
    artifacts = tuple(each.model_copy(update={"path": gateway.video_url(each)}) for each in job.artifacts)
    return job.model_copy(update={"artifacts": artifacts, "out": None, "overwrite": False})


def shown_page(page: Page, gateway: Gateway) -> Page:
    """Return a page of such jobs."""
    return page.model_copy(update={"jobs": tuple(shown_job(job, gateway) for job in page.jobs)})


def shown_attempt(attempt: Attempt) -> Attempt:
    """Return an attempt without where its provider's files are, which may hold a signature."""
    return attempt.model_copy(update={"outcome": None})


def answer(job: Job) -> Response:
    """Return the answer that tells a job, with a tag that names what it says."""
    body = job.model_dump_json().encode()
    return Response(body, media_type="application/json", headers={"ETag": tag_of(body)})


def tag_of(body: bytes) -> str:
    """Return the tag of an answer: the same tag, the same answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
