"""`/webhooks/default/secret`: what callbacks are signed with."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.server.access import Generates
from video_gen.server.callbacks import secret_of

router = APIRouter()


class Secret(BaseModel):
    """What the caller's callbacks are signed with."""

    key: str = Field(description="As Standard Webhooks writes it; the same each time.", examples=["whsec_..."])


@router.get("/webhooks/default/secret", summary="Get the secret of callbacks")
async def secret(gateway: Generates) -> Secret:
    """Tell what `webhook` is posted with, so that a receiver can check where it comes from."""
    return Secret(key=await secret_of(gateway))
