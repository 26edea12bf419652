"""The server's log: lines for people, or JSON for machines; in neither a secret."""

import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.config import Config
from video_gen.transport.redact import redact

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up(config: Config, secrets: Collection[str]) -> None:
    """Write the log of this process to standard error, as the settings say.

    Args:
        config: Level and format.
        secrets: Texts that never appear in it.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(secrets) if config.log_format == "json" else Lines(secrets))
    logging.basicConfig(level=config.log_level, handlers=[handler], force=True)


class Lines(logging.Formatter):
    """A line for a person."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__(_TEXT)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return redact(super().format(record), self._secrets)


class JsonLines(logging.Formatter):
    """An object on one line."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage(), self._secrets),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            facts["exception"] = redact(self.formatException(record.exc_info), self._secrets)
        return json.dumps(facts, ensure_ascii=False, default=str)
