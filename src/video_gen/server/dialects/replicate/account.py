"""`/account`: who the caller is."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.server.access import Reads

router = APIRouter()


class Account(BaseModel):
    """Who calls."""

    type: Literal["user"] = "user"
    username: str = Field(description="The key's id.")
    name: str = Field(description="The key's name.")
    github_url: None = None


@router.get("/account", summary="See who you are")
async def account(gateway: Reads) -> Account:
    """Tell which key the caller shows."""
    key = gateway.caller.key
    return (
        Account(username="nobody", name="Nobody in particular")
        if key is None
        else Account(username=key.id, name=key.name)
    )
