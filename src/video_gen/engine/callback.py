"""Callbacks: webhooks of one job, handed in with it, stored with it, and gone with it."""

from typing import Any, Final

from pydantic import SecretStr

from video_gen.engine.keyring import Keyring
from video_gen.engine.rows import Row
from video_gen.engine.webhook import NATIVE, as_secret, new_webhook, webhook_row
from video_gen.spec.job import Job
from video_gen.spec.value import Value

_PURPOSE: Final = "callbacks of"
_INSTALLATION: Final = "the installation"


class Callback(Value):
    """An address that wants to be told what becomes of one job."""

    url: str
    """An http(s) address that whoever calls has checked."""
    kinds: tuple[str, ...] = ()
    """Kinds of events, or patterns like "job.*"; none: what ends the job."""
    dialect: str = NATIVE
    """In whose words it is told."""


def secret_of(keyring: Keyring, owner: str | None) -> SecretStr:
    """Return what all callbacks of an owner are signed with: the same one each time, so it need not be told each time.

    Args:
        keyring: The installation's.
        owner: An API key's id; None: the installation itself.

    Raises:
        ConfigurationError: there is no secret that every machine has.
        StorageError: the secret cannot be kept or read.
    """
    return as_secret(keyring.derived(f"{_PURPOSE} {owner or _INSTALLATION}"))


def callback_row(callback: Callback, job: Job, keyring: Keyring) -> Row:
    """Return the columns of a new job's callback. Blocks; raises as `secret_of`.

    Raises:
        InvalidRequestError: the address is too long, or a kind is none.
    """
    webhook = new_webhook(callback.url, callback.kinds, owner=job.owner, at=job.created_at)
    bound: dict[str, Any] = {"job_id": job.id, "dialect": callback.dialect}
    return webhook_row(webhook.model_copy(update=bound), keyring.seal(secret_of(keyring, job.owner)))
