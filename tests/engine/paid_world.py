"""A paid provider that lives in files, so that it outlives the killed processes of its customers.

Every submit it accepts is a line appended to `accepted` and flushed to the disk before it answers: that file is what
was paid for.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from video_gen.engine.ceilings import Ceilings
from video_gen.engine.places import Places
from video_gen.engine.policy import Policy
from video_gen.engine.ports import Checked
from video_gen.engine.service import Jobs
from video_gen.exceptions import (
    ApiRequestError,
    JobCancelledError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.media.verify import Expectation, verify
from video_gen.spec import (
    Call,
    Done,
    Failed,
    Guarantee,
    Operation,
    Output,
    Pending,
    Plan,
    Provider,
    Quote,
    Reply,
    Request,
    Settings,
)

PRICE = 250_000
FAST = Policy(
    retry_first=0.02,
    retry_factor=1.5,
    retry_cap=0.2,
    poll_first=0.01,
    poll_cap=0.05,
    settle=0.05,
    reconcile_tries=4,
    collect_tries=4,
)
"""The usual policy, in a hurry."""


def write_video(path: Path, *, frames: int = 12, shade: int = 90) -> None:
    """Write a real MP4 of 64x64."""
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(12))
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for index in range(frames):
            picture = np.full((64, 64, 3), (shade + 5 * index) % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def make_plan(
    guarantee: Guarantee = Guarantee.NONE, prompt: str = "a calm ocean", *, price: int | None = PRICE, **request: Any
) -> Plan:
    """Plan one video at the paid provider."""
    asked = Request(prompt=prompt, model=f"{guarantee}/m", **request)
    return Plan(
        request=asked,
        model=f"{guarantee}/m",
        wire_model="m",
        provider=f"paid-{guarantee}",
        protocol=f"paid-{guarantee}",
        task="text_to_video",
        settings=Settings(prompt=prompt, width=64, height=64, seconds=1, fps=12),
        quote=Quote(low=PRICE if price is None else price, high=price),
    )


SUBMITS_PER_MINUTE: int | None = None


def provider_of(name: str) -> Provider:
    return Provider(
        id=name,
        title=name.title(),
        protocol=name,
        base_url="file:",
        signing="none",
        submits_per_minute=SUBMITS_PER_MINUTE,
    )


def check(path: Path, plan: Plan) -> Checked:
    expected = Expectation(seconds=plan.settings.seconds, width=plan.settings.width, height=plan.settings.height)
    found = verify(path, expected)
    return Checked(info=found.info, differences=tuple(map(str, found.differences)))


class PaidProtocol:
    """The wire of the paid provider, at one guarantee."""

    def __init__(self, guarantee: Guarantee) -> None:
        self.guarantee = guarantee
        self.name = f"paid-{guarantee}"

    def _operation(self, body: Any) -> Operation:
        return Operation(provider=self.name, protocol=self.name, id=body["id"])

    def submit(self, context):
        reply = yield Call(
            method="POST",
            path="/jobs",
            body={"key": context.idempotency_key, "prompt": context.plan.settings.prompt},
            safe=self.guarantee is Guarantee.IDEMPOTENT,
        )
        if reply.status == 429:
            raise RateLimitError("too many requests", retry_after=0.01)
        if not reply.ok:
            raise ApiRequestError(f"refused: {reply.status}", status_code=reply.status)
        return self._operation(reply.body)

    def poll(self, operation, context):
        reply = yield Call(path=f"/jobs/{operation.id}")
        if reply.status >= 500:
            raise ServiceUnavailableError("cannot answer now")
        match reply.body["state"]:
            case "done":
                at, sha256 = f"/files/{operation.id}/{reply.body['asked']}", reply.body["sha256"]
                outputs = tuple(Output(url=f"{at}/{n}", sha256=sha256) for n in range(reply.body["count"]))
                return Done(outputs=outputs, cost=reply.body["cost"])
            case "failed":
                return Failed(code="content_policy_violation", message="refused by a filter.", charged=False)
            case "failed-at-a-price":
                return Failed(code="job_failed", message="it did not work out.")
            case _:
                return Pending(progress=reply.body["progress"], queued=reply.body["state"] == "queued")

    def cancel(self, operation, context):
        reply = yield Call(method="DELETE", path=f"/jobs/{operation.id}")
        return reply.ok

    def find(self, context):
        assert self.guarantee is not Guarantee.NONE, "nobody can tell"
        reply = yield Call(path="/find", query={"key": context.idempotency_key})
        return self._operation(reply.body) if reply.ok else None


class PaidWorld:
    """The provider's side.

    Attributes that tests set: `polls` until a job is done, `outage` counts polls that fail first, `refusals` counts
    submits answered 429 first, `lose` counts submits accepted whose answer is lost, `bad` counts files delivered cut
    off first, `missing` counts downloads that do not come through first, `stoppable`, `count`, `cost`, `verdict`.
    """

    def __init__(self, folder: Path, video: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.video = video
        self.polls = 1
        self.outage = self.refusals = self.lose = self.bad = self.missing = 0
        self.status = 0
        """Answered to every submit when set."""
        self.stoppable = True
        self.queued = False
        """What is not done yet waits in a queue."""
        self.count = 1
        self.cost: int | None = None
        self.verdict = "done"
        self.expiring = False
        """An address holds until the next question."""
        self.sha256: str | None = None
        self.point: Callable[[str], None] = lambda name: None
        """Told of each step before and after it happens."""
        self.calls: list[str] = []
        self.hold = asyncio.Event()
        """Downloads wait for it."""
        self.hold.set()
        self.asked: dict[str, int] = {}
        self.keys: list[Any] = []
        """The keys that came with the calls."""

    # --- what was paid for

    def accepted(self) -> list[dict[str, str]]:
        path = self.folder / "accepted"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stopped(self) -> set[str]:
        return {path.name for path in self.folder.glob("stopped-*")}

    def _accept(self, body: dict[str, str]) -> str:
        name = f"op-{len(self.accepted()) + 1}"
        line = json.dumps({"id": name, **body}) + "\n"
        handle = os.open(self.folder / "accepted", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(handle, line.encode())
        os.fsync(handle)
        os.close(handle)
        return name

    def _of_key(self, key: str) -> str | None:
        return next((line["id"] for line in self.accepted() if line["key"] == key), None)

    # --- the driver

    async def drive(self, flow, provider):
        try:
            call = next(flow)
            while True:
                name = f"{call.method} {'/jobs/OP' if '/op-' in call.path else call.path}"
                self.calls.append(name)
                self.point(f"before {name}")
                await asyncio.sleep(0)
                try:
                    reply = self._answer(call, provider)
                except SubmissionUnknownError as error:
                    self.point(f"after {name}")
                    call = flow.throw(error)
                    continue
                self.point(f"after {name}")
                call = flow.send(reply)
        except StopIteration as end:
            return end.value

    def _answer(self, call: Call, provider: Provider) -> Reply:
        if call.method == "POST":
            return self._submitted(call, provider)
        if call.path == "/find":
            found = self._of_key(call.query["key"])
            return Reply(status=200, body={"id": found}) if found else Reply(status=404)
        name = call.path.rpartition("/")[2]
        if call.method == "DELETE":
            if self.stoppable:
                (self.folder / f"stopped-{name}").touch()
            return Reply(status=204 if self.stoppable else 409)
        return self._polled(name)

    def _submitted(self, call: Call, provider: Provider) -> Reply:
        if self.status:
            return Reply(status=self.status)
        if self.refusals:
            self.refusals -= 1
            return Reply(status=429)
        known = self._of_key(call.body["key"]) if provider.id == "paid-idempotent" else None
        name = known or self._accept(call.body)
        if self.lose:
            self.lose -= 1
            raise SubmissionUnknownError("the connection broke before the answer came")
        return Reply(status=200, body={"id": name})

    def _polled(self, name: str) -> Reply:
        if self.outage:
            self.outage -= 1
            return Reply(status=503)
        asked = self.asked[name] = self.asked.get(name, 0) + 1
        if asked <= self.polls:
            state = "queued" if self.queued else "running"
            return Reply(status=200, body={"state": state, "progress": asked / (self.polls + 1)})
        body = {"state": self.verdict, "count": self.count, "cost": self.cost, "asked": asked, "sha256": self.sha256}
        return Reply(status=200, body=body)

    async def collect(self, output, provider, dest: Path, *, progress, cancelled):
        self.point("before collect")
        while not self.hold.is_set():
            if cancelled():
                raise JobCancelledError
            await asyncio.sleep(0.01)
        name, asked = output.url.split("/")[2:4]
        if self.missing or (self.expiring and self.asked.get(name, 0) != int(asked)):
            self.missing -= bool(self.missing)
            raise ServiceUnavailableError("the download broke off")
        partial = dest.with_suffix(".part")
        shutil.copyfile(self.video, partial)
        if self.bad:
            self.bad -= 1
            os.truncate(partial, partial.stat().st_size // 2)
        partial.replace(dest)
        progress(1.0)
        self.point("after collect")

    # --- its customers

    def _driver(self, provider, key):
        self.keys.append(key)
        return self

    async def jobs(
        self,
        home: Path,
        outputs: Path,
        *,
        limit: int | None = None,
        policy: Policy = FAST,
        ceilings: Ceilings | None = None,
        **more,
    ) -> Jobs:
        return await Jobs.open(
            Places.of(home, outputs, **more),
            driver_of=self._driver,
            protocol_of=lambda name: PaidProtocol(Guarantee(name.removeprefix("paid-"))),
            provider_of=provider_of,
            verify=check,
            limit=lambda provider: limit,
            policy=policy,
            ceilings=ceilings,
        )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
