"""The dialects of relays and local servers, each where it differs from OpenAI; sources as of 2026-11-21.

kuai: public client code for the relay (github.com/kegeai888/ComfyUI_KuAi_Power); new-api: its Go sources
(dto/openai_video.go, dto/task.go, controller/video_proxy.go); LiteLLM 1.109.1; vLLM-Omni 0.30.0; SGLang 0.5.23;
DeepInfra: huggingface_hub pull request 4719; OpenRouter: openrouter.ai/docs/api_reference/videos, its SDK 1.3.19.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.openai.asked import Asked, Upload, check_picture, invalid, prompt_of
from video_gen.testing.emulators.openai.dialect import Dialect, Encodings, Link, film_of
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing

_SIZE: Final = re.compile(r"[1-9]\d*x[1-9]\d*")
_VEO: Final = {
    "policy": {"code": "CONTENT_POLICY_VIOLATION", "message": "The prompt violates the content policy."},
    "audio_filtered": {"code": "PUBLIC_ERROR_AUDIO_FILTERED", "message": "PUBLIC_ERROR_AUDIO_FILTERED"},
    "broken": {"code": "INTERNAL_ERROR", "message": "generation failed"},
}


class Relay(Dialect):
    """What relays share: any model, any size, and pictures as many as are sent."""

    lists: ClassVar[bool] = False
    deletes: ClassVar[bool] = False
    changes: ClassVar[bool] = False
    usual: ClassVar[tuple[str, str]] = ("8", "1280x720")
    """Length and size where none is asked for."""
    takes_pictures_alone: ClassVar[bool] = False
    """A picture needs no prompt."""

    def film(self, asked: Asked, files: Mapping[str, Upload]) -> tuple[str, Film]:  # noqa: ARG002 (OpenAI's has files)
        """Take any model and size; each picture must be one."""
        alone = self.takes_pictures_alone and asked.uploads and not asked.text("prompt")
        prompt = "" if alone else prompt_of(asked)
        model = asked.text("model")
        if not model:
            raise self.missing("model")
        seconds = asked.text("seconds") or asked.text("duration") or self.usual[0]
        size = asked.text("size") or self.usual[1]
        if not re.fullmatch(r"[1-9]\d*", seconds):
            raise invalid("seconds", "seconds must be a positive integer")
        if not _SIZE.fullmatch(size):
            raise invalid("size", "size must be WIDTHxHEIGHT")
        for pictures in asked.uploads.values():
            for picture in pictures:
                check_picture(picture, None)
        return model, film_of(prompt, seconds, size)

    def missing(self, name: str) -> RefusedError:
        """Return the refusal of a body without a field."""
        return invalid(name, f"field {name} is required", f"missing_{name}")


class Kuai(Relay):
    """Forms; the link is in `video_url`, null until there is one. A job without a link has no content."""

    name = "kuai"
    encodings: ClassVar[Encodings] = frozenset({"form"})
    content = "bytes"
    takes_pictures_alone: ClassVar[bool] = True

    def new_id(self) -> str:
        """A UUID."""
        return f"video_{uuid4()}"

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """Return the job; whether it has a link is up to `content`."""
        told = standing.state == "succeeded" and self.content == "bytes" and "no_video" not in render.faults
        return {
            "id": render.id,
            "object": "video",
            "model": render.model,
            "status": self.word(standing),
            "progress": round(standing.progress * 100),
            "created": int(render.accepted_at),
            "video_url": link(render) if told else None,
            "status_update_time": int(render.accepted_at * 1000),
            "error": self.reason(standing),
        }

    def word(self, standing: Standing) -> str:
        """Waits are "pending"."""
        return {"queued": "pending", "running": "processing"}.get(standing.state, super().word(standing))

    def reason(self, standing: Standing) -> Any:
        """A text for a fault of its own, else an object."""
        found = _VEO.get(standing.error)
        return found["message"] if found and standing.error == "broken" else found

    def error_body(self, refused: RefusedError) -> Any:
        """Gateway errors are OpenAI's, submit errors new-api's."""
        if refused.status == 400:
            return {"code": refused.code, "message": refused.message, "data": None}
        return super().error_body(refused)


class KuaiJson(Kuai):
    """The link is in the JSON that `/content` answers."""

    name = "kuai-json"
    content = "json"


class KuaiRedirect(Kuai):
    """`/content` leads to the link by a redirect."""

    name = "kuai-redirect"
    content = "redirect"


class NewApi(Relay):
    """Tasks in an envelope, with shouted states and percents."""

    name = "new-api"
    videos = "/v1/video/generations"
    content = "none"
    states: ClassVar[Mapping[str, str]] = {
        "queued": "SUBMITTED",
        "running": "IN_PROGRESS",
        "succeeded": "SUCCESS",
        "failed": "FAILURE",
        "cancelled": "FAILURE",
    }

    def new_id(self) -> str:
        """A task's."""
        return f"task_{uuid4().hex}"

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """Return the task in its envelope."""
        done = standing.state == "succeeded" and "no_video" not in render.faults
        task = {
            "task_id": render.id,
            "action": "generate",
            "status": self.states[standing.state],
            "progress": f"{standing.progress:.0%}",
            "submit_time": int(render.accepted_at),
            "fail_reason": _VEO[standing.error]["message"] if standing.error else "",
            "result_url": link(render) if done else "",
            "data": {},
        }
        return {"code": "success", "message": "", "data": task}

    def error_body(self, refused: RefusedError) -> Any:
        """Its own shape."""
        return {"code": refused.code, "message": refused.message, "data": None}


