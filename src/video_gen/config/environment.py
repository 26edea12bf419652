"""The one reader of the environment and of `.env`.

A variable set in the environment wins over the same variable in `.env` of the working directory.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from dotenv import dotenv_values

from video_gen.exceptions import ConfigurationError

DOTENV: Final = ".env"
Origin = Literal["environment", ".env", "default"]


def read_environment(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> dict[str, str]:
    """Return the environment over `.env`; an empty value counts as not set.

    Raises:
        ConfigurationError: `.env` exists and cannot be read.
    """
    path = dotenv or Path(DOTENV)
    try:
        filed = dotenv_values(path, interpolate=False) if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    merged = {**filed, **(os.environ if environ is None else environ)}
    return {name: value for name, value in merged.items() if value}


def origin(variable: str, environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Origin:
    """Say where a variable's value comes from."""
    if (os.environ if environ is None else environ).get(variable):
        return "environment"
    return ".env" if variable in read_environment({}, dotenv) else "default"
