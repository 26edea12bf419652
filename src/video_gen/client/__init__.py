"""The composition root for programs: `AsyncClient` and `Client` over one store of jobs.

Belongs here: wiring the rooms together, and turning a caller's words into requests. Does not belong here: anything
that one room could do alone.
"""

from video_gen.client.asynchronous import AsyncClient
from video_gen.client.batch.plan import BatchPlan
from video_gen.client.batch.results import BatchResult, BatchRow
from video_gen.client.comparison.entry import ComparedVideo, Comparison
from video_gen.client.comparison.plan import ComparisonPlan
from video_gen.client.images import ImageResult
from video_gen.client.synchronous import Client
from video_gen.client.usage import Usage
from video_gen.client.video_job import AsyncVideoJob, VideoJob, VideoMetadata, VideoQuote
from video_gen.client.words import Words
from video_gen.films import Film, FilmPlan, Storyboard

__all__ = [
    "AsyncClient",
    "AsyncVideoJob",
    "BatchPlan",
    "BatchResult",
    "BatchRow",
    "Client",
    "ComparedVideo",
    "Comparison",
    "ComparisonPlan",
    "Film",
    "FilmPlan",
    "ImageResult",
    "Storyboard",
    "Usage",
    "VideoJob",
    "VideoMetadata",
    "VideoQuote",
    "Words",
]
