"""What makes a row the same row: what it asks for, the folder it is made in, and which of several alike it is.

Lines may move, and the rest of a file may change, without a row being made and paid again. How far a row may go (its
ceiling, its priority, its fallbacks) is no part of it: whoever changes that and runs the batch again goes on with what
is there.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

from video_gen.spec import Plan, Request

_LABEL: Final = {"label"}
_NO_PART: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("max_cost", "priority", "give_up_after", "queue_timeout", "strict", "fallback", "fallback_on_policy"), True
    ),
    "choice": {"fallbacks"},
    # What pictures are called: one that was moved is the same picture.
    **dict.fromkeys(("first_frame", "last_frame", "source_video", "extends"), _LABEL),
    "references": {"__all__": _LABEL},
}
"""What a request may say otherwise and still ask for the same video."""
SHOWN: Final = 8
"""Digits of the identity in a file's name."""
_NAME_MAX: Final = 48
"""Characters of the prompt in a file's name."""


def identity_of(request: Request, folder: Path) -> str:
    """Return what two rows have in common that ask for the same; pictures count by their content."""
    asked = request.model_dump(mode="json", exclude_defaults=True, exclude=_NO_PART)
    text = json.dumps([str(folder), asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def key_of(identity: str, number: int, take: int) -> str:
    """Return the idempotency key of a take of a row; `number` counts rows that ask for the same, from 1."""
    return f"batch-{identity}-{number}-{take}"


def name_of(plan: Plan, identity: str, number: int) -> str:
    """Return how the file of a row is named that names none, "a-calm-ocean-gen4.5-1f3a9c2b.mp4"."""
    model = plan.model.rpartition("/")[2]
    last = "" if number == 1 else f"-{number}"
    return f"{slug_of(plan.request.prompt)}-{model}-{identity[:SHOWN]}{last}.mp4"


def slug_of(prompt: str) -> str:
    """Return the beginning of a prompt as part of a file's name."""
    return re.sub(r"[\W_]+", "-", prompt.lower())[:_NAME_MAX].strip("-") or "video"
