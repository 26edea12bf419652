"""Runway's own models, and Veo through Runway."""

from collections.abc import Iterable
from typing import Unpack

from video_gen.config import RunwayConfig
from video_gen.providers.backend import BackendClient, Options, OutputPath, Picture, Wish
from video_gen.spec import Job

VEO_MODEL = "veo3.1_fast"
"""Of Runway's Veo models, where none is named."""


class RunwayGen4Client(BackendClient[RunwayConfig]):
    """Runway's Gen-4 models: one image, and what happens to it."""

    CONFIG = RunwayConfig

    def generate_video(
        self,
        prompt: str,
        image_path: Picture | None = None,
        *,
        output_path: OutputPath = None,
        **options: Unpack[Options],
    ) -> str:
        """Make a video and return its path; the image is its first frame.

        Raises:
            MediaNotFoundError: the image does not exist; it is a `FileNotFoundError`.
            InvalidRequestError: it cannot be done as asked (Gen-4 needs an image); it is a `ValueError`.
            ApiRequestError: the service refused, failed or could not be reached; it is a `RuntimeError`.
        """
        return self.make(self.wish(prompt, image_path, options), output_path).path

    def create_image_to_video_task(
        self, prompt: str, image_path: Picture | None = None, **options: Unpack[Options]
    ) -> Job:
        """Hand a video in and return its job; errors as of `generate_video`."""
        return self.submit(self.wish(prompt, image_path, options))

    def wish(self, prompt: str, image: Picture | None, options: Options) -> Wish:
        """Return a video in the words that every backend shares."""
        return Wish(prompt=prompt, first_frame=image, options=options)


class RunwayVeoClient(BackendClient[RunwayConfig]):
    """Google's Veo through Runway."""

    CONFIG = RunwayConfig

    def generate_video(
        self,
        prompt: str,
        reference_images: Iterable[Picture] = (),
        first_frame: Picture | None = None,
        *,
        output_path: OutputPath = None,
        **options: Unpack[Options],
    ) -> str:
        """Make a video and return its path.

        Args:
            prompt: What is to be seen.
            reference_images: Runway offers none for Veo: without a first frame, the first of them becomes it.
            first_frame: The first frame, such as the last one of the clip before.
            output_path: The file to write. None: named by date in the outputs folder.
            options: How it is to be.

        Raises:
            MediaNotFoundError: an image does not exist; it is a `FileNotFoundError`.
            InvalidRequestError: it cannot be done as asked; it is a `ValueError`.
            ApiRequestError: the service refused, failed or could not be reached; it is a `RuntimeError`.
        """
        return self.make(self.wish(prompt, reference_images, first_frame, options), output_path).path

    def create_image_to_video_task(
        self,
        prompt: str,
        reference_images: Iterable[Picture] = (),
        first_frame: Picture | None = None,
        **options: Unpack[Options],
    ) -> Job:
        """Hand a video in and return its job; errors as of `generate_video`."""
        return self.submit(self.wish(prompt, reference_images, first_frame, options))

    def wish(self, prompt: str, references: Iterable[Picture], frame: Picture | None, options: Options) -> Wish:
        """Return a video in the words that every backend shares."""
        given = [*references]
        first = given.pop(0) if frame is None and given else frame
        left_out = f"Runway takes no reference images for Veo: {len(given)} left out" if given else ""
        chosen = options.get("model") or self._usual_model()
        return Wish(prompt=prompt, first_frame=first, options={**options, "model": chosen}, left_out=left_out)

    def _usual_model(self) -> str:
        usual = self.config.default_model
        return usual if usual.startswith("veo") else VEO_MODEL
