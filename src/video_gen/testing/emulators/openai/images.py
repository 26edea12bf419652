"""Pictures: POST /images/generations, as OpenAI's models answer it (openai 3.52.0), drawn by the embedded renderer."""

import asyncio
import base64
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from aiohttp import web

from video_gen.local.still import draw_still
from video_gen.testing.emulators.emulator import Route
from video_gen.testing.emulators.openai.asked import Asked, invalid, one_of, only, prompt_of, read

if TYPE_CHECKING:
    from video_gen.testing.emulators.emulator import Emulator

GPT: Final = (
    "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2.6-flare", "gpt-image-2.6-sunburst",
)  # fmt: skip
SIZES: Final[Mapping[str, tuple[str, ...]]] = {
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
    "dall-e-3": ("1024x1024", "1792x1024", "1024x1792"),
    **dict.fromkeys(GPT, ("auto", "1024x1024", "1536x1024", "1024x1536")),
}
_FIELDS: Final = (
    "prompt", "model", "n", "size", "quality", "response_format", "style", "user", "background", "moderation",
    "output_format", "output_compression",
)  # fmt: skip


class ImageRoutes:
    """The endpoint, beside the videos of an emulator."""

    def __init__(self, emulator: "Emulator") -> None:
        self._emulator = emulator
        self._pictures: dict[str, bytes] = {}

    def routes(self) -> list[Route]:
        """Return the endpoint, and where its links lead."""
        return [
            Route("POST", "/v1/images/generations", self.generate, "submit"),
            Route("GET", "/pictures/{name}", self.picture, "download", public=True),
        ]

    async def generate(self, request: web.Request) -> web.Response:
        """Draw the pictures and answer with them: as links, or, of GPT image models always, as base64."""
        asked = await read(request)
        only(asked, _FIELDS)
        model = one_of(asked, "model", tuple(SIZES), "dall-e-2")
        size, count = one_of(asked, "size", SIZES[model], SIZES[model][0]), _count(asked, model)
        inline = model in GPT or one_of(asked, "response_format", ("url", "b64_json"), "url") == "b64_json"
        if model in GPT and "response_format" in asked.fields:
            raise invalid("response_format", "Unknown parameter: 'response_format'.", "unknown_parameter")
        prompt, shape = prompt_of(asked), "1024x1024" if size == "auto" else size
        made = [await asyncio.to_thread(_draw, prompt, shape, number) for number in range(count)]
        data = [self._shown(picture, inline=inline) for picture in made]
        body: dict[str, Any] = {"created": int(self._emulator.world.now()), "data": data}
        return web.json_response(body | (_usage(prompt, shape) if model in GPT else {}))

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Answer a link."""
        picture = self._pictures.get(request.match_info["name"])
        return web.Response(status=404) if picture is None else web.Response(body=picture, content_type="image/png")

    def _shown(self, picture: bytes, *, inline: bool) -> dict[str, str]:
        if inline:
            return {"b64_json": base64.b64encode(picture).decode()}
        name = f"img-{uuid4().hex}.png"
        self._pictures[name] = picture
        return {"url": f"{self._emulator.url}/pictures/{name}"}


def _draw(prompt: str, size: str, seed: int) -> bytes:
    width, _, height = size.partition("x")
    with tempfile.TemporaryDirectory(prefix="video-gen-picture-") as room:
        out = draw_still(prompt, Path(room) / "picture.png", width=int(width), height=int(height), seed=seed)
        return out.read_bytes()


def _count(asked: Asked, model: str) -> int:
    text = asked.text("n") or "1"
    most = 1 if model == "dall-e-3" else 10
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid("n", f"Invalid 'n': expected an integer from 1 to {most}, but got '{text}'.")
    return int(text)


def _usage(prompt: str, size: str) -> dict[str, Any]:
    text, picture = len(prompt.split()), 1056 if size == "1024x1024" else 1584
    details = {"text_tokens": text, "image_tokens": 0}
    usage = {"input_tokens": text, "input_tokens_details": details, "output_tokens": picture}
    return {
        "output_format": "png",
        "quality": "medium",
        "size": size,
        "usage": usage | {"total_tokens": text + picture},
    }
