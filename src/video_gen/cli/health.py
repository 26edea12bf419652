"""`video-gen models --health`: how the models that were used lately have been doing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from video_gen.cli.output import note, print_json, table
from video_gen.cli.session import with_client

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.spec.health import Health


def show_health(name: str | None, *, as_json: bool) -> None:
    """Print each model's state, its recent failures, and how long it takes; of one model where it is named."""

    async def work(client: "AsyncClient") -> "Mapping[str, Health]":
        known = await client.engine.health()
        if name is None:
            return known
        model = client.catalog.card(name).id
        return {model: known[model]} if model in known else {}

    known = with_client(work)
    if as_json:
        for model, each in sorted(known.items()):
            print_json({"model": model, **each.model_dump(mode="json"), "error_rate": each.error_rate})
    elif known:
        columns = ("model", "state", "submits of the last hour", "failed", "usually takes")
        table(columns, [_row(model, each) for model, each in sorted(known.items())])
    else:
        note("nothing was made with it yet" if name else "nothing was made yet")


def _row(model: str, health: "Health") -> tuple[str, ...]:
    takes = "" if health.usual_seconds is None else f"{health.usual_seconds:.0f} s"
    return (model, health.state, str(health.submits), f"{health.failed} ({health.error_rate:.0%})", takes)
