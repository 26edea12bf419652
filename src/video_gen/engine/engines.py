"""Opens the store of some places, and builds the engine that goes with it: embedded, or distributed over a database."""

from collections.abc import Callable
from functools import partial

from video_gen.engine.ceilings import Ceilings
from video_gen.engine.embedded import EmbeddedEngine
from video_gen.engine.feed import Feed
from video_gen.engine.lease import Lease
from video_gen.engine.lock import RunnerLock
from video_gen.engine.places import LOCK, STORE, Places
from video_gen.engine.ports import Engine, Ports
from video_gen.engine.store import Store
from video_gen.engine.tidy import tidy
from video_gen.engine.workplace import workplace


async def store_of(places: Places, ceilings: Ceilings | None) -> Store:
    """Open the store: a file of the home, or the shared database; see `Store`."""
    if places.shared is None:
        return await Store.open(places.home / STORE, ceilings)
    return await Store.connect(places.shared.url.get_secret_value(), ceilings)


def engine_of(
    places: Places, ports: Ports, feed: Feed, lease: Lease | None, limit: Callable[[str], int | None]
) -> Engine:
    """Return the engine; it delivers nothing yet.

    Args:
        places: Where things are.
        ports: The workflow's world.
        feed: Told of trouble.
        lease: Of this process among the workers of a shared database.
        limit: How many jobs of a provider, by its id, may be under way at once; None: no limit.
    """
    if places.shared is None or lease is None:
        return EmbeddedEngine(
            ports.store,
            RunnerLock(places.home / LOCK),
            limit=limit,
            poller=ports.poller,
            troubled=feed.nudge,
            tidy=partial(tidy, ports, places.blobs),
        )
    from video_gen.engine.deliveries import Deliveries
    from video_gen.engine.distributed import DistributedEngine
    from video_gen.engine.postgres import libpq, shown, url_of

    url = url_of(places.shared.url.get_secret_value())
    return DistributedEngine(
        ports.store,
        Deliveries(libpq(url), shown(url), patience=lease.seconds / 2),
        lease,
        limit=limit,
        poller=ports.poller,
        troubled=feed.nudge,
        workplace=partial(workplace, places, ports),
    )
