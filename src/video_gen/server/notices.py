"""What webhooks are told: an event, and its task as it stands when it is told."""

import json
from collections.abc import Awaitable, Callable

from video_gen.engine.webhook import Message
from video_gen.exceptions import JobNotFoundError
from video_gen.server.auth import NOBODY
from video_gen.server.dialects.native import shown
from video_gen.server.gateway import Gateway
from video_gen.server.services import Services

Notice = Callable[[Message], Awaitable[str]]
"""Writes the body of a message."""


def notices(services: Services, base_url: str) -> Notice:
    """Return what writes bodies whose links begin with an address.

    A task is looked up at each try: its links are fresh however late a message arrives.
    """
    gateway = Gateway(services, NOBODY, services.public_url or base_url)

    async def notice(message: Message) -> str:
        data: dict[str, object] = {"message": message.message, "facts": message.data}
        if message.job_id is not None:
            data |= {"task_id": f"{shown.PREFIX}{message.job_id}", "task": await _task(message.job_id)}
        told = {"type": message.kind, "timestamp": message.at.isoformat(), "data": data}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    async def _task(job_id: str) -> object:
        try:
            job = await services.client.engine.get(job_id)
        except JobNotFoundError:  # deleted meanwhile
            return None
        return shown.task(job, gateway).model_dump(mode="json")

    return notice
