"""Where an installation keeps what: on one machine, or for many."""

import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self

from pydantic import SecretStr

from video_gen.engine.blobs import Blobs
from video_gen.engine.hooks import PURPOSE, Hooks
from video_gen.engine.keyring import SECRET, Keyring
from video_gen.engine.vault import DiskVault, Vault

STORE: Final = "store.db"
LOCK: Final = "runner.lock"
INPUTS: Final = "inputs"
WORK: Final = "work"
FILES: Final = "files"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """A database that many machines work over."""

    url: SecretStr
    """`postgresql://user:password@host:5432/name`"""
    lease_seconds: float = 30.0
    """How long a worker may be silent before others take its jobs over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where things are."""

    home: Path
    """Folder of this machine's state."""
    outputs: Path
    """Where videos go whose callers named no place."""
    work: Path
    """Folder for downloads that are not delivered yet."""
    blobs: Blobs
    """Media handed in, by content."""
    keyring: Keyring
    hooks: Hooks
    """Where providers may say that a job is ready."""
    shared: Shared | None = None
    """None: the store is a file of the home."""
    vault: Vault | None = None
    """Where finished videos are kept for everybody; None: they go straight to where their callers want them."""

    @classmethod
    def of(
        cls,
        home: Path,
        outputs: Path,
        *,
        shared: Shared | None = None,
        vault: Vault | None = None,
        secret: SecretStr | None = None,
        public_url: str | None = None,
    ) -> Self:
        """Return the places of a home.

        Args:
            home: Folder of this machine's state; a shared database without a vault needs it on every machine.
            outputs: Folder for videos whose callers name no place.
            shared: The database of many machines.
            vault: Where files are kept for everybody.
            secret: Seals keys; None: a secret of the home's own, which no other machine has.
            public_url: How the world reaches this installation; None: providers are told no address.
        """
        keyring = Keyring(None if shared else home / SECRET, secret)
        signs = shared is None or secret is not None
        return cls(
            home=home,
            outputs=outputs,
            # A worker that was frozen must not write into the files of one that took over.
            work=home / WORK if shared is None else home / WORK / f"worker-{secrets.token_hex(6)}",
            blobs=Blobs(home / INPUTS, vault),
            keyring=keyring,
            hooks=Hooks(partial(keyring.derived, PURPOSE), public_url if signs else None),
            shared=shared,
            vault=vault or (DiskVault(home / FILES) if shared else None),
        )

    @property
    def files(self) -> Vault:
        """Opens what artifacts say where it is."""
        return self.vault or DiskVault(self.home / FILES)
