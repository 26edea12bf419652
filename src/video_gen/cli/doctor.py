"""`video-gen doctor`: checks everything a first video needs, and says what to do where something is missing."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from video_gen.cli.output import JsonOption, print_json, say
from video_gen.exceptions import ConfigurationError, StorageError, VideoGenerationError

if TYPE_CHECKING:
    from video_gen.config import Config

Check = tuple[str, Callable[[], str]]


def doctor(as_json: JsonOption = False) -> None:
    """Check this installation: Python, codecs, folders, catalog, store, keys, and one tiny render."""
    failed = False
    for name, outcome, problem in _run(_checks()):
        failed |= problem
        if as_json:
            print_json({"check": name, "ok": not problem, "detail": outcome})
        else:
            say(f"{'problem' if problem else 'ok':<8} {name}: {outcome}")
    raise typer.Exit(ConfigurationError.exit_code if failed else 0)


def _run(checks: Iterator[Check]) -> Iterator[tuple[str, str, bool]]:
    for name, check in checks:
        try:
            yield name, check(), False
        except (VideoGenerationError, OSError) as error:
            yield name, str(error), True


def _checks() -> Iterator[Check]:
    from video_gen.config import Config

    yield "python", lambda: sys.version.split()[0]
    yield "codecs", _codecs
    yield "catalog", _catalog
    try:
        config = Config.from_environment()
    except ConfigurationError as error:
        sentence = str(error)
        yield "settings", lambda: _fail(sentence)
        return
    yield "state folder", lambda: _writable(config.home)
    yield "outputs folder", lambda: _writable(config.outputs_dir)
    yield "keys", lambda: _keys(config)
    yield "store", lambda: asyncio.run(_store())
    if config.database_url or config.object_store:
        yield "files", lambda: _files(config)
    if config.database_url:
        yield "secret", lambda: _secret(config)
    yield "render", _render


def _fail(sentence: str) -> str:
    raise ConfigurationError(sentence)


def _codecs() -> str:
    import av

    missing = [name for name in ("libx264", "aac", "libwebp", "png") if name not in av.codecs_available]
    if missing:
        raise ConfigurationError(
            f"PyAV {av.__version__} lacks {', '.join(missing)}: install the wheel from the package index"
        )
    version = ".".join(map(str, av.library_versions["libavcodec"]))
    return f"PyAV {av.__version__}, libavcodec {version}, H.264 and AAC"


def _catalog() -> str:
    from video_gen.catalog import load_catalog

    catalog = load_catalog()
    alive = sum(card.lifecycle.status != "retired" for card in catalog.cards.values())
    return f"{len(catalog.cards)} models of {len(catalog.providers)} providers, {alive} not retired"


def _writable(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".check-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    if free < 500_000_000:
        raise StorageError(f"{folder} has {free / 1e6:.0f} MB left: make room, a video needs some")
    return f"{folder.resolve()}, {free / 1e9:.0f} GB free"


def _keys(config: "Config") -> str:
    from video_gen.catalog import load_catalog

    found = [provider.id for provider in load_catalog().providers.values() if config.key_for(provider)]
    return ", ".join(found) or "none set: the local renderer works without"


async def _store() -> str:
    from video_gen.client import AsyncClient

    async with AsyncClient.here() as client:
        unfinished = await client.jobs.unfinished()
        attended, shared = await client.engine.attended(), client.engine.shared
    jobs = f"{len(unfinished)} unfinished jobs"
    if unfinished and not attended:
        way = "start `video-gen worker`" if shared else "`video-gen jobs resume`"
        return f"{jobs} and nobody running them: {way}"
    if shared:
        return f"PostgreSQL answers; {jobs}; {'workers are alive' if attended else 'no worker is alive'}"
    return f"opens; {jobs}"


def _files(config: "Config") -> str:
    """Keep a file where every machine has to find it, read it and remove it."""
    from hashlib import sha256
    from secrets import token_hex

    from video_gen.client.wiring import places_of

    places = places_of(config)
    content = token_hex(16).encode()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "check"
        file.write_bytes(content)
        name = f"checks/{content.decode()}"
        location = places.files.keep(file, name, sha256=sha256(content).hexdigest(), media_type="text/plain")
    places.files.discard(location)
    shown = f"kept in {places.files.where}"
    return shown if config.object_store else f"{shown}: every machine must see that same folder"


def _secret(config: "Config") -> str:
    from video_gen.client.wiring import places_of

    try:
        places_of(config).keyring.check()
    except ConfigurationError as error:
        return f"none, and needed only where callers bring keys, and by `video-gen serve`: {error}"
    return "set"


def _render() -> str:
    from time import perf_counter

    from video_gen.local.animatic import render_animatic
    from video_gen.media.verify import Expectation, verify

    with TemporaryDirectory() as folder:
        path = Path(folder) / "check.mp4"
        start = perf_counter()
        render_animatic("a calm ocean at sunset", path, width=320, height=180, fps=24, seconds=1, seed=0)
        took = perf_counter() - start
        verify(path, Expectation(width=320, height=180, seconds=1))
    return f"one second of 320x180 in {took:.1f} s, verified"
