"""Feeds Google's flows by hand."""

import json
from typing import Any

from video_gen.catalog import load_catalog
from video_gen.spec import Context, MediaRef, Plan, Quote, Reply, Request, Settings

PICTURE = MediaRef(sha256="a" * 64, media_type="image/png", bytes=10, width=1280, height=720)
SECOND = MediaRef(sha256="b" * 64, media_type="image/jpeg", bytes=10, width=1280, height=720)
FILM = MediaRef(sha256="c" * 64, media_type="video/mp4", bytes=10, width=1280, height=720, seconds=4)
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
PROJECT = {"project": "films", "location": "us-central1"}


def context(model: str, *, task="text_to_video", quote=None, settings=None, **wanted: Any) -> Context:
    """Return what a protocol knows of a job for a model of the catalog, at its provider as the catalog describes it."""
    card = load_catalog().card(model)
    provider = load_catalog().provider_of(card)
    more = {**(PROJECT if provider.settings.get("surface") == "vertex" else {}), **(settings or {})}
    if provider.id == "vertex-omni":
        more = {**more, "location": "global"}
    plan = Plan(
        request=Request(prompt="a lake"),
        model=card.id,
        wire_model=card.wire,
        wire_options=card.wire_options,
        provider=provider.id,
        protocol=provider.protocol,
        task=task,
        settings=Settings(**{"prompt": "a lake", **wanted}),
        quote=quote or Quote(low=0, high=0),
    )
    provider = provider.model_copy(update={"settings": {**provider.settings, **more}})
    return Context(plan=plan, provider=provider, idempotency_key=KEY, intent_at=1_790_000_000.0)


def feed(flow, *replies):
    """Run a flow on these replies; return its calls and what it returns."""
    calls = [next(flow)]
    for reply in replies:
        try:
            calls.append(flow.send(reply))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more replies")


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=body, text=json.dumps(body))


def rpc(status: int, name: str, message: str, *details: Any) -> Reply:
    """Return an error as Google's front end writes it."""
    return answer({"error": {"code": status, "status": name, "message": message, "details": list(details)}}, status)
