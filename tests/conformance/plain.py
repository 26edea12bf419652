"""The least wire that can keep every promise, by which the suite itself is tested, and ways to break them."""

from aiohttp import web

from video_gen.exceptions import ContentPolicyError, JobFailedError, NoVideoError
from video_gen.spec import (
    Blob,
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
from video_gen.spec.answers import at, garbled, refusal, words_at
from video_gen.testing.emulators.emulator import Emulator, Fault, RefusedError, Route
from video_gen.testing.emulators.studio import Film

PLAIN_KEY = "plain-secret-key"


class PlainEmulator(Emulator):
    """A provider that knows a job by the client's own key."""

    name = "plain"

    def __init__(self, world=None):
        super().__init__(world, keys=(PLAIN_KEY,))

    def routes(self):
        return [
            Route("POST", "/jobs", self.submit, "submit"),
            Route("GET", "/jobs", self.find, "find"),
            Route("GET", "/jobs/{id}", self.poll, "poll"),
            Route("DELETE", "/jobs/{id}", self.cancel, "cancel"),
            Route("GET", "/files/{id}", self.download, "download", public=True),
        ]

    async def submit(self, request):
        body = await request.json()
        if not body["prompt"]:
            raise RefusedError(400, "invalid", "a prompt is needed")
        film = Film(prompt=body["prompt"])
        known = next((each for each in self.world.accepted() if each.key == body["key"]), None)
        if known is None or not self.dedupes:
            known = self.accept(request, f"job-{len(self.world.renders) + 1}", "plain", film, body, key=body["key"])
        return web.json_response({"id": known.id})

    dedupes = True

    async def find(self, request):
        found = [each.id for each in self.world.accepted() if each.key == request.query["key"]]
        return web.json_response({"jobs": found})

    async def poll(self, request):
        render = self.world.renders[request.match_info["id"]]
        standing = self.world.standing(render)
        url = "" if "no_video" in render.faults else f"{self.url}/files/{render.id}"
        body = {"state": standing.state, "progress": standing.progress, "error": standing.error}
        return web.json_response(body | ({"url": url} if standing.state == "succeeded" else {}))

    async def cancel(self, request):
        return web.json_response({"cancelled": self.world.cancel(self.world.renders[request.match_info["id"]])})

    async def download(self, request):
        return await self.video(request, self.world.renders[request.match_info["id"]])

    def fault_error(self, fault: Fault) -> RefusedError:
        return super().fault_error(fault)


class Plain:
    """A protocol that keeps every promise."""

    name = "plain"
    guarantee = Guarantee.FINDABLE

    def submit(self, context: Context) -> Flow[Operation]:
        settings = context.plan.settings
        body = {"prompt": settings.prompt, "key": context.idempotency_key}
        if settings.seed is not None:
            body["seed"] = settings.seed
        if settings.first_frame is not None:
            body["image"] = Blob(ref=settings.first_frame)
        reply = yield Call(method="POST", path="/jobs", body=body)
        if not reply.ok:
            refused = words_at(reply.body, "error", "code") == "content_policy_violation"
            raise refusal(reply, "plain", kind=ContentPolicyError if refused else None, billable=True)
        job = words_at(reply.body, "id")
        if not job:
            raise garbled(reply, "plain", "an id", billable=True)
        return self.operation(context, job)

    def operation(self, context: Context, job: str) -> Operation:
        return Operation(provider=context.provider.id, protocol=self.name, id=job)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        reply = yield Call(path=f"/jobs/{operation.id}")
        if not reply.ok:
            raise refusal(reply, "plain")
        return self.outcome(reply)

    def outcome(self, reply: Reply) -> Outcome:
        match at(reply.body, "state"):
            case "queued" | "running":
                return Pending(progress=at(reply.body, "progress"))
            case "succeeded":
                url = words_at(reply.body, "url")
                return Done(outputs=(Output(url=url),)) if url else Failed(code=NoVideoError.code, message="no video")
            case "failed":
                broken = words_at(reply.body, "error") == "broken"
                kind = JobFailedError if broken else ContentPolicyError
                return Failed(code=kind.code, message="failed", charged=False)
        raise garbled(reply, "plain", "a state")

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:
        reply = yield Call(method="DELETE", path=f"/jobs/{operation.id}", safe=True)
        return at(reply.body, "cancelled") is True

    def find(self, context: Context) -> Flow[Operation | None]:
        reply = yield Call(path="/jobs", query={"key": context.idempotency_key})
        if not reply.ok:
            raise refusal(reply, "plain")
        job = words_at(reply.body, "jobs", 0)
        return self.operation(context, job) if job else None