class LiteLLM(Relay):
    """A proxy: its ids name the deployment, its answers the cost."""

    name = "litellm"
    changes = True

    def new_id(self) -> str:
        """The provider, the model and the provider's own id, unsigned."""
        inner = f"litellm:custom_llm_provider:openai;model_id:sora-2;video_id:video_{uuid4().hex}"
        return "video_" + urlsafe_b64encode(inner.encode()).decode()

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """OpenAI's, with its usage."""
        cost = round(render.film.seconds * 0.1, 4)
        usage = {"duration_seconds": render.film.seconds, "provider_reported_cost_usd": cost}
        return super().job(render, standing, link) | {"usage": usage}

    def error_body(self, refused: RefusedError) -> Any:
        """OpenAI's shape, where `code` is the HTTP status as text and the class of the error is in the words."""
        kind = "ContentPolicyViolationError" if refused.code == "moderation_blocked" else "APIError"
        message = f"litellm.{kind}: OpenAIException - {refused.message}"
        type_ = refused.more.get("type")
        return {"error": {"message": message, "type": type_, "param": None, "code": str(refused.status)}}


class VllmOmni(Relay):
    """Forms only. A failed job is answered with the failure's own HTTP status; deleting stops a job."""

    name = "vllm-omni"
    encodings: ClassVar[Encodings] = frozenset({"form"})
    lists = True
    deletes = True
    stops = True
    usual = ("4", "832x480")

    def new_id(self) -> str:
        """A UUID."""
        return f"video_gen_{uuid4().hex}"

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """OpenAI's, with what the server knows of the file."""
        body = super().job(render, standing, link)
        seen = {"media_type": "video/mp4", "file_name": f"{render.id}.mp4", "fps": 24, "quality": "standard"}
        return {name: value for name, value in body.items() if name != "remixed_from_video_id"} | seen

    def reason(self, standing: Standing) -> Any:
        """It has no filters of its own: a failure is the engine's."""
        codes = {"policy": (400, "content policy violation"), "audio_filtered": (400, "content policy violation")}
        code, message = codes.get(standing.error, (500, "Video generation failed: CUDA out of memory"))
        return {"code": code, "message": message} if standing.error else None

    def status(self, standing: Standing) -> int:
        """Return the failure's code."""
        return int(self.reason(standing)["code"]) if standing.state == "failed" else 200


