"""A service that speaks a protocol: pure data, read from the catalog."""

from typing import Literal

from pydantic import Field

from video_gen.spec.value import Value

Signing = Literal["none", "bearer", "header", "jwt", "google", "sigv4"]
"""How a call proves who makes it; "jwt": a short-lived HS256 token of `settings.access_key`, signed with the key."""


class Provider(Value):
    """A service: where it is, how it is signed for, and what it allows."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    protocol: str
    base_url: str
    """With `{name}` for a setting: "https://{region}.example.com"."""
    signing: Signing = "bearer"
    key_header: str | None = None
    """The header that carries the key when `signing` is "header"."""
    key_format: str = "{key}"
    """What that header holds: "Key {key}"."""
    key_env: tuple[str, ...] = ()
    """Environment variables that may hold the key, the first set one wins."""
    key_needs: dict[str, str] = Field(default_factory=dict)
    """A variable of `key_env` that several services share counts as this one's only while another one is set."""
    key_unless: dict[str, str] = Field(default_factory=dict)
    """The reverse: it counts only while that other one is not set."""
    base_url_env: tuple[str, ...] = ()
    settings_env: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Other settings by name ("region", "project"), each with the variables that may hold it."""
    needs: tuple[str, ...] = ()
    """Settings without which nothing can be sent: a project, a bucket."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Defaults of those settings, and facts of this service that its protocol reads."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers sent with every call."""
    concurrency: int | None = Field(default=None, ge=1)
    """Jobs in flight at once that the service allows; None where unknown."""
    submits_per_minute: int | None = Field(default=None, ge=1)
    """Jobs it takes in any minute; None where unknown."""
    polls_per_minute: int | None = Field(default=None, ge=1)
    """Questions it takes in a minute; None where unknown."""
    docs: str = ""
    note: str = ""
    source: str = ""
    checked: str = ""
    """ISO date on which `source` was read."""
