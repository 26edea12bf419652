"""Google's Veo, by the Gemini API, on Google Cloud, or through a relay."""

from collections.abc import Iterable
from typing import Unpack

from video_gen.config import Veo3Config
from video_gen.providers.backend import BackendClient, Options, OutputPath, Picture, Wish
from video_gen.spec import Job


class Veo3APIClient(BackendClient[Veo3Config]):
    """Google's Veo."""

    CONFIG = Veo3Config

    def generate_video(
        self,
        prompt: str,
        reference_images: Iterable[Picture] = (),
        source_frame: Picture | None = None,
        *,
        output_path: OutputPath = None,
        **options: Unpack[Options],
    ) -> str:
        """Make a video and return its path.

        Args:
            prompt: What is to be seen.
            reference_images: Up to three, for style and content.
            source_frame: The first frame, such as the last one of the clip before. Veo takes no references beside it.
            output_path: The file to write. None: named by date in the outputs folder.
            options: How it is to be.

        Raises:
            MediaNotFoundError: an image does not exist; it is a `FileNotFoundError`.
            InvalidRequestError: it cannot be done as asked; it is a `ValueError`.
            ApiRequestError: the service refused, failed or could not be reached; it is a `RuntimeError`.
        """
        return self.make(self.wish(prompt, reference_images, source_frame, options), output_path).path

    def create_task(
        self,
        prompt: str,
        reference_images: Iterable[Picture] = (),
        source_frame: Picture | None = None,
        **options: Unpack[Options],
    ) -> Job:
        """Hand a video in and return its job; errors as of `generate_video`."""
        return self.submit(self.wish(prompt, reference_images, source_frame, options))

    def wish(self, prompt: str, references: Iterable[Picture], frame: Picture | None, options: Options) -> Wish:
        """Return a video in the words that every backend shares."""
        given = [*references]
        if frame is None or not given:
            return Wish(prompt=prompt, first_frame=frame, references=given, options=options)
        # google-genai 3.4.0 on reference images: "The image, video, or last_frame field are not supported."
        left_out = f"Veo takes no reference images beside a first frame: {len(given)} left out"
        return Wish(prompt=prompt, first_frame=frame, options=options, left_out=left_out)
