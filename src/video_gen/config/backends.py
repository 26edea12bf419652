"""What each backend of `video_gen.video_generator` needs to know: keys, addresses, and its usual settings.

A configuration is complete when it is made: what is missing is said then, with the variable to set. Which variables
hold a provider's key and address is in the catalog.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self, get_args

from video_gen.catalog import load_catalog
from video_gen.config.environment import DOTENV
from video_gen.config.settings import Config
from video_gen.exceptions import ConfigurationError, InvalidRequestError
from video_gen.spec import Provider

VideoBackend = Literal["sora2", "azure-sora", "veo3", "runway"]
Environ = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class BackendConfig:
    """What the backends have in common."""

    PROVIDERS: ClassVar[tuple[str, ...]]
    """The services that can stand behind it, by their ids in the catalog; the first that is set up is used."""

    api_key: str = field(default="", repr=False)
    base_url: str | None = None
    """Another address for the service: a relay, a region, a server of your own. None: its own."""
    default_model: str
    default_width: int = 1280
    default_height: int = 720
    default_fps: int = 24
    default_duration: int = 8
    """Seconds."""
    max_retries: int | None = None
    """How often a submit is repeated that is refused for the moment; None: as this machine's settings say."""
    retry_base_delay: float | None = None
    """Seconds before the first repetition; None: likewise."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        self.validate()

    @classmethod
    def from_environment(cls, environ: Environ | None = None, dotenv: Path | None = None) -> Self:
        """Read the environment and `.env`.

        Raises:
            ConfigurationError: names the variable that is missing or wrong.
        """
        settings = Config.from_environment(environ, dotenv)
        provider = cls._chosen(settings)
        key = settings.key_for(provider)
        found: dict[str, Any] = {
            "api_key": "" if key is None else key.get_secret_value(),
            "base_url": settings.base_url_for(provider),
            **cls._found(provider, settings.settings_for(provider)),
        }
        return cls(**{name: value for name, value in found.items() if value is not None})

    @classmethod
    def _chosen(cls, settings: Config) -> Provider:  # noqa: ARG003 (for those that have a choice)
        return load_catalog().provider(cls.PROVIDERS[0])

    @classmethod
    def _found(cls, provider: Provider, settings: Mapping[str, str]) -> dict[str, str | None]:  # noqa: ARG003 (same)
        """Return more fields, from the provider's settings."""
        return {}

    @property
    def provider(self) -> Provider:
        """The service that is spoken to."""
        return load_catalog().provider(self.PROVIDERS[0])

    @property
    def services(self) -> tuple[str, ...]:
        """The ids of that service and of those that may stand in for it: of the same owner, under the same terms."""
        return (self.provider.id,)

    def validate(self) -> None:
        """Check every value.

        Raises:
            ConfigurationError: names the value, what it takes and the way out.
        """
        if not self.api_key.strip():
            raise self.missing("an API key", "api_key", self.provider.key_env)
        for name in ("default_width", "default_height", "default_fps", "default_duration"):
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"{type(self).__name__}: `{name}={getattr(self, name)}` is not above 0")
        for name in ("max_retries", "retry_base_delay"):
            if (getattr(self, name) or 0) < 0:
                raise ConfigurationError(f"{type(self).__name__}: `{name}={getattr(self, name)}` is below 0")

    def missing(self, what: str, name: str, variables: tuple[str, ...]) -> ConfigurationError:
        """Return the error for a value that is not there."""
        return ConfigurationError(
            f"{type(self).__name__} needs {what}: set {' or '.join(variables)} in the environment or in {DOTENV}, "
            f"or give `{name}=`"
        )

    def variables(self) -> dict[str, str]:
        """Return the environment variables that say the same."""
        provider = self.provider
        said = {provider.key_env[0]: self.api_key}
        if provider.base_url_env:
            said[provider.base_url_env[0]] = self.base_url or ""
        return {name: value for name, value in said.items() if value}

    def installation(self) -> Config:
        """Return this machine's settings, with this configuration's keys and addresses in them.

        Raises:
            ConfigurationError: a setting of this machine is wrong.
        """
        settings = Config.from_environment()
        said = {"max_retries": self.max_retries, "retry_delay": self.retry_base_delay}
        patience = {name: value for name, value in said.items() if value is not None}
        return settings.model_copy(update={"environment": settings.environment | self.variables(), **patience})


@dataclass(frozen=True, kw_only=True)
class SoraConfig(BackendConfig):
    """OpenAI's Sora, and every service that speaks its wire format: OPENAI_API_KEY, OPENAI_BASE_URL."""

    PROVIDERS: ClassVar[tuple[str, ...]] = ("openai",)

    default_model: str = "sora-2"


