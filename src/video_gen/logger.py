"""The library's logger: everything, to `logs/video_gen.log` below the working directory, and never a secret.

What a program's own handlers show is theirs to say: records go on to them by the root logger's level, as without this.
"""

import logging
import re
from io import StringIO, TextIOBase
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

NAME: Final = "video_gen"
FILE: Final = Path("logs") / "video_gen.log"
_MAX_BYTES: Final = 10 * 2**20
_KEPT: Final = 5
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_SECRET: Final = re.compile(
    r"(?P<before>(?:Bearer|Key|Token)\s+|(?:api[_-]?key|secret|token|signature|password)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"',;&]{4,}|\b(?:sk|vg|r8)[-_][A-Za-z0-9_-]{8,}|\bkey_[0-9a-f]{32,}|\bAIza[A-Za-z0-9_-]{10,}|\bya29\.[A-Za-z0-9._-]+",
    re.IGNORECASE,
)


def get_library_logger() -> logging.Logger:
    """Return the logger of the library; it writes DEBUG and above to its file, which appears with the first record.

    The file is rotated at 10 MiB, and five old ones are kept. Where it cannot be written, the program goes on without.
    """
    logger = logging.getLogger(NAME)
    if not any(isinstance(handler, _LogFile) for handler in logger.handlers):
        file = _LogFile(FILE.absolute(), maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True)
        file.setFormatter(_Masked(_FORMAT))
        logger.addHandler(file)
        logger.addHandler(_OnToRoot())
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    return logger


class _LogFile(RotatingFileHandler):
    """Makes its folder when it has something to say, and falls silent where it may not write."""

    def _open(self) -> TextIOBase:  # type: ignore[override] # a writer that keeps nothing is one too
        try:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            return super()._open()
        except OSError:
            return StringIO()


class _Masked(logging.Formatter):
    """Takes out what looks like a key, wherever it came from."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, its traceback below it."""
        return _SECRET.sub(lambda found: f"{found['before'] or ''}***", super().format(record))


class _OnToRoot(logging.Handler):
    """Hands records on to the program's own handlers, as far as the root logger's level lets them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand it on; without any handler, Python's last resort shows warnings."""
        root = logging.getLogger()
        if record.levelno < root.level:
            return
        if root.handlers:
            root.callHandlers(record)
        elif logging.lastResort is not None and record.levelno >= logging.lastResort.level:
            logging.lastResort.handle(record)
