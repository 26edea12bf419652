"""`/v1/images/generations`."""

from fastapi import APIRouter

from video_gen.server.dialects.generations import add_generations

router = APIRouter(prefix="/v1", tags=["openai"])
add_generations(router, "/images/generations")
