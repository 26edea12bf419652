"""Calls over HTTP, and what comes back: the one importer of the HTTP client.

Belongs here: how a call travels. Connections, signing, redirects, time limits, repeats of what may be repeated, the
guard around addresses that came from outside, downloads.
Does not belong here: what a provider's wire looks like (`protocols`), when to ask again (`engine`), where keys come
from (`config`; here they are an argument).

`driver` runs flows, `download` brings videos; both send through `caller`, which keeps the two rules of this room:
a credential never leaves its provider's origin, and an address from outside never reaches this machine unasked.
"""

from video_gen.transport.address import is_public, shown_url
from video_gen.transport.driver import HttpDriver, World
from video_gen.transport.fetching import fetch
from video_gen.transport.limits import Limits, Patience, Timeouts

__all__ = ["HttpDriver", "Limits", "Patience", "Timeouts", "World", "fetch", "is_public", "shown_url"]
