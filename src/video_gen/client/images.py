"""Images: jobs like any other, whose file is a picture. `client.images.generate(...)` makes one and waits for it."""

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Unpack

from video_gen.client.words import ImageWords, Key, Out, image_request_of
from video_gen.engine.intake import Terms
from video_gen.spec import Job, Plan, Request, Value

DEFAULT_MODEL: Final = "local/still"


class ImageResult(Value):
    """The completed job of an image, or of several."""

    job: Job

    @property
    def path(self) -> str:
        """The file of the first image."""
        return self.paths[0]

    @property
    def url(self) -> str:
        """The same as a `file:` URL."""
        return Path(self.path).as_uri()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file."""
        return tuple(artifact.path for artifact in self.job.artifacts)


class ImagesView:
    """Images from prompts."""

    def __init__(self, plan: Callable[[Request], Awaitable[Plan]], carry_out: Callable[..., Awaitable[Job]]) -> None:
        self._plan = plan
        self._carry_out = carry_out

    async def plan(self, prompt: str, **words: Unpack[ImageWords]) -> Plan:
        """Return what exactly would be sent, and its quote. Spends nothing.

        Raises:
            InvalidRequestError: or one of its kinds, when it cannot be done as asked.
        """
        return await self._plan(image_request_of(prompt, words, DEFAULT_MODEL))

    async def generate(
        self,
        prompt: str,
        *,
        out: Out = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
        api_key: Key = None,
        **words: Unpack[ImageWords],
    ) -> ImageResult:
        """Make an image; by default the embedded renderer's still, which is free.

        Args:
            prompt: What is to be seen.
            out: The file to write (.png, .jpg or .webp: its content is what the service sends), or a folder. Default:
                named by date in the outputs folder.
            overwrite: A file that exists at `out` may be replaced.
            idempotency_key: The same key and request give the same image, however often they are handed in.
            api_key: The caller's own key for the model's provider, used for this job alone.
            words: The model and what it is asked for.

        Raises:
            VideoGenerationError: one of its kinds, when the job cannot be planned or fails.
        """
        terms = Terms(out=out, overwrite=overwrite, idempotency_key=idempotency_key)
        plan = await self.plan(prompt, **words)
        return ImageResult(job=await self._carry_out(plan, api_key=api_key, **terms))


class ImageCalls:
    """Images from prompts; each method as in `ImagesView`, waiting for its answer."""

    def __init__(self, images: Callable[[], ImagesView], call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._images = images
        self._call = call

    def plan(self, prompt: str, **words: Unpack[ImageWords]) -> Plan:
        """Return what exactly would be sent, and its quote."""
        plan: Plan = self._call(self._images().plan(prompt, **words))
        return plan

    def generate(
        self,
        prompt: str,
        *,
        out: Out = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
        api_key: Key = None,
        **words: Unpack[ImageWords],
    ) -> ImageResult:
        """Make an image."""
        made: ImageResult = self._call(
            self._images().generate(
                prompt, out=out, overwrite=overwrite, idempotency_key=idempotency_key, api_key=api_key, **words
            )
        )
        return made