class SGLang(Relay):
    """Any model; deleting only forgets; its lists say little. Videos lie on its own disk."""

    name = "sglang"
    lists = True
    deletes = True
    usual = ("4", "720x1280")

    def new_id(self) -> str:
        """A bare UUID."""
        return str(uuid4())

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """OpenAI's without the prompt and the nulls, and its own file and link."""
        body = super().job(render, standing, link)
        kept = {name: value for name, value in body.items() if value is not None and name != "prompt"}
        done = standing.state == "succeeded"
        return kept | {
            "file_path": f"outputs/{render.id}.mp4" if done else None,
            "url": self.url(render, standing, link),
        }

    def url(self, render: Render, standing: Standing, link: Link) -> str | None:  # noqa: ARG002 (the one with a bucket)
        """Return where it was uploaded to."""
        return None

    def word(self, standing: Standing) -> str:
        """A running job keeps the word it began with."""
        return "queued" if standing.state == "running" else super().word(standing)

    def reason(self, standing: Standing) -> Any:
        """A message without a code."""
        found = _VEO.get(standing.error)
        return {"message": found["message"]} if found else None

    def error_body(self, refused: RefusedError) -> Any:
        """FastAPI's."""
        return {"detail": refused.message}


class SGLangBucket(SGLang):
    """Uploads its videos: the link is in the job, and in the words with which `/content` refuses."""

    name = "sglang-s3"
    content = "words"

    def url(self, render: Render, standing: Standing, link: Link) -> str | None:
        """Return where it was uploaded to."""
        return link(render) if standing.state == "succeeded" else None


class DeepInfra(Relay):
    """JSON; `succeeded`, and the link under `data`."""

    name = "deepinfra"
    videos = "/v1/openai/videos"
    encodings: ClassVar[Encodings] = frozenset({"json"})
    content = "none"

    def job(self, render: Render, standing: Standing, link: Link) -> dict[str, Any]:
        """Return the job; `data` appears when it is done."""
        done = standing.state == "succeeded"
        body = {"id": render.id, "object": "video", "model": render.model, "status": self.word(standing)}
        links = [] if "no_video" in render.faults else [{"url": link(render)}]
        return body | ({"data": links} if done else {}) | ({"error": self.reason(standing)} if standing.error else {})

    def word(self, standing: Standing) -> str:
        """Not OpenAI's words."""
        return "failed" if standing.state == "cancelled" else standing.state


class OpenRouter(Relay):
    """JSON, 202, a number of seconds as `duration`, links signed and unsigned, and the cost."""

    name = "openrouter"
    videos = "/api/v1/videos"
    created = 202
    encodings: ClassVar[Encodings] = frozenset({"json"})

    def new_id(self) -> str:
        """Its own."""
        return f"vid_{uuid4().hex[:20]}"

    def film(self, asked: Asked, files: Mapping[str, Upload]) -> tuple[str, Film]:
        """Read the length from `duration` alone."""
        length = asked.fields.get("duration")
        if length is not None and (not isinstance(length, int) or isinstance(length, bool)):
            raise invalid("duration", "duration: Expected number, received string")
        return super().film(Asked({**asked.fields, "seconds": str(length or self.usual[0])}), files)

    def answer(self, render: Render, standing: Standing, link: Link) -> Any:
        """Return the job; before its end, hardly more than where to ask."""
        polling = f"{self.videos}/{render.id}"
        body: dict[str, Any] = {"id": render.id, "polling_url": polling, "status": self.word(standing)}
        if standing.state == "succeeded":
            links = [] if "no_video" in render.faults else [link(render)]
            body |= {
                "generation_id": f"gen-{render.id}",
                "urls": links,
                "unsigned_urls": [f"{polling}/content?index=0"] if links else [],
                "usage": {"cost": round(render.film.seconds * 0.1, 4), "is_byok": False},
            }
        return body | ({"error": _VEO[standing.error]["message"]} if standing.error else {})

    def word(self, standing: Standing) -> str:
        """Waits are "pending", and a job may be "cancelled"."""
        words = {"queued": "pending", "running": "in_progress", "succeeded": "completed"}
        return words.get(standing.state, standing.state)

    def error_body(self, refused: RefusedError) -> Any:
        """The code is the HTTP status."""
        return {"error": {"code": refused.status, "message": refused.message}}


DIALECTS: Final[dict[str, type[Dialect]]] = {
    each.name: each
    for each in (
        Dialect, Kuai, KuaiJson, KuaiRedirect, NewApi, LiteLLM, VllmOmni, SGLang, SGLangBucket, DeepInfra, OpenRouter,
    )
}  # fmt: skip
