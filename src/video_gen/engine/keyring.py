"""The keys callers bring for single jobs: sealed at rest, opened for a call, dropped when no longer needed."""

import hmac
import os
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from video_gen.engine.files import disk_errors
from video_gen.exceptions import ConfigurationError

SECRET: Final = "secret.key"  # noqa: S105 (a file's name)


class Keyring:
    """Seals and opens keys with one secret of the home, which no row holds."""

    def __init__(self, path: Path) -> None:
        """Keep the secret in a file that only its owner can read; it is made when the first key is sealed."""
        self._path = path

    def seal(self, key: SecretStr) -> str:
        """Return a key as it may be stored.

        Raises:
            StorageError: the secret cannot be kept.
        """
        from cryptography.fernet import Fernet

        return Fernet(self._secret()).encrypt(key.get_secret_value().encode()).decode()

    def open(self, sealed: str) -> SecretStr:
        """Return a sealed key.

        Raises:
            ConfigurationError: it was sealed with another secret.
            StorageError: the secret cannot be read.
        """
        from cryptography.fernet import Fernet, InvalidToken

        try:
            return SecretStr(Fernet(self._secret()).decrypt(sealed.encode()).decode())
        except InvalidToken:
            raise ConfigurationError(
                f"the key that was handed in with this job cannot be opened: `{self._path}` is not the secret it was "
                "sealed with; hand the job in again"
            ) from None

    def derived(self, purpose: str) -> bytes:
        """Return a secret for another purpose: the same one each time, and no help in finding this keyring's own.

        Raises:
            StorageError: the secret cannot be kept or read.
        """
        return hmac.digest(self._secret(), purpose.encode(), "sha256")

    def _secret(self) -> bytes:
        with disk_errors(self._path):
            if not self._path.exists():
                self._make()
            return self._path.read_bytes()

    def _make(self) -> None:
        from cryptography.fernet import Fernet

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        handle = os.open(own, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            os.write(handle, Fernet.generate_key())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(own, self._path)  # whoever is first wins, and everybody reads the same
        except FileExistsError:
            pass
        finally:
            own.unlink()
