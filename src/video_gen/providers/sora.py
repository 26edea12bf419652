"""Sora at OpenAI and on Azure, and at whoever speaks its wire format."""

from collections.abc import Iterable
from typing import TypeVar, Unpack

from video_gen.config import AzureSoraConfig, BackendConfig, SoraConfig
from video_gen.providers.backend import BackendClient, Options, OutputPath, Picture, Wish
from video_gen.spec import Job

C = TypeVar("C", bound=BackendConfig)


class _SoraClient(BackendClient[C]):
    EXACT_FRAME = True

    def generate_video(
        self,
        prompt: str,
        images: Iterable[Picture] = (),
        *,
        output_path: OutputPath = None,
        **options: Unpack[Options],
    ) -> str:
        """Make a video and return its path; the first image is its first frame, cut to the video's size.

        Raises:
            MediaNotFoundError: an image does not exist; it is a `FileNotFoundError`.
            InvalidRequestError: it cannot be done as asked; it is a `ValueError`.
            ApiRequestError: the service refused, failed or could not be reached; it is a `RuntimeError`.
        """
        return self.make(self.wish(prompt, images, options), output_path).path

    def create_video_request(self, prompt: str, images: Iterable[Picture] = (), **options: Unpack[Options]) -> Job:
        """Hand a video in and return its job; errors as of `generate_video`."""
        return self.submit(self.wish(prompt, images, options))

    def poll_async_job(self, job: Job | str) -> Job:
        """Wait for a job; see `poll_task`."""
        return self.poll_task(job)

    def wish(self, prompt: str, images: Iterable[Picture], options: Options) -> Wish:
        """Return a video in the words that every backend shares."""
        given = [*images]
        left_out = f"Sora takes one image: {len(given) - 1} more left out" if len(given) > 1 else ""
        return Wish(prompt=prompt, first_frame=given[0] if given else None, options=options, left_out=left_out)


class SoraAPIClient(_SoraClient[SoraConfig]):
    """OpenAI's Sora, or another service that speaks its wire format (`base_url`)."""

    CONFIG = SoraConfig


class AzureSoraAPIClient(_SoraClient[AzureSoraConfig]):
    """Sora as deployed on Azure AI Foundry."""

    CONFIG = AzureSoraConfig
