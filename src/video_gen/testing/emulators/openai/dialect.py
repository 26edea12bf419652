"""How one service speaks the wire: OpenAI itself; every other dialect says only where it differs (`relays.py`)."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.openai.asked import (
    CREATE,
    MODELS,
    SECONDS,
    Asked,
    Upload,
    check_picture,
    invalid,
    one_of,
    only,
    prompt_of,
    reference_of,
)
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing

DAY: Final = 86_400
Link = Callable[[Render], str]
"""Makes a signed link to a render's video, on a route that asks for no key."""
Encodings = frozenset[str]

_BLOCKED: Final = "Your request was blocked by our moderation system."
_FAULTS: Final = {
    "rate_limited": (429, "rate_limit_exceeded", "Rate limit reached for requests.", "requests"),
    "unavailable": (503, "server_overloaded", "The engine is currently overloaded, please try again later.", "server"),
    "error_before": (500, "server_error", "The server had an error while processing your request.", "server_error"),
    "unauthorized": (401, "invalid_api_key", "Incorrect API key provided.", "invalid_request_error"),
    "no_credit": (429, "insufficient_quota", "You exceeded your current quota.", "insufficient_quota"),
    "refused": (400, "moderation_blocked", _BLOCKED, "invalid_request_error"),
}
_REASONS: Final = {
    "policy": {"code": "moderation_blocked", "message": _BLOCKED},
    "audio_filtered": {"code": "moderation_blocked", "message": _BLOCKED},
    "broken": {"code": "server_error", "message": "The server had an error while generating the video."},
}


class Dialect:
    """OpenAI."""

    name: ClassVar[str] = "openai"
    videos: ClassVar[str] = "/v1/videos"
    """The path of its videos."""
    created: ClassVar[int] = 200
    """The status of an accepted job."""
    encodings: ClassVar[Encodings] = frozenset({"form", "json"})
    lists: ClassVar[bool] = True
    page: ClassVar[int] = 20
    """Jobs of a page unless asked otherwise; OpenAI's specification names no number."""
    deletes: ClassVar[bool] = True
    stops: ClassVar[bool] = False
    """Deleting stops a running job."""
    changes: ClassVar[bool] = True
    """It remixes, edits and extends."""
    content: ClassVar[str] = "bytes"
    """How `/content` answers: "bytes", "json", "redirect", "words" (a refusal that holds the link), "none"."""

    def new_id(self) -> str:
        """Return an id that was never used."""
        return f"video_{uuid4().hex}{uuid4().hex[:16]}"

    def film(self, asked: Asked, files: Mapping[str, Upload]) -> tuple[str, Film]:
        """Return the model and the film that a create asks for, or refuse it."""
        only(asked, CREATE)
        prompt = prompt_of(asked)
        model = one_of(asked, "model", tuple(MODELS), "sora-2")
        seconds = one_of(asked, "seconds", SECONDS, "4")
        size = one_of(asked, "size", MODELS[model], "720x1280")
        picture = reference_of(asked, files)
        if picture is not None:
            check_picture(picture, size)
        return model, film_of(prompt, seconds, size)

    def read_encoding(self, asked: Asked) -> None:
        """Refuse a body in a form it does not read."""
        if ("form" if asked.is_form else "json") not in self.encodings:
            raise invalid(None, "Unsupported content type.", "unsupported_content_type")

    def answer(self, render: Render, standing: Standing, link: Link) -> Any:
        """Return a job as an answer to create and retrieve."""
        return self.job(render, standing, link)

    def listed(self, render: Render, standing: Standing, link: Link) -> Any:
        """Return a job as a list shows it."""
        return self.job(render, standing, link)

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:  # noqa: ARG002 (others give links)
        """Return the job's own object."""
        done_at = render.data.get("ended_at")
        return {
            "id": render.id,
            "object": "video",
            "created_at": int(render.accepted_at),
            "completed_at": done_at,
            "expires_at": done_at + DAY if done_at and standing.state == "succeeded" else None,
            "error": self.reason(standing),
            "model": render.model,
            "progress": round(standing.progress * 100),
            "prompt": render.film.prompt,
            "remixed_from_video_id": render.data.get("remixed_from"),
            "seconds": f"{render.film.seconds:g}",
            "size": f"{render.film.width}x{render.film.height}",
            "status": self.word(standing),
        }

    def word(self, standing: Standing) -> str:
        """Return its word for a state."""
        return {"running": "in_progress", "succeeded": "completed", "cancelled": "failed"}.get(
            standing.state, standing.state
        )

    def reason(self, standing: Standing) -> Any:
        """Return why a job failed."""
        return _REASONS.get(standing.error)

    def status(self, standing: Standing) -> int:  # noqa: ARG002 (others answer a failed job otherwise)
        """Return the HTTP status with which a job is answered."""
        return 200

    def error_body(self, refused: RefusedError) -> Any:
        """Return the body of an error."""
        more = refused.more
        kind = more.get("type") or _type(refused.status)
        return {"error": {"message": refused.message, "type": kind, "param": more.get("param"), "code": refused.code}}

    def fault(self, fault: Fault) -> RefusedError:
        """Return how it words a fault that is an answer."""
        status, code, message, kind = _FAULTS[fault.name]
        return RefusedError(status, code, message, type=kind)


def film_of(prompt: str, seconds: str, size: str) -> Film:
    """Return a film with sound."""
    width, _, height = size.partition("x")
    return Film(prompt=prompt, seconds=float(seconds), width=int(width), height=int(height), audio=True)


def _type(status: int) -> str:
    return "server_error" if status >= 500 else "invalid_request_error"
