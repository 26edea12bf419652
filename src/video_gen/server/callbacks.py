"""Callbacks that requests ask for: an address of the caller's that is told what becomes of one job."""

from collections.abc import Sequence

from video_gen.engine.callback import Callback
from video_gen.engine.webhook import checked_kinds
from video_gen.server.gateway import Gateway


def callback_at(gateway: Gateway, url: str | None, kinds: Sequence[str] = (), *, dialect: str) -> Callback | None:
    """Return the callback that goes with a job; None where no address is given.

    Args:
        gateway: The caller's.
        url: The address.
        kinds: Kinds of events, or patterns like `job.*`; none: what ends a job.
        dialect: In whose words it is told; see `Dialect.tells`.

    Raises:
        InvalidRequestError: the address leads inside, or a kind is none.
    """
    if not url:
        return None
    gateway.check_address(url)
    return Callback(url=url, kinds=checked_kinds(tuple(kinds)), dialect=dialect)


async def secret_of(gateway: Gateway) -> str:
    """Return what the callbacks of a caller are signed with, as Standard Webhooks writes it."""
    return (await gateway.webhooks.callback_secret(gateway.caller.id)).get_secret_value()
