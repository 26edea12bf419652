"""Says whether a model is still there, and refuses one that is not."""

from datetime import date

from video_gen.catalog.card import ModelCard
from video_gen.catalog.notes import Notes
from video_gen.exceptions import ModelRetiredError
from video_gen.spec import Provider


def check_lifecycle(card: ModelCard, provider: Provider, today: date, notes: Notes, *, allow_retired: bool) -> None:
    """Warn of an end that is near, announced or past.

    Raises:
        ModelRetiredError: the model is switched off, and `allow_retired` is not set.
    """
    life = card.lifecycle
    instead = f"use `{life.replacement}` instead" if life.replacement else "its owner names no replacement"
    if life.status == "retired":
        when = f" on {life.retires}" if life.retires else ""
        sentence = f"`{card.id}` was switched off by its owner{when}: {instead}"
        if not allow_retired:
            raise ModelRetiredError(sentence + _way_out(provider))
        notes.warn(sentence)
    elif life.retires is not None and life.retires <= today:
        notes.warn(f"`{card.id}` was announced to end on {life.retires} and may be gone: {instead}")
    elif life.retires is not None:
        notes.warn(f"`{card.id}` will be switched off on {life.retires}: {instead}")
    elif life.status == "deprecated":
        notes.warn(f"`{card.id}` is deprecated: {instead}")


def _way_out(provider: Provider) -> str:
    if not provider.base_url_env:
        return ""
    return f"; where another service still serves it, set {provider.base_url_env[0]} to that service's URL"
