"""Before there is a job: who is there, what can be asked for, media that are handed in, plans."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi import Request as Asked
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from video_gen.catalog import ModelCard
from video_gen.client.models import rows_of
from video_gen.exceptions import InvalidRequestError
from video_gen.server.access import Reads
from video_gen.spec import Decision, MediaRef, Plan, Request

router = APIRouter()


class Link(BaseModel):
    """Where a picture or video is."""

    url: str


class Prompt(BaseModel):
    """What a video shows."""

    prompt: str


@router.get("/server")
async def hello(gateway: Reads) -> dict[str, str]:
    """Say who is there."""
    return {"service": "video-gen", "version": version("video-gen"), "default_model": gateway.default_model}


@router.get("/models")
async def models(gateway: Reads, *, retired: bool = False) -> list[dict[str, Any]]:
    """List the models that the caller may use."""
    return rows_of(gateway.models(), retired=retired)


@router.get("/cards")
async def cards(gateway: Reads, name: str | None = None) -> list[ModelCard]:
    """List the models of a try-order, or the one of an id or alias; without a name, those that the caller may use."""
    return [*(gateway.models() if name is None else gateway.chain(name))]


@router.post("/inputs")
async def take_in(gateway: Reads, asked: Asked) -> MediaRef:
    """Take a picture or video in as the part `file` of a form; `label` is what messages call it."""
    async with asked.form(max_files=1, max_fields=2) as form:
        file, label = form.get("file"), form.get("label", "")
        if not isinstance(file, UploadFile) or not isinstance(label, str):
            raise InvalidRequestError("`file` is missing in the form: send the file as the part `file`")
        return await gateway.keep_input(await file.read(), label)


@router.post("/inputs/from-url")
async def fetch(gateway: Reads, link: Link) -> MediaRef:
    """Take in what a URL leads to."""
    if not link.url.lower().startswith(("http://", "https://")):
        raise InvalidRequestError("`url` is no http or https address: send the file itself")
    return await gateway.keep_input(link.url)


@router.post("/inputs/last-frame")
async def last_frame(gateway: Reads, video: MediaRef) -> MediaRef:
    """Take in the last frame of a video that was taken in."""
    return await gateway.last_frame(video)


@router.post("/plans")
async def plan(gateway: Reads, request: Request) -> Plan:
    """Plan a request. Spends nothing."""
    return await gateway.plan_request(request)


@router.post("/plans/check")
async def check(gateway: Reads, plan: Plan) -> dict[str, bool]:
    """Say whether a plan's providers are in reach; what is missing is the error."""
    await gateway.check_reach(plan)
    return {"reached": True}


@router.post("/route")
async def route(gateway: Reads, request: Request) -> Decision:
    """Choose a model. Spends nothing."""
    return await gateway.route(request)


@router.post("/prompts")
async def optimize(gateway: Reads, prompt: Prompt) -> Prompt:
    """Say a prompt in more detail."""
    return Prompt(prompt=await gateway.optimized(prompt.prompt))
