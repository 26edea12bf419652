"""What a webhook is, what it is told, and when a message that did not arrive is sent again."""

import base64
import re
import secrets
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from video_gen.engine.kinds import ENDS, check_kind
from video_gen.engine.rows import Row
from video_gen.exceptions import InvalidRequestError
from video_gen.spec.value import Value

TEST: Final = "webhook.test"
NATIVE: Final = "native"
"""The dialect in whose words a webhook is told that says nothing else."""
MOST_KINDS: Final = 20
MOST_WEBHOOKS: Final = 20
"""Of one owner; those of single jobs are not counted."""
MOST_URL: Final = 2000
"""Characters."""
PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
WAITS: Final = (5.0, 30.0, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR)
"""Seconds after each try that failed; after one more, the message has failed."""
_SPREAD: Final = 0.2
"""Longer by up to this part, so that messages that failed together do not come back together."""
_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_KIND: Final = re.compile(r"[a-z_.*]{1,64}")


class Webhook(Value):
    """An address that wants to be told what happens to an owner's jobs, or to one of them."""

    id: str
    owner: str | None
    """Id of the API key; None: the installation itself."""
    url: str
    host: str
    kinds: tuple[str, ...]
    """Kinds of events, or patterns like "job.*"."""
    created_at: datetime
    disabled_at: datetime | None = None
    """Since when it is told nothing any more: it answered 410."""
    job_id: str | None = None
    """The only job it is told of; None: all of the owner's."""
    dialect: str = NATIVE
    """In whose words it is told."""


class Message(Value):
    """One event for one webhook."""

    id: str
    """Its `webhook-id`, the same at each try."""
    webhook_id: str
    job_id: str | None
    """None for a test."""
    kind: str
    at: datetime
    message: str
    data: dict[str, Any]
    state: str
    """"pending", "delivered" or "failed"."""
    tries: int
    due_at: datetime
    """When it is sent next, while it is pending."""


class Try(Value):
    """How one sending of a message went."""

    at: datetime
    ms: int
    """Milliseconds until the answer, or until there was none."""
    status: int | None
    error: str | None
    """Why it did not arrive."""


def webhook_of(row: Row) -> Webhook:
    """Return the webhook of a row."""
    return Webhook(**{name: row[name] for name in Webhook.model_fields})


def new_webhook(url: str, kinds: tuple[str, ...], *, owner: str | None, at: datetime) -> Webhook:
    """Return a new webhook.

    Raises:
        InvalidRequestError: the address is too long, or a kind is none.
    """
    if len(url) > MOST_URL:
        raise InvalidRequestError(f"the address has {len(url)} characters, the limit is {MOST_URL}: shorten it")
    return Webhook(
        id=f"wh_{secrets.token_hex(8)}",
        owner=owner,
        url=url,
        host=(urlsplit(url).netloc or url)[:255].lower(),
        kinds=checked_kinds(kinds),
        created_at=at,
    )


def webhook_row(webhook: Webhook, sealed: str) -> Row:
    """Return the columns of a webhook, with its sealed secret."""
    return {**webhook.model_dump(), "kinds": list(webhook.kinds), "sealed": sealed}


def message_of(row: Row) -> Message:
    """Return the message of a row."""
    return Message(**{name: row[name] for name in Message.model_fields})


def new_secret() -> SecretStr:
    """Return a secret to sign with, as Standard Webhooks writes them (its specification, read 2026-11-25)."""
    return as_secret(secrets.token_bytes(_SECRET_BYTES))


def as_secret(data: bytes) -> SecretStr:
    """Return bytes as a secret to sign with."""
    return SecretStr(_PREFIX + base64.b64encode(data).decode())


def wants(kinds: tuple[str, ...], kind: str) -> bool:
    """Whether who asked for those kinds is told of this one."""
    return any(fnmatchcase(kind, each) for each in kinds)


def checked_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds a webhook asks for; what ends a job, where it names none.

    Raises:
        InvalidRequestError: there are too many, or one is none.
    """
    if len(kinds) > MOST_KINDS:
        raise InvalidRequestError(
            f"{len(kinds)} kinds of events, the limit is {MOST_KINDS}: use a pattern like `job.*`"
        )
    for kind in kinds:
        if not _KIND.fullmatch(kind):
            raise InvalidRequestError(f"`{kind[:80]}` is no kind of event: name one like `job.completed`, or `job.*`")
        check_kind(kind)
    return kinds or ENDS


def wait_after(tries: int, random: float) -> float | None:
    """Return the seconds to wait after so many tries; None where there is no further one.

    Args:
        tries: From 1.
        random: 0 to 1.
    """
    return WAITS[tries - 1] * (1 + _SPREAD * random) if tries <= len(WAITS) else None
