from pathlib import Path

import pytest

from video_gen.catalog import load_catalog
from video_gen.config import Config, origin, read_environment
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Provider


def _provider(**fields: object) -> Provider:
    return Provider.model_validate(
        {"id": "acme", "title": "Acme", "protocol": "openai", "base_url": "https://a", **fields}
    )


def test_the_environment_wins_over_dotenv_and_empty_means_not_set(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("OUTPUTS_DIR=/filed\nVIDEO_GEN_MODEL='filed model'\nEMPTY=\nRAW=$HOME/x\n")
    found = read_environment({"OUTPUTS_DIR": "/set", "VIDEO_GEN_MODEL": ""}, dotenv)
    assert found == {"OUTPUTS_DIR": "/set", "RAW": "$HOME/x"}
    assert origin("OUTPUTS_DIR", {"OUTPUTS_DIR": "/set"}, dotenv) == "environment"
    assert origin("OUTPUTS_DIR", {}, dotenv) == ".env"
    assert origin("VIDEO_GEN_HOME", {}, dotenv) == "default"


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    config = Config.from_environment({}, tmp_path / "none")
    assert (config.outputs_dir, config.model, config.max_concurrent) == (Path("outputs"), None, 2)
    assert config.home.is_absolute()


@pytest.mark.parametrize(
    ("variable", "value", "takes"),
    [
        ("VIDEO_MAX_CONCURRENT", "0", "give 1 or more"),
        ("VIDEO_MAX_CONCURRENT", "many", "give a whole number"),
        ("VIDEO_GEN_MAX_COST_PER_DAY", "lots", "give a number"),
        ("VIDEO_GEN_LOG_LEVEL", "LOUD", "choose '"),
        ("VIDEO_GEN_ALLOW_PRIVATE_URLS", "perhaps", "give true or false"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(variable: str, value: str, takes: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"`{variable}={value}`: {takes}"):
        Config.from_environment({variable: value}, tmp_path / "none")


def test_an_unreadable_dotenv_is_said(tmp_path: Path) -> None:
    broken = tmp_path / ".env"
    broken.write_bytes(b"\xff\xfe\x00KEY=\xff")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_environment({}, broken)


def test_keys_follow_the_providers_order_and_never_show(tmp_path: Path) -> None:
    config = Config.from_environment({"SECOND_KEY": "s3cret", "ACME_URL": "https://relay"}, tmp_path / "none")
    provider = _provider(key_env=("FIRST_KEY", "SECOND_KEY"), base_url_env=("ACME_URL",))
    key = config.key_for(provider)
    assert key is not None
    assert key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(config) + str(key) + config.model_dump_json()
    assert config.base_url_for(provider) == "https://relay"
    assert config.key_for(_provider(key_env=("FIRST_KEY",))) is None


def test_provider_settings_overlay_their_defaults(tmp_path: Path) -> None:
    provider = _provider(
        settings={"region": "a", "tier": "x"}, settings_env={"region": ("ACME_REGION",), "zone": ("ACME_ZONE",)}
    )
    config = Config.from_environment({"ACME_REGION": "b"}, tmp_path / "none")
    assert config.settings_for(provider) == {"region": "b", "tier": "x"}


def test_the_local_provider_needs_no_key() -> None:
    catalog = load_catalog()
    assert catalog.provider_of(catalog.card("local")).key_env == ()
