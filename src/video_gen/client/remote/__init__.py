"""The installation behind a server: the same plans, jobs and files, over HTTP.

Belongs here: the client's half of the wire whose other half is `server/dialects/remote`. What travels are this
project's own values as JSON, so that a caller is answered alike wherever the jobs are.
Does not belong here: how a request travels (`transport`), what callers say (`client`).
"""

from video_gen.client.remote.remote import Remote

__all__ = ["Remote"]
