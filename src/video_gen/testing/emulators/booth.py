"""An emulator's place in the sandbox: how it is made, and the settings that lead to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from video_gen.testing.emulators.emulator import KEY, Emulator
from video_gen.testing.emulators.world import World


@dataclass(frozen=True, kw_only=True)
class Booth:
    """A module that holds an emulator names it by `SANDBOX = (Booth(...), ...)`."""

    name: str
    """The provider's id: the first part of the emulator's path in the sandbox."""
    title: str
    make: Callable[[World], Emulator]
    settings: Mapping[str, str]
    """Environment variables that lead video-gen and the vendor's client here; `{url}` stands for the emulator's URL and
    `{key}` for a key it accepts."""
    note: str = ""
    """What else one has to know, for the vendor's client."""
    try_model: str = ""
    """A catalog id to try it with."""

    def environment(self, url: str) -> dict[str, str]:
        """Return the settings for an emulator served at `url`."""
        return {name: value.format(url=url, key=KEY) for name, value in self.settings.items()}
