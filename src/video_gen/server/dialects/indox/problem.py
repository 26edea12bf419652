"""Errors as IndoxRouter tells them: {"detail": "..."}; its client reads the kind of error from status and words."""

from typing import Final

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from video_gen.exceptions import ModelRetiredError, UnsupportedOptionError, VideoGenerationError
from video_gen.server.errors import Fault

_STATUSES: Final[dict[type[VideoGenerationError], int]] = {ModelRetiredError: 404, UnsupportedOptionError: 400}
_RETIRED: Final = "this model is unavailable: "
"""What the client takes for a model that is known and cannot be used."""


class Problem(BaseModel):
    """What went wrong."""

    detail: str = Field(description="A sentence for a person.")


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    error = fault.error
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), fault.status)
    detail = f"{_RETIRED}{error.message}" if isinstance(error, ModelRetiredError) else error.message
    return JSONResponse(Problem(detail=detail).model_dump(), status_code=status, headers=dict(fault.headers))
