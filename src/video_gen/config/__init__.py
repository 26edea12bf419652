"""The one reader of the environment and of `.env`. Imported by composition roots only.

Belongs here: settings, and the variables they are read from. Does not belong here: what is done with them.
"""

from video_gen.config.backends import (
    AzureSoraConfig,
    BackendConfig,
    RunwayConfig,
    SoraConfig,
    Veo3Config,
    VideoBackend,
    config_class,
    create_config_for_backend,
)
from video_gen.config.environment import DOTENV, Origin, origin, read_environment
from video_gen.config.settings import Config, variables

__all__ = [
    "DOTENV",
    "AzureSoraConfig",
    "BackendConfig",
    "Config",
    "Origin",
    "RunwayConfig",
    "SoraConfig",
    "Veo3Config",
    "VideoBackend",
    "config_class",
    "create_config_for_backend",
    "origin",
    "read_environment",
    "variables",
]