@dataclass(frozen=True, kw_only=True)
class AzureSoraConfig(BackendConfig):
    """Sora as deployed on Azure AI Foundry: AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT."""

    PROVIDERS: ClassVar[tuple[str, ...]] = ("azure",)

    azure_endpoint: str = ""
    """The resource, like "https://NAME.openai.azure.com"; not needed with `base_url`."""
    api_version: str = "2024-10-01-preview"
    """Kept for programs that say it: the paths of Azure's v1 API take no version."""
    default_model: str = "sora-2"

    @classmethod
    def _found(cls, provider: Provider, settings: Mapping[str, str]) -> dict[str, str | None]:  # noqa: ARG003
        return {"azure_endpoint": settings.get("resource"), "api_version": settings.get("api_version")}

    def validate(self) -> None:
        """Check every value; see `BackendConfig.validate`."""
        super().validate()
        if not self.azure_endpoint and not self.base_url:
            raise self.missing("an endpoint", "azure_endpoint", self.provider.settings_env["resource"])
        if self.azure_endpoint and not self.azure_endpoint.startswith(("https://", "http://")):
            raise ConfigurationError(
                f"AzureSoraConfig: `azure_endpoint={self.azure_endpoint}` is no address: write it like "
                "https://NAME.openai.azure.com"
            )

    def variables(self) -> dict[str, str]:
        """Return the environment variables that say the same."""
        endpoint = {self.provider.settings_env["resource"][0]: self.azure_endpoint} if self.azure_endpoint else {}
        return super().variables() | endpoint


@dataclass(frozen=True, kw_only=True)
class Veo3Config(BackendConfig):
    """Google's Veo: by the Gemini API, on Google Cloud, or through a relay.

    From the environment: GEMINI_API_KEY or GOOGLE_API_KEY mean the Gemini API; VEO3_API_KEY does too, unless
    VEO3_BASE_URL names a relay whose key it is; GOOGLE_CLOUD_PROJECT alone means Google Cloud.
    """

    PROVIDERS: ClassVar[tuple[str, ...]] = ("google", "kuai", "vertex")

    service: Literal["google", "kuai", "vertex"] | None = None
    """Which of the three, by its id in the catalog; None: as the other values suggest."""
    project_id: str | None = None
    """Of Google Cloud."""
    location: str = "us-central1"
    default_model: str = "veo-3.1-fast-generate-preview"

    @classmethod
    def _chosen(cls, settings: Config) -> Provider:
        catalog = load_catalog()
        google, relay, cloud = (catalog.provider(name) for name in cls.PROVIDERS)
        if settings.key_for(google) is not None:
            return google
        if settings.key_for(relay) is not None and settings.base_url_for(relay) is not None:
            return relay
        return cloud if settings.settings_for(cloud).get("project") else google

    @classmethod
    def _found(cls, provider: Provider, settings: Mapping[str, str]) -> dict[str, str | None]:
        place = {"project_id": settings.get("project"), "location": settings.get("location")}
        return {"service": provider.id, **(place if provider.id == "vertex" else {})}

    @property
    def provider(self) -> Provider:
        """The service that is spoken to."""
        suggested = "kuai" if self.base_url else "vertex" if self.project_id else "google"
        return load_catalog().provider(self.service or suggested)

    @property
    def services(self) -> tuple[str, ...]:
        """Google Cloud stands in for the Gemini API; a relay stands in for nobody."""
        return ("google", "vertex") if self.provider.id == "google" else (self.provider.id,)

    def validate(self) -> None:
        """Check every value; see `BackendConfig.validate`. On Google Cloud the machine's own credentials do."""
        if self.provider.id == "vertex" and not self.project_id:
            raise self.missing("a project", "project_id", self.provider.settings_env["project"])
        if self.provider.id != "vertex" or self.api_key:
            super().validate()

    def variables(self) -> dict[str, str]:
        """Return the environment variables that say the same."""
        if self.provider.id != "vertex":
            return super().variables()
        names = self.provider.settings_env
        place = {names["project"][0]: self.project_id or "", names["location"][0]: self.location}
        return super().variables() | place


@dataclass(frozen=True, kw_only=True)
class RunwayConfig(BackendConfig):
    """Runway, and Veo through it: RUNWAYML_API_SECRET or RUNWAY_API_KEY, RUNWAYML_BASE_URL, RUNWAY_MODEL."""

    PROVIDERS: ClassVar[tuple[str, ...]] = ("runway",)

    default_model: str = "gen4_turbo"
    default_duration: int = 5

    @classmethod
    def _found(cls, provider: Provider, settings: Mapping[str, str]) -> dict[str, str | None]:  # noqa: ARG003
        return {"default_model": settings.get("model")}


_CONFIGS: Final[dict[VideoBackend, type[BackendConfig]]] = {
    "sora2": SoraConfig,
    "azure-sora": AzureSoraConfig,
    "veo3": Veo3Config,
    "runway": RunwayConfig,
}


def config_class(backend: str) -> type[BackendConfig]:
    """Return the class that configures a backend.

    Raises:
        InvalidRequestError: there is no such backend; it is a `ValueError`.
    """
    for name, kind in _CONFIGS.items():
        if name == backend:
            return kind
    raise InvalidRequestError(f"`{backend}` is no backend: choose {', '.join(get_args(VideoBackend))}")


def create_config_for_backend(backend: VideoBackend) -> BackendConfig:
    """Read a backend's configuration from the environment and `.env`.

    Raises:
        InvalidRequestError: there is no such backend; it is a `ValueError`.
        ConfigurationError: names the variable that is missing or wrong; it is a `ValueError` too.
    """
    return config_class(backend).from_environment()
