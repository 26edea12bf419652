"""Who is told of a video's end: `webhook_config` of an interaction, `webhookConfig` of an operation.

Google's notices are thin: they name what has ended, and the video's file (Gemini API cookbook, Webhooks.ipynb, read
2026-11-21). Google also sends them back `user_metadata`; it is not kept here, and so refused.
"""

from datetime import UTC
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from video_gen.engine.callback import Callback
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.gemini.files import file_uri
from video_gen.server.gateway import Gateway
from video_gen.spec import Job

_VERSION: Final = "v1beta"


class WebhookConfig(BaseModel):
    """Who is told."""

    model_config = ConfigDict(extra="forbid")

    uris: list[str] = Field(default_factory=list, max_length=1, description="One address.")

    def callback(self, gateway: Gateway, dialect: str) -> Callback | None:
        """Return who is called back; errors as of `callback_at`."""
        return callback_at(gateway, next(iter(self.uris), None), dialect=dialect)


def notice(kind: str, name: str, job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what is posted when a job has ended, of this kind and by this name."""
    at = job.ended_at or job.updated_at
    data = {"id": name}
    if job.artifacts:
        data["output_file_uri"] = file_uri(gateway, _VERSION, job.artifacts[0])
    return {"type": kind, "version": "v1", "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "data": data}
