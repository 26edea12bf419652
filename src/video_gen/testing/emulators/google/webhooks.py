"""The Gemini API's webhooks: an account's addresses that are told when a video is there.

Notices are signed as Standard Webhooks are, with a secret that is shown once; they are thin and name the video's file.
Gemini API cookbook, Webhooks.ipynb at ec2045a9, read 2026-11-21.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.testing.emulators.callbacks import Callbacks, Notice
from video_gen.testing.emulators.google.errors import rpc, worded
from video_gen.testing.emulators.world import Render, World

_EVENTS: Final = frozenset({
    "batch.succeeded", "batch.expired", "batch.failed", "interaction.requires_action", "interaction.completed",
    "interaction.failed", "video.generated",
})  # fmt: skip
_OF_INTERACTIONS: Final = frozenset({"interaction.completed", "interaction.failed"})
_OF_PREDICTIONS: Final = frozenset({"video.generated"})


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address."""

    id: str
    uri: str
    events: tuple[str, ...]
    secret: bytes
    made_at: float


class Webhooks:
    """An account's addresses."""

    def __init__(self, world: World, stopping: asyncio.Event) -> None:
        """Begin with none."""
        self._world = world
        self._callbacks = Callbacks(world, stopping)
        self._hooks: dict[str, Webhook] = {}

    def add(self, body: Any) -> dict[str, Any]:
        """Add an address; the answer alone shows its secret.

        Raises:
            RefusedError: an event is unknown, or the address is none.
        """
        uri, events = body.get("uri"), body.get("subscribed_events")
        if not isinstance(uri, str) or not uri.startswith(("https://", "http://127.0.0.1")):
            raise worded("invalid_request", "uri must be an https URL.")
        if not isinstance(events, list) or not events or not _EVENTS.issuperset(events):
            raise worded("invalid_request", f"subscribed_events must be of {', '.join(sorted(_EVENTS))}.")
        hook = Webhook(uuid.uuid4().hex, uri, tuple(events), secrets.token_bytes(24), self._world.now())
        self._hooks[hook.id] = hook
        return {**_shown(hook), "new_signing_secret": f"whsec_{base64.b64encode(hook.secret).decode()}"}

    def listed(self) -> list[dict[str, Any]]:
        """Return every address."""
        return [_shown(hook) for hook in self._hooks.values()]

    def drop(self, hook_id: str) -> None:
        """Remove an address.

        Raises:
            RefusedError: there is no such.
        """
        if self._hooks.pop(hook_id, None) is None:
            raise rpc("NOT_FOUND", f"Webhook {hook_id} not found.")

    def watch(self, render: Render, uri: Callable[[], str]) -> None:
        """Tell of a job's end whoever wants to know of its kind."""
        kinds = _OF_INTERACTIONS if "asked" in render.data else _OF_PREDICTIONS
        for hook in [each for each in self._hooks.values() if kinds.intersection(each.events)]:
            render.callback = hook.uri
            self._callbacks.watch(render, lambda each, hook=hook: self._notice(each, hook, uri))  # type: ignore[misc]

    def _notice(self, render: Render, hook: Webhook, uri: Callable[[], str]) -> Notice:
        done = self._world.standing(render).state == "succeeded"
        data: dict[str, Any] = {"id": render.id}
        if "asked" in render.data:
            kind = "interaction.completed" if done else "interaction.failed"
        else:
            kind = "video.generated"
        if done:
            data["output_file_uri"] = uri()
        body = json.dumps(
            {"type": kind, "version": "v1", "timestamp": _stamp(self._world.now()), "data": data}
        ).encode()
        told, at = f"msg_{uuid.uuid4().hex}", f"{int(self._world.now())}"
        signed = hmac.new(hook.secret, b".".join((told.encode(), at.encode(), body)), hashlib.sha256).digest()
        return Notice(body, {
            "Content-Type": "application/json",
            "webhook-id": told,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        })  # fmt: skip


def _shown(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "name": f"webhooks/{hook.id}",
        "uri": hook.uri,
        "subscribed_events": list(hook.events),
        "state": "enabled",
        "create_time": _stamp(hook.made_at),
    }


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
