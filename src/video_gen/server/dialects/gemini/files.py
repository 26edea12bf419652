"""`/files`: finished videos by the names of files, and files handed in ahead of a request."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response

from video_gen.exceptions import InvalidRequestError
from video_gen.server.access import Generates, Reads
from video_gen.server.faults import GoneError
from video_gen.server.files import Found
from video_gen.server.gateway import Gateway
from video_gen.server.sending import sent
from video_gen.server.services import services_of
from video_gen.server.uploads import FOLDER as UPLOADS
from video_gen.spec import Artifact

router = APIRouter()

_KEPT_S: Final = 3600.0


def file_uri(gateway: Gateway, version: str, artifact: Artifact) -> str:
    """Return the address of a finished video; it wants the caller's key."""
    return f"{gateway.base_url}/gemini/{version}/files/{artifact.job_id}-{artifact.index}:download?alt=media"


@router.get("/{version}/files/{name}:download", response_class=Response, summary="Download a file")
async def download(request: Request, gateway: Reads, version: str, name: str) -> Response:  # noqa: ARG001 - any version
    """Send a finished video, or a file that was handed in."""
    return sent(request, await _found(gateway, name), seconds=_KEPT_S)


@router.get("/{version}/files/{name}", summary="Look at a file")
async def look(gateway: Reads, version: str, name: str) -> dict[str, Any]:
    """Say what a file is; it is ready at once."""
    found = await _found(gateway, name)
    uri = f"{gateway.base_url}/gemini/{version}/files/{name}" if "-" in name else gateway.upload_url(name)
    return _shown(name, uri, found)


@router.post("/upload/{version}/files", summary="Begin an upload")
async def begin(
    gateway: Generates, version: str, response: Response, x_goog_upload_protocol: Annotated[str, Header()] = ""
) -> dict[str, Any]:
    """Say where a file is to be sent, in a header of the answer."""
    if x_goog_upload_protocol != "resumable":
        raise InvalidRequestError(f"`X-Goog-Upload-Protocol={x_goog_upload_protocol[:40]}`: only `resumable` is served")
    link = gateway.upload_url(gateway.new_upload()).removeprefix(gateway.base_url)
    response.headers["X-Goog-Upload-URL"] = f"{gateway.base_url}/gemini/upload/{version}{link}"
    response.headers["X-Goog-Upload-Status"] = "active"
    return {}


@router.post("/upload/{version}/files/uploads/{seal}/{name}", summary="Send a file")
async def send(
    request: Request,
    response: Response,
    version: str,  # noqa: ARG001 - any version
    seal: str,
    name: str,
    x_goog_upload_command: Annotated[str, Header()] = "",
    x_goog_upload_offset: Annotated[int, Header(ge=0)] = 0,
) -> dict[str, Any]:
    """Take a file in, in pieces of its turn; the link is the permission."""
    services = services_of(request)
    services.links.check(UPLOADS, seal, name)
    await services.uploads.add(name, await request.body(), x_goog_upload_offset)
    if "finalize" not in x_goog_upload_command:
        response.headers["X-Goog-Upload-Status"] = "active"
        return {}
    response.headers["X-Goog-Upload-Status"] = "final"
    base = services.public_url or str(request.base_url).rstrip("/")
    link = f"{base}{services.links.path(UPLOADS, name)}"
    return {"file": _shown(name, link, await services.files.find(UPLOADS, name))}


async def _found(gateway: Gateway, name: str) -> Found:
    job_id, dash, index = name.partition("-")
    if not dash:
        return await gateway.upload(name)
    job = await gateway.job(job_id)
    artifact = next((each for each in job.artifacts if str(each.index) == index), None)
    if artifact is None:
        raise GoneError(f"there is no file `{name[:80]}`")
    return await gateway.file(artifact, "video.mp4")


def _shown(name: str, uri: str, found: Found) -> dict[str, Any]:
    return {
        "name": f"files/{name}",
        "mimeType": found.media_type,
        "sizeBytes": str(found.size),
        "uri": uri,
        "state": "ACTIVE",
    }
