"""`/v1/videos/characters`: figures to appear in many videos, which OpenAI's own models made and no other does."""

from typing import Final

from fastapi import APIRouter

from video_gen.exceptions import UnsupportedOptionError
from video_gen.server.access import Generates, Reads
from video_gen.server.faults import NoSuchPathError

# Not described: there is nothing here to be used.
router = APIRouter(prefix="/v1/videos/characters", tags=["openai"], include_in_schema=False)

_INSTEAD: Final = (
    "no model here makes characters, since OpenAI switched off those that did: show the figure by a picture, as "
    "`input_reference`, or by several, as `references` of POST /api/v1/videos/generate"
)


@router.post("")
async def create(gateway: Generates) -> None:  # noqa: ARG001 - who calls is asked for a key all the same
    """Say what to do instead, whatever is sent."""
    raise UnsupportedOptionError(_INSTEAD)


@router.get("")
async def characters(gateway: Reads) -> None:  # noqa: ARG001
    """Say that there are none."""
    raise NoSuchPathError(_INSTEAD)


@router.get("/{character_id}")
async def character(gateway: Reads, character_id: str) -> None:  # noqa: ARG001
    """Say that there is no such character."""
    raise NoSuchPathError(f"there is no character `{character_id[:80]}`: {_INSTEAD}")
