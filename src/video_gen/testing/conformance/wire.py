"""What the suite has to be told about one wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from video_gen.spec import Protocol
from video_gen.testing.emulators.emulator import KEY, Emulator


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A protocol, by a provider that speaks it."""

    emulator: Callable[[], Emulator]
    """Makes a fresh emulator."""
    environment: Callable[[Any], Mapping[str, str]]
    """The settings that point video-gen at a served emulator, as environment variables."""
    text: str
    """Catalog id of a model that makes a video from a prompt."""
    image: str | None = None
    """Catalog id of a model that makes a video from a picture; None: this wire has none."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """More fields of every request."""
    secret: str = KEY
    """What must never be found in anything stored, nor at another host."""
    without: Mapping[str, str] = field(default_factory=dict)
    """Faults this wire cannot have, with the reason."""
    protocol: Callable[[], Protocol] | None = None
    """Makes the protocol; None: the one that is registered under the provider's name for it."""
    cancels: bool = True
    """A running job can be stopped at the provider."""
