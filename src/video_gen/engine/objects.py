"""Files in an object store: S3 and what speaks its wire, Google Cloud Storage, Azure. The only importer of obstore."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from video_gen.engine.files import disk_errors
from video_gen.engine.vault import PIECE, Kept, on_disk, read_disk
from video_gen.exceptions import ConfigurationError, MediaNotFoundError, StorageError

SECONDS: Final = 30
"""How long a call is tried again before it is given up; whoever called goes on later."""
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_OPTIONS: Final = {
    "s3": {
        "AWS_ACCESS_KEY_ID": "access_key_id",
        "AWS_SECRET_ACCESS_KEY": "secret_access_key",
        "AWS_SESSION_TOKEN": "session_token",
        "AWS_REGION": "region",
        "AWS_DEFAULT_REGION": "region",
    },
    "gs": {"GOOGLE_APPLICATION_CREDENTIALS": "application_credentials"},
    "az": {
        "AZURE_STORAGE_ACCOUNT_NAME": "account_name",
        "AZURE_STORAGE_ACCOUNT_KEY": "account_key",
        "AZURE_STORAGE_SAS_TOKEN": "sas_key",
    },
}
"""Variables by the names of the owners' own tools. Others, and the machine's own role, the library finds itself."""


class ObjectVault:
    """A prefix of a bucket; see `Vault`."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        """Name the bucket and prefix; nothing is called yet.

        Raises:
            ConfigurationError: there is no such kind of store, or an option of it is wrong.
        """
        self.where = url.rstrip("/")
        options: Any = _options(url.partition("://")[0], environment)
        retries: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=SECONDS)}
        plain = str(options.get("endpoint", "")).startswith("http://")
        try:
            self._store: Any = from_url(
                self.where, config=options, client_options={"allow_http": plain}, retry_config=retries
            )
        except (BaseError, ValueError) as error:
            raise ConfigurationError(f"`VIDEO_GEN_OBJECT_STORE={url}` cannot be used: {_words(error)}") from None

    def at(self, name: str) -> str:
        """Return the URL of a name."""
        return f"{self.where}/{name}"

    def keep(self, file: Path, name: str, *, sha256: str, media_type: str) -> str:
        """Upload a file, and read it back to be sure; see `Vault`."""
        location, size = self.at(name), file.stat().st_size
        if self._holds(location, size, sha256):
            return location
        try:
            with self._errors(location):
                obstore.put(self._store, name, file, attributes={"Content-Type": media_type})
        except MediaNotFoundError:
            raise StorageError(f"`{self.where}` does not exist: make the bucket first") from None
        if not self._holds(location, size, sha256):
            raise StorageError(f"`{location}` does not hold what was just put there: try again, or check the store")
        return location

    def size(self, location: str) -> int:
        """Return an object's length; see `Vault`."""
        if not self._ours(location):
            return on_disk(location).stat().st_size
        with self._errors(location):
            return obstore.head(self._store, self._name(location))["size"]

    def read(self, location: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return an object's bytes; see `Vault`."""
        if not self._ours(location):
            return read_disk(location, offset, length)
        left = max(0, self.size(location) - offset)
        left = left if length is None else min(left, length)
        return self._pieces(location, offset, left) if left else iter(())

    def _pieces(self, location: str, offset: int, length: int) -> Iterator[bytes]:
        with self._errors(location):
            found = obstore.get(self._store, self._name(location), options={"range": (offset, offset + length)})
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def link(self, location: str, *, seconds: int) -> str | None:
        """Return a signed URL; see `Vault`."""
        if not self._ours(location):
            return None
        with self._errors(location):
            return obstore.sign(self._store, "GET", self._name(location), timedelta(seconds=seconds))

    def discard(self, location: str) -> None:
        """Remove an object; see `Vault`."""
        if not self._ours(location):
            with disk_errors(Path(location)):
                Path(location).unlink(missing_ok=True)
            return
        try:
            with self._errors(location):
                obstore.delete(self._store, self._name(location))
        except MediaNotFoundError:
            pass

    def listed(self, below: str) -> Iterator[Kept]:
        """Yield objects; see `Vault`."""
        with self._errors(self.at(below)):
            for page in obstore.list(self._store, f"{below}/"):
                for found in page:
                    yield Kept(found["path"], found["last_modified"])

    def _holds(self, location: str, size: int, sha256: str) -> bool:
        try:
            if self.size(location) != size:
                return False
            found = hashlib.sha256()
            for piece in self._pieces(location, 0, size):
                found.update(piece)
        except MediaNotFoundError:
            return False
        return found.hexdigest() == sha256

    def _ours(self, location: str) -> bool:
        return location.startswith(f"{self.where}/")

    def _name(self, location: str) -> str:
        return location.removeprefix(f"{self.where}/")

    @contextmanager
    def _errors(self, location: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise MediaNotFoundError(f"`{location}` is gone: it was removed after it was kept") from None
        except (BaseError, OSError, ValueError) as error:
            raise StorageError(f"`{location}` cannot be used: {_words(error)}") from None


def _options(scheme: str, environment: Mapping[str, str]) -> dict[str, Any]:
    known = _OPTIONS.get(scheme, {})
    found: dict[str, Any] = {option: environment[name] for name, option in known.items() if name in environment}
    endpoint = next((environment[name] for name in _ENDPOINTS if name in environment), None)
    return found | ({"endpoint": endpoint} if endpoint and scheme == "s3" else {})


def _words(error: Exception) -> str:
    """Return what the library said in its first line, without what may be signed in an address."""
    return str(error).strip().partition("\n")[0].partition("?")[0]
