"""Google's two APIs for videos, as google-genai calls them: Veo's predictions, and interactions (Omni).

Below `/gemini`, at the paths of the Gemini API and of Google Cloud, in every version: a client is pointed here by its
base URL. Facts of the wire: google-genai 3.4.0 and 2.34.0; Google API discovery document aiplatform v1 of 2026-11-06.
"""

from typing import Final

from fastapi import APIRouter

from video_gen.server.auth import bearer
from video_gen.server.dialect import Dialect
from video_gen.server.dialects.gemini import files, interactions, models, predictions
from video_gen.server.dialects.gemini.keys import in_query, x_goog_api_key
from video_gen.server.dialects.gemini.problem import render

OWN: Final = "/gemini"

router = APIRouter(prefix=OWN, tags=["gemini"])
for part in (predictions, interactions, files, models):
    router.include_router(part.router)

DIALECT = Dialect(
    name="gemini",
    router=router,
    prefixes=(OWN,),
    render=render,
    key_readers=(x_goog_api_key, bearer, in_query),
)
