"""The project's webhook: a signed notice of every job that has ended (Standard Webhooks, as openai 3.52.0 checks them).

It holds the id alone; the receiver asks for the rest.
"""

import asyncio
import base64
import hmac
import json
from hashlib import sha256
from uuid import uuid4

import aiohttp

from video_gen.testing.emulators.world import Render, World

LOOK: float = 0.05
"""Seconds between two looks at a job."""


class Notices:
    """Sends them, from tasks of the server's own loop."""

    def __init__(self, world: World, url: str, secret: str) -> None:
        self._world, self._url, self._secret = world, url, secret
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, render: Render) -> None:
        """Tell when a job has ended."""
        if "missing_webhook" in render.faults:
            return
        task = asyncio.get_running_loop().create_task(self._tell(render))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, render: Render) -> None:
        while (state := self._world.standing(render).state) in {"queued", "running"}:  # noqa: ASYNC110 (nobody says when)
            await asyncio.sleep(LOOK)
        kind = "video.completed" if state == "succeeded" else "video.failed"
        event = {"id": f"evt_{uuid4().hex}", "object": "event", "created_at": int(self._world.now()), "type": kind}
        body = json.dumps(event | {"data": {"id": render.id}}).encode()
        async with aiohttp.ClientSession() as http:
            for _ in range(2 if "duplicate_webhook" in render.faults else 1):
                async with http.post(self._url, data=body, headers=self.headers(event["id"], body)):
                    pass

    def headers(self, event_id: object, body: bytes) -> dict[str, str]:
        """Return what proves a notice: HMAC-SHA256 over id, time and body."""
        at = str(int(self._world.now()))
        key = self._secret.removeprefix("whsec_")
        secret = base64.b64decode(key) if key != self._secret else key.encode()
        signed = hmac.new(secret, f"{event_id}.{at}.".encode() + body, sha256).digest()
        proof = f"v1,{base64.b64encode(signed).decode()}"
        return {
            "Content-Type": "application/json",
            "webhook-id": str(event_id),
            "webhook-timestamp": at,
            "webhook-signature": proof,
        }
