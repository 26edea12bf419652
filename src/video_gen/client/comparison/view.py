"""`client.compare`: one prompt by several models, each paid once, and a picture that shows them side by side."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from video_gen.client.batch.plan import plan_batch
from video_gen.client.batch.running import OnProgress
from video_gen.client.comparison.entry import Comparison
from video_gen.client.comparison.plan import ComparisonPlan
from video_gen.client.comparison.running import make
from video_gen.client.following import Follower
from video_gen.client.handed import expect
from video_gen.client.words import Dollars, Out, Words, parted
from video_gen.exceptions import InvalidRequestError

FRAMES: Final = 5


class ComparisonTerms(TypedDict, total=False):
    """What may be said of a comparison as a whole; everything may be left out."""

    max_cost: Dollars
    """Ceiling for all of them together in US dollars."""
    sheet: Out
    """The picture to write, .png, .jpg or .webp. Default: beside the videos."""
    frames: int
    """How many frames of each video it shows; 5 unless said."""
    on_progress: OnProgress | None
    """Told of each model's job whenever it looks different."""


class ComparisonWords(Words, ComparisonTerms, total=False):
    """That, and what every model is asked for."""


class ComparisonView:
    """One prompt by several models of an `AsyncClient`."""

    def __init__(self, client: Follower, outputs: Path) -> None:
        self._client = client
        self._outputs = outputs

    async def __call__(
        self,
        prompt: str,
        models: Sequence[str],
        *,
        out: Out = None,
        overwrite: bool = False,
        **how: Unpack[ComparisonWords],
    ) -> Comparison:
        """Make a video by each model, and return them side by side; one that fails leaves the others alone.

        Run again, it goes on, and with another model only that one is made and paid, as a batch is in its folder.

        Args:
            prompt: What the videos show.
            models: Two or more; one that is named twice makes two videos.
            out: The folder. Default: the outputs folder.
            overwrite: Files that stand there may be replaced.
            how: What holds for the whole, and what every model is asked for.

        Raises:
            InvalidRequestError: a model cannot take part; nothing was begun.
            SpendLimitError: all together may cost more than `max_cost`; nothing was begun.
        """
        terms, words = parted(how, ComparisonTerms.__annotations__)
        planned = await self.plan(prompt, models, out=out, overwrite=overwrite, **words)
        return await self.carry_out(planned, **terms)

    async def plan(
        self, prompt: str, models: Sequence[str], *, out: Out = None, overwrite: bool = False, **words: Unpack[Words]
    ) -> ComparisonPlan:
        """Return each model's plan and price; arguments as of the comparison itself. Spends nothing.

        Raises:
            InvalidRequestError: there is nothing to compare.
        """
        expect(prompt, str, "a prompt: give a text")
        if isinstance(models, str) or len(models) < 2:
            raise InvalidRequestError(f"`{models}`: name two models or more to compare")
        folder = (self._outputs if out is None else Path(out)).expanduser().absolute()
        rows = [{"prompt": prompt, "model": model} for model in models]
        with self._client.long_work():
            batch = await plan_batch(self._client, rows, words, folder, overwrite=overwrite)
        return ComparisonPlan(prompt=prompt, models=tuple(models), folder=str(folder), overwrite=overwrite, batch=batch)

    async def carry_out(self, planned: ComparisonPlan, **terms: Unpack[ComparisonTerms]) -> Comparison:
        """Make what is not made yet, and return all side by side.

        Raises:
            InvalidRequestError: a model cannot take part, or the sheet cannot be written so; nothing was begun.
            SpendLimitError: all together may cost more than `max_cost`; nothing was begun.
            StorageError: the sheet cannot be written.
        """
        planned = expect(planned, ComparisonPlan, "a comparison: hand in what `compare.plan` returned")
        ceiling, sheet = terms.get("max_cost"), terms.get("sheet")
        planned.check(ceiling)
        with self._client.long_work():
            return await make(
                self._client,
                planned,
                bounded=ceiling is not None,
                sheet=planned.sheet_at(sheet),
                frames=terms.get("frames", FRAMES),
                on_progress=terms.get("on_progress"),
            )


class ComparisonCalls:
    """One prompt by several models of a `Client`; each method as in `ComparisonView`, waiting for its answer."""

    def __init__(
        self, comparisons: Callable[[], ComparisonView], call: Callable[[Coroutine[Any, Any, Any]], Any]
    ) -> None:
        self._comparisons = comparisons
        self._call = call

    def __call__(
        self,
        prompt: str,
        models: Sequence[str],
        *,
        out: Out = None,
        overwrite: bool = False,
        **how: Unpack[ComparisonWords],
    ) -> Comparison:
        """Make a video by each model, and return them side by side; see `ComparisonView`."""
        made: Comparison = self._call(self._comparisons()(prompt, models, out=out, overwrite=overwrite, **how))
        return made

    def plan(
        self, prompt: str, models: Sequence[str], *, out: Out = None, overwrite: bool = False, **words: Unpack[Words]
    ) -> ComparisonPlan:
        """Return each model's plan and price."""
        planned: ComparisonPlan = self._call(
            self._comparisons().plan(prompt, models, out=out, overwrite=overwrite, **words)
        )
        return planned

    def carry_out(self, planned: ComparisonPlan, **terms: Unpack[ComparisonTerms]) -> Comparison:
        """Make what is not made yet, and return all side by side."""
        made: Comparison = self._call(self._comparisons().carry_out(planned, **terms))
        return made
