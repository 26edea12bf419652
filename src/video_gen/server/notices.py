"""What webhooks are told: an event, and its task as it stands when it is told; callbacks, in their dialect's words."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from video_gen.engine.postbag import Taken
from video_gen.engine.webhook import Message
from video_gen.exceptions import JobNotFoundError
from video_gen.server.auth import NOBODY
from video_gen.server.dialects.fal import shown as fal
from video_gen.server.dialects.fal import signing
from video_gen.server.dialects.gemini import interactions, predictions
from video_gen.server.dialects.native import shown
from video_gen.server.dialects.openai import shown as openai
from video_gen.server.dialects.replicate import shown as replicate
from video_gen.server.gateway import Gateway
from video_gen.server.services import Services
from video_gen.spec import Job


class Letter(NamedTuple):
    """What is posted."""

    body: bytes
    headers: Mapping[str, str]
    """Those of the dialect, besides what every message is signed with."""


Notice = Callable[[Taken, datetime], Awaitable[Letter]]
"""Writes a message that is sent at a moment."""
_TELLS: Final[Mapping[str, Callable[[Job, Gateway], Mapping[str, Any]]]] = {
    fal.NAME: fal.told,
    openai.NAME: openai.told,
    replicate.NAME: replicate.told,
    predictions.NAME: predictions.told,
    **{name: partial(interactions.told, delivery) for delivery, name in interactions.NAMES.items()},
}
"""How dialects with words of their own tell a callback how its job stands."""
_SIGNS: Final[Mapping[str, signing.Signs]] = {fal.NAME: signing.signed}
"""How dialects sign that have a way of their own."""


def notices(services: Services, base_url: str) -> Notice:
    """Return what writes bodies whose links begin with an address.

    A job is looked up at each try: its links are fresh however late a message arrives.
    """
    gateway = Gateway(services, NOBODY, services.public_url or base_url)

    async def notice(taken: Taken, at: datetime) -> Letter:
        message, tell = taken.message, _TELLS.get(taken.dialect)
        if tell is None or message.job_id is None:
            return Letter(_json(await _native(message)), {})
        job = await services.client.engine.get(message.job_id)
        body, sign = _json(tell(job, gateway)), _SIGNS.get(taken.dialect)
        headers = {} if sign is None else await sign(services.client.engine.derived_secret, job, body, at)
        return Letter(body, headers)

    async def _native(message: Message) -> Mapping[str, Any]:
        data: dict[str, Any] = {"message": message.message, "facts": message.data}
        if message.job_id is not None:
            data |= {"task_id": f"{shown.PREFIX}{message.job_id}", "task": await _task(message.job_id)}
        return {"type": message.kind, "timestamp": message.at.isoformat(), "data": data}

    async def _task(job_id: str) -> object:
        try:
            job = await services.client.engine.get(job_id)
        except JobNotFoundError:  # deleted meanwhile
            return None
        return shown.task(job, gateway).model_dump(mode="json")

    return notice


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
