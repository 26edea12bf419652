"""The calls: POST, GET and DELETE of `/contents/generations/tasks` (volcengine.com/docs/82379/1521309, 2026-11-21).

There is no idempotency key. Every task carries a mark of ours (`body.mark_of`), and the list of a week's tasks shows
it: so a submit whose answer was lost is found by its mark.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from video_gen.exceptions import ApiRequestError, JobFailedError, NoVideoError
from video_gen.protocols.ark.body import EXPIRES, mark_of, task_body
from video_gen.protocols.ark.refusals import failed, refused
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
    Pending,
    Reply,
)
from video_gen.spec.answers import at, dated, garbled, words_at

CLOCKS: Final = 300.0
"""Seconds by which the provider's clock may be behind ours."""
KEPT: Final = 7 * 86_400.0
"""Seconds for which a task is shown."""
PAGE: Final = 500
"""The most tasks that one page has, and the most pages."""
TASKS: Final = "/contents/generations/tasks"


class ArkProtocol:
    """POST /contents/generations/tasks, GET and DELETE of one, GET of all."""

    name = "ark"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        """Create the task."""
        told = {"callback_url": context.callback_url} if context.callback_url else {}
        reply = yield Call(method="POST", path=TASKS, body=told | task_body(context))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        task = words_at(reply.body, "id")
        if not task:
            raise garbled(reply, context.provider.id, "an id", billable=True)
        return _operation(task, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the task."""
        reply = yield _one(operation)
        if not reply.ok:
            if reply.status == 404 and _age(reply, context) > KEPT:
                return Failed(code=NoVideoError.code, message="the task is no longer kept: it is older than 7 days")
            raise refused(reply, context)
        return _outcome(reply, context)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Take back a task that waits; the same call would delete a finished one, so its status is asked for first."""
        reply = yield _one(operation)
        status = words_at(reply.body, "status")
        if not reply.ok or status != "queued":
            return status == "cancelled"
        reply = yield Call(method="DELETE", path=f"{TASKS}/{quote(operation.id, safe='')}", free=True)
        return reply.ok

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look through the tasks since the intent for the one that carries its mark.

        Raises:
            ApiRequestError: some may be the one, and none certainly is: two carry the mark, one does not show its own,
                the caller has chosen the seconds that would be the mark, or the list no longer reaches back so far.
        """
        wanted = task_body(context)[EXPIRES]
        certain, doubtful, seen = set[str](), set[str](), 0
        for page in range(1, PAGE + 1):
            reply = yield _page(page, context)
            for task, mark, model in _since(reply, context):
                if task in context.taken:
                    continue
                same = model == context.plan.wire_model or context.plan.wire_model.startswith("ep-")
                if mark == wanted == mark_of(context) and same:
                    certain.add(task)
                elif mark is None or mark == wanted:
                    doubtful.add(task)
            seen += len(reply.body["items"])
            if not reply.body["items"] or at(reply.body, "total") == seen:
                break
        if doubtful or len(certain) > 1:
            listed = ", ".join(sorted(certain | doubtful)[:5])
            raise ApiRequestError(
                f"`{context.provider.id}` has tasks that may be this one, and none that certainly is: {listed}",
                provider=context.provider.id,
            )
        return _operation(certain.pop(), context) if certain else None


def _operation(task: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="ark", id=task)


def _outcome(reply: Reply, context: Context) -> Outcome:
    match words_at(reply.body, "status"):
        case "queued":
            return Pending(queued=True)
        case "running":
            return Pending()
        case "succeeded":
            url = words_at(reply.body, "content", "video_url")
            if url:
                return Done(outputs=(Output(url=url),))
            return Failed(code=NoVideoError.code, message="finished, with no video")
        case "failed":
            return failed(reply)
        case "cancelled" | "expired" as status:
            message = f"the task has {status}" if status == "expired" else "the task was cancelled"
            return Failed(code=JobFailedError.code, message=f"{message} at the provider", charged=False, cost=0)
    raise garbled(reply, context.provider.id, "a status that is known")


def _one(operation: Operation) -> Call:
    return Call(path=f"{TASKS}/{quote(operation.id, safe='')}")


def _page(number: int, context: Context) -> Call:
    query = {"page_num": str(number), "page_size": str(PAGE)}
    tier = context.plan.settings.extra.get("service_tier")
    return Call(path=TASKS, query=query | ({"filter.service_tier": tier} if isinstance(tier, str) else {}))


def _since(reply: Reply, context: Context) -> Iterator[tuple[str, int | None, str]]:
    """Yield id, mark and model of each listed task that may have been made since the intent."""
    if not reply.ok:
        raise refused(reply, context)
    items = at(reply.body, "items")
    if not isinstance(items, list):
        raise garbled(reply, context.provider.id, "items")
    if _age(reply, context) > KEPT - CLOCKS:
        raise ApiRequestError(
            f"`{context.provider.id}` lists the tasks of 7 days, and this one is older", provider=context.provider.id
        )
    for item in items:
        made, mark = at(item, "created_at"), at(item, EXPIRES)
        if not isinstance(made, int | float) or made >= context.intent_at - CLOCKS:
            yield words_at(item, "id"), mark if isinstance(mark, int) else None, words_at(item, "model")


def _age(reply: Reply, context: Context) -> float:
    now: Any = dated(reply)
    return 0.0 if now is None else now - context.intent_at
