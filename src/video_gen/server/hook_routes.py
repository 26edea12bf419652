"""`/hooks/...`: where providers say that a job is ready. It makes the job be asked for soon, and nothing else."""

from fastapi import APIRouter, Request

from video_gen.engine.hooks import PATH
from video_gen.server.services import services_of

router = APIRouter()


@router.post(f"{PATH}/{{provider}}/{{token}}", status_code=204, include_in_schema=False)
async def hook(request: Request, provider: str, token: str) -> None:
    """Hear a provider. What it sends is not read, and whether its token was right is not told."""
    await services_of(request).client.engine.heard(provider, token)
