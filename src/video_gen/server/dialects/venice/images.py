"""`/images/generations`, as its client calls it."""

from fastapi import APIRouter

from video_gen.server.dialects.generations import add_generations

router = APIRouter()
add_generations(router, "/images/generations")
