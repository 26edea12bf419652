"""A client class for each backend of `video_gen.video_generator`, thin over `video_gen.Client`.

    with Veo3APIClient() as veo:
        path = veo.generate_video("Pan right", reference_images=["ref1.jpg"], output_path="pan.mp4")

Belongs here: what a backend calls its pictures, its models and its steps. Does not belong here: a wire (`protocols/`),
a model's limits (the catalog), or anything that every backend does (`backend.py`, `once.py`).
"""

from video_gen.providers.runway import RunwayGen4Client, RunwayVeoClient
from video_gen.providers.sora import AzureSoraAPIClient, SoraAPIClient
from video_gen.providers.veo import Veo3APIClient

__all__ = ["AzureSoraAPIClient", "RunwayGen4Client", "RunwayVeoClient", "SoraAPIClient", "Veo3APIClient"]
