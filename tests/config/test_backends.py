"""Each backend's configuration: complete when it is made, and read from the variables its provider is known by."""

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from video_gen.config import (
    AzureSoraConfig,
    RunwayConfig,
    SoraConfig,
    Veo3Config,
    VideoBackend,
    create_config_for_backend,
)
from video_gen.exceptions import ConfigurationError

AZURE = {"AZURE_OPENAI_API_KEY": "a", "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}


@pytest.mark.parametrize(
    ("kind", "environ", "expected"),
    [
        (SoraConfig, {"OPENAI_API_KEY": "o"}, {"api_key": "o", "base_url": None, "default_model": "sora-2"}),
        (SoraConfig, {"OPENAI_API_KEY": "o", "OPENAI_BASE_URL": "https://r/v1"}, {"base_url": "https://r/v1"}),
        (AzureSoraConfig, AZURE, {"api_key": "a", "azure_endpoint": "https://me.openai.azure.com"}),
        (AzureSoraConfig, AZURE, {"api_version": "2024-10-01-preview"}),
        (AzureSoraConfig, AZURE | {"AZURE_OPENAI_API_VERSION": "v1"}, {"api_version": "v1"}),
        (RunwayConfig, {"RUNWAY_API_KEY": "r"}, {"api_key": "r", "default_model": "gen4_turbo", "default_duration": 5}),
        (RunwayConfig, {"RUNWAY_API_KEY": "r", "RUNWAYML_API_SECRET": "s"}, {"api_key": "s"}),
        (RunwayConfig, {"RUNWAY_API_KEY": "r", "RUNWAY_MODEL": "gen4"}, {"default_model": "gen4"}),
        (Veo3Config, {"GEMINI_API_KEY": "g", "GOOGLE_API_KEY": "o"}, {"service": "google", "api_key": "g"}),
        (Veo3Config, {"GOOGLE_API_KEY": "o", "VEO3_API_KEY": "v"}, {"service": "google", "api_key": "o"}),
        (Veo3Config, {"VEO3_API_KEY": "v"}, {"service": "google", "api_key": "v"}),
        (
            Veo3Config,
            {"VEO3_API_KEY": "v", "VEO3_BASE_URL": "https://relay"},
            {"service": "kuai", "api_key": "v", "base_url": "https://relay"},
        ),
        (
            Veo3Config,
            {"GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_OAUTH_ACCESS_TOKEN": "t"},
            {"service": "vertex", "project_id": "p", "api_key": "t", "location": "us-central1"},
        ),
        (Veo3Config, {"VEO3_PROJECT_ID": "p", "VEO3_LOCATION": "x"}, {"project_id": "p", "location": "x"}),
    ],
)
def test_variables_and_their_precedence(kind, environ, expected, tmp_path):
    config = kind.from_environment(environ, tmp_path / "none")
    assert {name: getattr(config, name) for name in expected} == expected


def test_dotenv_is_read_and_the_environment_wins(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPENAI_API_KEY=filed\nOPENAI_BASE_URL=https://filed\n")
    config = SoraConfig.from_environment({"OPENAI_API_KEY": "set"}, dotenv)
    assert (config.api_key, config.base_url) == ("set", "https://filed")


@pytest.mark.parametrize(
    ("kind", "environ", "words"),
    [
        (SoraConfig, {}, "SoraConfig needs an API key: set OPENAI_API_KEY"),
        (AzureSoraConfig, {"AZURE_OPENAI_API_KEY": "a"}, "needs an endpoint: set AZURE_OPENAI_ENDPOINT"),
        (AzureSoraConfig, {"AZURE_OPENAI_ENDPOINT": "https://a"}, "set AZURE_OPENAI_API_KEY or AZURE_API_KEY"),
        (AzureSoraConfig, AZURE | {"AZURE_OPENAI_ENDPOINT": "me"}, "`azure_endpoint=me` is no address"),
        (Veo3Config, {}, "set GEMINI_API_KEY or GOOGLE_API_KEY or VEO3_API_KEY"),
        (Veo3Config, {"VEO3_BASE_URL": "https://relay"}, "needs an API key"),
        (RunwayConfig, {}, "set RUNWAYML_API_SECRET or RUNWAY_API_KEY"),
    ],
)
def test_what_is_missing_is_named_with_its_variable(kind, environ, words, tmp_path):
    with pytest.raises(ConfigurationError) as told:
        kind.from_environment(environ, tmp_path / "none")
    assert words in str(told.value)
    assert isinstance(told.value, ValueError)


def test_what_is_given_by_hand_is_checked_alike():
    with pytest.raises(ConfigurationError, match="or give `api_key=`"):
        SoraConfig()
    with pytest.raises(ConfigurationError, match="`default_width=0` is not above 0"):
        SoraConfig(api_key="k", default_width=0)
    with pytest.raises(ConfigurationError, match="needs a project"):
        Veo3Config(service="vertex")
    assert Veo3Config(project_id="p").provider.id == "vertex", "the machine's own credentials do"
    assert Veo3Config(api_key="k", base_url="https://relay").provider.id == "kuai"


def test_it_cannot_be_changed_and_shows_no_key():
    config = SoraConfig(api_key="s3cret-key")
    assert "s3cret" not in repr(config)
    with pytest.raises(FrozenInstanceError):
        config.api_key = "other"


@pytest.mark.parametrize(
    ("config", "service", "address"),
    [
        (SoraConfig(api_key="k", base_url="https://relay/v1"), "openai", "https://relay/v1"),
        (AzureSoraConfig(api_key="k", azure_endpoint="https://me"), "azure", None),
        (Veo3Config(api_key="k"), "google", None),
        (Veo3Config(api_key="k", base_url="https://relay"), "kuai", "https://relay"),
        (Veo3Config(api_key="k", project_id="p", location="x"), "vertex", None),
        (RunwayConfig(api_key="k", base_url="https://r"), "runway", "https://r"),
    ],
)
def test_it_leads_the_installation_to_its_service(config, service, address):
    installation = config.installation()
    assert installation.key_for(config.provider).get_secret_value() == "k"
    assert (config.provider.id, installation.base_url_for(config.provider)) == (service, address)


def test_patience_is_the_machines_unless_it_is_said(monkeypatch):
    monkeypatch.setenv("VIDEO_GENERATION_MAX_RETRIES", "7")
    usual = SoraConfig(api_key="k").installation()
    own = SoraConfig(api_key="k", max_retries=0, retry_base_delay=30).installation()
    assert (usual.max_retries, usual.retry_delay) == (7, 5.0)
    assert (own.max_retries, own.retry_delay) == (0, 30)
    with pytest.raises(ConfigurationError, match="`max_retries=-1` is below 0"):
        SoraConfig(api_key="k", max_retries=-1)


def test_places_go_along():
    azure = AzureSoraConfig(api_key="k", azure_endpoint="https://me")
    assert azure.installation().settings_for(azure.provider)["resource"] == "https://me"
    veo = Veo3Config(api_key="k", project_id="p", location="x")
    settings = veo.installation().settings_for(veo.provider)
    assert (settings["project"], settings["location"]) == ("p", "x")


def test_one_for_each_backend(monkeypatch):
    for name, value in {**AZURE, "OPENAI_API_KEY": "o", "GEMINI_API_KEY": "g", "RUNWAY_API_KEY": "r"}.items():
        monkeypatch.setenv(name, value)
    made = [type(create_config_for_backend(backend)) for backend in get_args(VideoBackend)]
    assert made == [SoraConfig, AzureSoraConfig, Veo3Config, RunwayConfig]
    with pytest.raises(ValueError, match="`sora` is no backend: choose sora2, azure-sora, veo3, runway"):
        create_config_for_backend("sora")
