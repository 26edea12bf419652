"""The keys callers bring for single jobs: sealed at rest, opened for a call, dropped when no longer needed."""

import base64
import hashlib
import hmac
import os
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from video_gen.engine.files import disk_errors
from video_gen.exceptions import ConfigurationError

SECRET: Final = "secret.key"  # noqa: S105 (a file's name)
SECRET_LENGTH: Final = 32
"""Characters of a secret that is handed in, at least."""


class Keyring:
    """Seals and opens keys with one secret, which no row holds."""

    def __init__(self, path: Path | None, secret: SecretStr | None = None) -> None:
        """Take the secret that is handed in, or keep one of the home's own.

        Args:
            path: A file that only its owner can read, made when the first key is sealed; None: one machine's own secret
                would not do.
            secret: The secret that every machine has.

        Raises:
            ConfigurationError: the secret is too short to be one.
        """
        self._path = path
        self._given = None if secret is None else _key_of(secret)

    def seal(self, key: SecretStr) -> str:
        """Return a key as it may be stored.

        Raises:
            ConfigurationError: there is no secret that every machine has.
            StorageError: the secret cannot be kept.
        """
        from cryptography.fernet import Fernet

        return Fernet(self._secret()).encrypt(key.get_secret_value().encode()).decode()

    def open(self, sealed: str) -> SecretStr:
        """Return a sealed key.

        Raises:
            ConfigurationError: it was sealed with another secret, or there is none.
            StorageError: the secret cannot be read.
        """
        from cryptography.fernet import Fernet, InvalidToken

        try:
            return SecretStr(Fernet(self._secret()).decrypt(sealed.encode()).decode())
        except InvalidToken:
            known = "VIDEO_GEN_SECRET" if self._given else f"`{self._path}`"
            raise ConfigurationError(
                f"the key that was handed in with this job cannot be opened: {known} is not the secret it was sealed "
                "with; hand the job in again"
            ) from None

    def derived(self, purpose: str) -> bytes:
        """Return a secret for another purpose: the same one each time, and no help in finding this keyring's own.

        Raises:
            StorageError: the secret cannot be kept or read.
        """
        return hmac.digest(self._secret(), purpose.encode(), "sha256")

    def check(self) -> None:
        """Say what is missing before a secret is needed.

        Raises:
            ConfigurationError: machines that share a database need one secret, and none is set.
        """
        if self._given is None and self._path is None:
            raise ConfigurationError(
                "VIDEO_GEN_SECRET is not set: machines that share a database need the same one, to seal keys and to "
                "sign links. `openssl rand -base64 32` makes one"
            )

    def _secret(self) -> bytes:
        self.check()
        if self._given is not None:
            return self._given
        assert self._path is not None
        with disk_errors(self._path):
            if not self._path.exists():
                _make(self._path)
            return self._path.read_bytes()


def _key_of(secret: SecretStr) -> bytes:
    text = secret.get_secret_value().strip()
    if len(text) < SECRET_LENGTH:
        raise ConfigurationError(
            f"VIDEO_GEN_SECRET has {len(text)} characters, and {SECRET_LENGTH} are the least: "
            "`openssl rand -base64 32` makes one"
        )
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


def _make(path: Path) -> None:
    from cryptography.fernet import Fernet

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(own, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(handle, Fernet.generate_key())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(own, path)  # whoever is first wins, and everybody reads the same
    except FileExistsError:
        pass
    finally:
        own.unlink()
