"""The library's log: a file that appears when there is something to say, with everything in it but secrets."""

import logging
from pathlib import Path

import pytest

from video_gen.logger import get_library_logger

LOG = Path("logs/video_gen.log")


@pytest.fixture
def logger():
    return get_library_logger()


def test_the_file_appears_with_the_first_record(logger):
    assert not LOG.parent.exists()
    logger.debug("a detail")
    logging.getLogger("video_gen.engine.workflow").info("from inside")
    text = LOG.read_text()
    assert "DEBUG video_gen: a detail" in text
    assert "INFO video_gen.engine.workflow: from inside" in text


def test_asked_for_again_it_is_the_same(logger):
    assert get_library_logger() is logger
    logger.info("once")
    assert LOG.read_text().count("once") == 1


def test_it_is_rotated(logger):
    handler = next(each for each in logger.handlers if isinstance(each, logging.FileHandler))
    assert (handler.maxBytes, handler.backupCount) == (10 * 2**20, 5)
    handler.maxBytes = 200
    for number in range(40):
        logger.info("line %d", number)
    assert sorted(path.name for path in LOG.parent.iterdir()) == [
        "video_gen.log", *(f"video_gen.log.{number}" for number in range(1, 6)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefgh12345678",
        "AIzaSyA1234567890abcdef",
        "vg_abcdefgh12345678",
        "key_" + "0f" * 64,
        "ya29.a0AfB_x-y",
    ],
)
def test_no_secret_gets_in(logger, secret):
    logger.info("calling with %s", secret)
    logger.info("Authorization: Bearer %s", "opaque-token-1")
    logger.info('{"api_key": "opaque-token-2"}')
    error = RuntimeError(f"https://x/?token=opaque-token-3&k={secret}")
    logger.error("it broke", exc_info=error)
    text = LOG.read_text()
    assert secret not in text
    assert "opaque-token" not in text
    assert "calling with ***" in text
    assert "it broke" in text


def test_the_programs_own_handlers_see_what_their_level_lets_through(logger, monkeypatch):
    heard: list[str] = []
    own = logging.Handler()
    own.emit = lambda record: heard.append(record.getMessage())
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [own])
    monkeypatch.setattr(root, "level", logging.WARNING)
    logger.debug("a detail")
    logger.warning("a warning")
    assert heard == ["a warning"]


def test_without_any_warnings_are_still_seen(logger, monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logger.info("a fact")
    logger.warning("a warning")
    assert capsys.readouterr().err == "a warning\n"


@pytest.mark.parametrize("blocked", ["a file in its place", "no right to write"])
def test_where_it_may_not_write_the_program_goes_on(logger, tmp_path, monkeypatch, capsys, blocked):
    if blocked == "a file in its place":
        Path("logs").write_text("")
    else:
        monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(PermissionError("read-only")))
    logger.info("said into the void")
    assert capsys.readouterr().err == ""
    assert not LOG.exists()
