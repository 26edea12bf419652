"""A comparison before anything is spent: each model's plan, the price of the whole, and where its picture goes."""

import hashlib
from pathlib import Path

from video_gen.client.batch.identity import SHOWN, slug_of
from video_gen.client.batch.plan import BatchPlan, refuse_above
from video_gen.client.words import Dollars, Out
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Value, micro


class ComparisonPlan(Value):
    """A comparison, planned and quoted: a batch with a row for each model."""

    prompt: str
    models: tuple[str, ...]
    """As they were named."""
    folder: str
    overwrite: bool
    batch: BatchPlan

    def check(self, ceiling: Dollars = None) -> None:
        """Refuse a comparison that a model cannot take part in, or that may cost more than a ceiling in US dollars.

        Raises:
            InvalidRequestError: names each such model, and why.
            SpendLimitError: with the numbers.
        """
        if self.batch.bad:
            told = [f"  {self.models[row.line - 1]}: {row.problem}" for row in self.batch.bad]
            head = f"{len(told)} of {len(self.models)} models cannot take part, so nothing was begun: leave them out"
            raise InvalidRequestError("\n".join([head, *told]))
        if ceiling is not None:
            prices = {f"`{item.plan.model}`": item.ahead for item in self.batch.items}
            refuse_above(micro(ceiling), prices, spent=self.batch.spent)

    def sheet_at(self, said: Out) -> Path:
        """Return where the picture goes: as said, or beside the videos under a name that only this comparison has.

        Raises:
            InvalidRequestError: another file stands where it was said to go.
        """
        if said is None:
            rows = ",".join(f"{item.identity}-{item.number}" for item in self.batch.items)
            digest = hashlib.sha256(rows.encode()).hexdigest()[:SHOWN]
            return Path(self.folder) / f"{slug_of(self.prompt)}-compared-{digest}.jpg"
        path = Path(said)
        if path.exists() and not self.overwrite:
            raise InvalidRequestError(f"`{path}` already exists: choose another name, or allow it to be overwritten")
        return path
