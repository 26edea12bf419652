"""Where a provider is, from its base URL and settings; and what is missing to reach it."""

from string import Formatter

from video_gen.exceptions import ConfigurationError
from video_gen.spec import Provider
from video_gen.transport.address import UnsafeUrlError, check_url, shown_url


def base_url(provider: Provider) -> str:
    """Return the provider's base URL with its settings filled in, without a slash at its end.

    Raises:
        ConfigurationError: a setting is missing, or what comes out is no address; names the variable to set.
    """
    names = {name for _, name, _, _ in Formatter().parse(provider.base_url) if name}
    values = {name: setting(provider, name).rstrip("/") for name in names}
    url = provider.base_url.format(**values).rstrip("/")
    try:
        check_url(url, allow_private=True)
    except UnsafeUrlError as error:
        variables = [*provider.base_url_env, *(each for name in names for each in provider.settings_env.get(name, ()))]
        hint = f": check {' or '.join(variables)}" if variables else ""
        raise ConfigurationError(
            f"the base URL of `{provider.id}` cannot be used, {error}{hint}", provider=provider.id
        ) from None
    return url


def setting(provider: Provider, name: str) -> str:
    """Return a setting of the provider.

    Raises:
        ConfigurationError: it is not set; names the variable to set.
    """
    value = provider.settings.get(name, "")
    if value:
        return value
    variables = provider.settings_env.get(name, ())
    way_out = f"set {' or '.join(variables)}" if variables else "its catalog file must name it under `settings`"
    raise ConfigurationError(f"`{provider.id}` needs the setting `{name}`: {way_out}", provider=provider.id)


def missing_key(provider: Provider) -> ConfigurationError:
    """Return the error for a provider without a key."""
    way_out = (
        f"set {' or '.join(provider.key_env)}" if provider.key_env else "its catalog file names no variable for it"
    )
    return ConfigurationError(
        f"`{provider.id}` ({shown_url(provider.base_url)}) needs a key: {way_out}", provider=provider.id
    )
