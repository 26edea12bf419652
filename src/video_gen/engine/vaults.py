"""Finds the vault that a setting names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from video_gen.engine.vault import DiskVault, Vault
from video_gen.exceptions import ConfigurationError

_SCHEMES: Final = frozenset({"s3", "gs", "az"})


def open_vault(url: str, environment: Mapping[str, str]) -> Vault:
    """Open the object store, or the folder, that a URL names.

    Args:
        url: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `file:///folder`.
        environment: Holds the store's credentials, under the names that its owner's own tools use.

    Raises:
        ConfigurationError: no such kind of store, its library is missing, or one of its options is wrong.
    """
    scheme, found, rest = url.partition("://")
    if scheme == "file" and found and rest.startswith("/"):
        return DiskVault(Path(rest))
    if scheme not in _SCHEMES or not found or not rest:
        raise ConfigurationError(
            f"`VIDEO_GEN_OBJECT_STORE={url}` is no place for files: write it like s3://bucket/prefix, "
            "gs://bucket/prefix, az://container/prefix or file:///folder"
        )
    try:
        from video_gen.engine.objects import ObjectVault
    except ModuleNotFoundError:
        raise ConfigurationError("object stores need their library: pip install 'video-gen[objects]'") from None
    return ObjectVault(url, environment)
