"""Reads a job in every shape that speakers of this wire are known to give it.

OpenAI: `{"id", "status", "progress", "error"}`, its video at `/content`. Others, as their sources had it on 2026-11-21:
vLLM-Omni 0.30 answers a failed job with the failure's own HTTP status; SGLang 0.5.23 gives `url` or `urls` when it has
uploaded the video; DeepInfra says `succeeded` and `data[0].url`; new-api wraps it in `{"code", "data"}`, shouts its
states and writes "35%"; relays of Veo have `video_url`; OpenRouter has `urls` beside `unsigned_urls` and `usage.cost`;
kie.ai counts states in `successFlag`.
"""

from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

from video_gen.exceptions import JobFailedError
from video_gen.protocols.openai.refusals import kind_of, reason_in
from video_gen.spec import Failed, Pending, Reply, micro
from video_gen.spec.answers import at, retry_after

QUEUED: Final = frozenset(
    {"queued", "pending", "submitted", "not_start", "not_started", "preparing", "preprocessing", "in_queue", "created"}
)
RUNNING: Final = frozenset({"in_progress", "processing", "running", "generating"})
DONE: Final = frozenset({"completed", "complete", "succeeded", "success", "finished", "done"})
FAILED: Final = frozenset({"failed", "failure", "fail", "error"})
ENDED: Final = frozenset({"cancelled", "canceled", "deleted", "expired"})
"""Stopped by somebody, or gone: no video will come."""
KNOWN: Final = QUEUED | RUNNING | DONE | FAILED | ENDED

_FLAGS: Final = {0: "running", 1: "success", 2: "failed", 3: "failed"}
_IDS: Final = ("id", "task_id", "taskId", "video_id")
_URLS: Final = ("video_url", "result_url", "url", "download_url")
_HOLDERS: Final = (
    "urls", "video_urls", "resultUrls", "unsigned_urls",
    "data", "videos", "outputs", "output", "result", "response", "content", "metadata",
)  # fmt: skip


def job_in(body: Any) -> dict[str, Any]:
    """Return the job inside an answer: the answer itself, or what its envelope holds."""
    job = body if isinstance(body, dict) else {}
    while not state_of(job) and not _named(job) and isinstance(job.get("data"), dict):
        job = job["data"]
    return job


def state_of(job: dict[str, Any]) -> str:
    """Return the job's state word in lower case, empty where it has none."""
    for name in ("status", "state", "task_status"):
        word = job.get(name)
        if isinstance(word, str) and word:
            return word.lower()
    flag = job.get("successFlag")
    return _FLAGS.get(flag, "") if isinstance(flag, int) else ""


def id_in(body: Any) -> str:
    """Return the id of the job in an answer, empty where there is none."""
    named = _named(job_in(body))
    if named:
        return named
    alone = at(body, "data")
    return alone if isinstance(alone, str) and str(at(body, "code")).lower() in {"success", "0", "200"} else ""


def _named(job: dict[str, Any]) -> str:
    found = (job.get(name) for name in _IDS)
    return next((str(each) for each in found if isinstance(each, str | int) and each != ""), "")


def unenveloped(reply: Reply) -> Reply:
    """Return a refusal that travels as a success, `200 {"code": 401, "data": null}`, under the status it names."""
    code = at(reply.body, "code")
    status = int(code) if isinstance(code, str | int) and str(code).isdigit() else 0
    wrapped = reply.ok and 400 <= status < 600 and not state_of(job_in(reply.body)) and not id_in(reply.body)
    return reply.model_copy(update={"status": status}) if wrapped else reply


def pending(job: dict[str, Any], reply: Reply) -> Pending:
    """Return how far an unfinished job is."""
    queued = state_of(job) in QUEUED
    return Pending(progress=_progress(job.get("progress")), queued=queued, retry_after=wait_of(reply))


def _progress(value: Any) -> float | None:
    try:
        share = float(value.strip().removesuffix("%") if isinstance(value, str) else value) / 100
    except (TypeError, ValueError):
        return None
    return min(max(share, 0.0), 1.0) if isfinite(share) else None


def wait_of(reply: Reply) -> float | None:
    """Return the seconds a service asks to wait (openai 3.52.0, `videos.poll`)."""
    millis = reply.headers.get("openai-poll-after-ms", "")
    return int(millis) / 1000 if millis.isdigit() else retry_after(reply)


def failed(job: dict[str, Any]) -> Failed:
    """Return why a job failed."""
    codes, message = reason_in(job)
    state = state_of(job)
    kind = kind_of(codes, message) or JobFailedError
    code = next((code for code in codes if code not in message), "")
    ended = f"the job is {state} there" if state in ENDED else ""
    said = f"{message} ({code})" if message and code else message or code or ended or "no reason given"
    return Failed(code=kind.code, message=said, cost=cost_of(job))


def cost_of(job: dict[str, Any]) -> int | None:
    """Return what the service says it charged, in micro-USD; None where it does not say.

    LiteLLM names its currency; OpenRouter's credits are dollars. Another service's `cost` may be anything.
    """
    dollars = at(job, "usage", "provider_reported_cost_usd")
    if dollars is None and job.keys() & {"polling_url", "unsigned_urls"}:
        dollars = at(job, "usage", "cost")
    known = isinstance(dollars, int | float) and not isinstance(dollars, bool) and isfinite(dollars) and dollars >= 0
    return micro(str(dollars)) if known else None


def urls_in(job: Any) -> list[str]:
    """Return where a finished job says its videos are; empty where it does not say."""
    for name in _URLS:
        url = at(job, name)
        if _is_url(url):
            return [url]
    for name in _HOLDERS:
        found = list(dict.fromkeys(_held(at(job, name))))
        if found:
            return found
    return []


def says_none(job: dict[str, Any]) -> bool:
    """Whether a finished job says by an empty list of links that it has no video (DeepInfra, OpenRouter)."""
    return job.get("data") == [] or job.get("unsigned_urls") == []


def _held(value: Any) -> Iterator[str]:
    if _is_url(value):
        yield value
    elif isinstance(value, dict):
        yield from urls_in(value)
    elif isinstance(value, list):
        for each in value:
            yield from _held(each)


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://", "/", "data:video/"))
