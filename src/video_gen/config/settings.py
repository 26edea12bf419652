"""The settings of an installation, and where the keys and addresses of providers come from."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from video_gen.config.environment import DOTENV, read_environment
from video_gen.config.unread import warn_of_unread
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Provider
from video_gen.spec.request import in_words


class Config(BaseModel):
    """Where things live and how much at once; every field can be set by its environment variable."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("video-gen", appauthor=False),
        validation_alias="VIDEO_GEN_HOME",
        description="State: the job store, inputs, work files. Default: the platform's user data folder.",
    )
    outputs_dir: Path = Field(
        default=Path("outputs"),
        validation_alias="OUTPUTS_DIR",
        description="Where finished videos go.",
    )
    model: str | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_MODEL",
        description="The model when none is named. Default: `local` while no provider key is set.",
    )
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        validation_alias="VIDEO_GEN_BASE_URL",
        description="The server that a Python program's `Client()` works with, like `http://localhost:8000`; the "
        "command line works on this machine. Default: none, jobs are made in the program's own process.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_API_KEY",
        description="The key that is shown to that server.",
    )
    max_concurrent: int = Field(
        default=2,
        ge=1,
        le=1000,
        validation_alias="VIDEO_MAX_CONCURRENT",
        description="Jobs in flight at once for each provider that names no limit of its own.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_DATABASE_URL",
        description="PostgreSQL for jobs that many machines share: `postgresql://user:password@host:5432/name`. "
        "Default: a file in VIDEO_GEN_HOME, for one machine.",
    )
    object_store: str | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_OBJECT_STORE",
        description="Object store for finished videos and media inputs: `s3://bucket/prefix`, `gs://bucket/prefix`, "
        "`az://container/prefix` or `file:///folder`. Default: folders on disk.",
    )
    secret: SecretStr | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_SECRET",
        description="Seals the provider keys that callers bring: at least 32 characters, the same on every machine. "
        "`openssl rand -base64 32` makes one. Default: a secret of its own in VIDEO_GEN_HOME, for one machine.",
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=3,
        le=3600,
        validation_alias="VIDEO_GEN_LEASE_SECONDS",
        description="How long a worker may be silent before others take its jobs over; it gives a sign of life six "
        "times as often. The same on every machine.",
    )
    max_cost_per_day: Decimal | None = Field(
        default=None,
        ge=0,
        max_digits=15,
        validation_alias="VIDEO_GEN_MAX_COST_PER_DAY",
        description="US dollars that all jobs together may cost in a UTC day. Default: no limit.",
    )
    max_jobs_per_day: int | None = Field(
        default=None,
        ge=0,
        validation_alias="VIDEO_GEN_MAX_JOBS_PER_DAY",
        description="Jobs that may be made in a UTC day. Default: no limit.",
    )
    allow_unknown_prices: bool = Field(
        default=False,
        validation_alias="VIDEO_GEN_ALLOW_UNKNOWN_PRICES",
        description="Let models whose price is not known run under a daily ceiling; only what is known counts.",
    )
    max_retries: int = Field(
        default=3,
        ge=0,
        le=20,
        validation_alias="VIDEO_GENERATION_MAX_RETRIES",
        description="How often a submit is repeated that a provider refuses for the moment.",
    )
    retry_delay: float = Field(
        default=5.0,
        ge=0,
        le=3600,
        validation_alias="VIDEO_GENERATION_RETRY_DELAY",
        description="Seconds before the first repetition; longer where the provider asks for it.",
    )
    retry_backoff: float = Field(
        default=2.0,
        ge=1,
        le=10,
        validation_alias="VIDEO_GENERATION_RETRY_BACKOFF",
        description="How many times longer each further repetition waits, up to 300 s.",
    )
    max_queued: int = Field(
        default=10_000,
        ge=1,
        validation_alias="VIDEO_GEN_MAX_QUEUED",
        description="Jobs that may wait for their start; what comes on top is refused, to be handed in again later.",
    )
    max_queued_per_key: int = Field(
        default=1_000,
        ge=1,
        validation_alias="VIDEO_GEN_MAX_QUEUED_PER_KEY",
        description="Of those, jobs of one API key.",
    )
    chat_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        validation_alias="VIDEO_GEN_CHAT_URL",
        description="An OpenAI-compatible chat service, like `http://localhost:11434/v1`: its language model says how "
        "much a prompt demands where a model is chosen, and rewrites prompts where that is asked for. Default: none, "
        "rules do both.",
    )
    chat_model: str | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_CHAT_MODEL",
        description="The language model's name at that service.",
    )
    chat_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="VIDEO_GEN_CHAT_API_KEY",
        description="The key of that service, where it wants one.",
    )
    allow_private_urls: bool = Field(
        default=False,
        validation_alias="VIDEO_GEN_ALLOW_PRIVATE_URLS",
        description="Let URLs given as input, and links to finished videos, reach this machine and private networks.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        validation_alias="VIDEO_GEN_PUBLIC_URL",
        description="How the world reaches the server, for links to files. Default: as each request reached it.",
    )
    link_seconds: int = Field(
        default=86_400,
        ge=60,
        le=31_536_000,
        validation_alias="VIDEO_GEN_LINK_SECONDS",
        description="How long the server's links to files last.",
    )
    content_mode: Literal["redirect", "stream"] = Field(
        default="redirect",
        validation_alias="VIDEO_GEN_CONTENT_MODE",
        description="Whether `/v1/videos/ID/content` leads to a link (307) or sends the bytes itself.",
    )
    presigned_links: bool = Field(
        default=False,
        validation_alias="VIDEO_GEN_PRESIGNED_LINKS",
        description="The server's links lead on to the object store, which sends the files itself.",
    )
    cors_origins: str = Field(
        default="",
        validation_alias="VIDEO_GEN_CORS_ORIGINS",
        description="Web pages that may use the server: their origins, like `https://app.example.com`, with commas.",
    )
    max_body_bytes: int = Field(
        default=64 * 2**20,
        ge=1024,
        validation_alias="VIDEO_GEN_MAX_BODY_BYTES",
        description="The largest body of a request that the server takes.",
    )
    same_request_seconds: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        validation_alias="VIDEO_GEN_SAME_REQUEST_SECONDS",
        description="An identical request within so many seconds is a client's retry, and gets the same job from the "
        "server; 0: it makes another one. With an `Idempotency-Key` the key alone decides.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING",
        validation_alias="VIDEO_GEN_LOG_LEVEL",
        description="What the log shows.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        validation_alias="VIDEO_GEN_LOG_FORMAT",
        description="How the server writes its log to standard error: `json` for machines.",
    )
    environment: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """All that was read: provider keys and settings are looked up here, by the names the catalog gives."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Self:
        """Read the environment and `.env`; what begins like a setting and is none is told in the log.

        Raises:
            ConfigurationError: names the variable, its value and what it takes.
        """
        values = read_environment(environ, dotenv)
        known = {name: values[name] for name in variables() if name in values}
        warn_of_unread(values, variables())
        try:
            return cls.model_validate({**known, "environment": values})
        except ValidationError as error:
            first = error.errors()[0]
            message = f"`{first['loc'][0]}={first['input']}`: {in_words(first)}"
            raise ConfigurationError(f"{message}; change it in the environment or in {DOTENV}") from None

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return None if url is None else url.rstrip("/")

    @field_validator("home", "outputs_dir")
    @classmethod
    def _expand(cls, path: Path) -> Path:
        return path.expanduser()

    def key_for(self, provider: Provider) -> SecretStr | None:
        """Return the provider's key, from the first of its variables that is set."""
        value = self._first(tuple(name for name in provider.key_env if self._counts(name, provider)))
        return None if value is None else SecretStr(value)

    def _counts(self, variable: str, provider: Provider) -> bool:
        needed, barred = provider.key_needs.get(variable), provider.key_unless.get(variable)
        return (needed is None or needed in self.environment) and barred not in self.environment

    def base_url_for(self, provider: Provider) -> str | None:
        """Return the base URL that replaces the provider's own, where one is set."""
        return self._first(provider.base_url_env)

    def settings_for(self, provider: Provider) -> dict[str, str]:
        """Return the provider's settings: its defaults, overlaid by what is set."""
        found = {name: self._first(names) for name, names in provider.settings_env.items()}
        return {**provider.settings, **{name: value for name, value in found.items() if value is not None}}

    def configured(self, provider: Provider) -> Provider:
        """Return the provider as this configuration reaches it: its base URL and settings replaced where set."""
        base_url = self.base_url_for(provider) or provider.base_url
        return provider.model_copy(update={"base_url": base_url, "settings": self.settings_for(provider)})

    def _first(self, names: tuple[str, ...]) -> str | None:
        return next((self.environment[name] for name in names if name in self.environment), None)


def variables() -> dict[str, str]:
    """Return each variable of `Config`, with the field it sets."""
    return {
        info.validation_alias: name
        for name, info in Config.model_fields.items()
        if isinstance(info.validation_alias, str)
    }
