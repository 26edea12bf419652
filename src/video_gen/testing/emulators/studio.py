"""Makes the videos that emulators deliver: real MP4 files, drawn by the embedded renderer."""

import atexit
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from video_gen.spec import Settings

Size = Literal["asked", "small"]

_SMALL_SIDE: Final = 96
_SMALL_SECONDS: Final = 1.0
_SMALL_FPS: Final = 8.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """What an accepted request asks for, in the terms every wire shares."""

    prompt: str = ""
    seconds: float = 5.0
    width: int = 1280
    height: int = 720
    fps: float = 24.0
    audio: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A film being drawn, and then drawn."""

    path: Path
    done: Callable[[], bool]
    share: Callable[[], float]


class Room:
    """A folder of films, and the one hand that draws them."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="video-gen-studio-")
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="studio")
        self._takes: dict[str, Take] = {}
        self._lock = Lock()

    def take(self, settings: Settings) -> Take:
        """Have a film drawn, once."""
        name = sha256(settings.model_dump_json().encode()).hexdigest()[:24]
        with self._lock:  # each served emulator asks from a thread of its own
            if name not in self._takes:
                self._takes[name] = self._start(settings, Path(self._folder.name) / f"{name}.mp4")
            return self._takes[name]

    def close(self) -> None:
        """Stop drawing, and remove the films."""
        self._hand.shutdown(wait=True, cancel_futures=True)
        self._folder.cleanup()

    def _start(self, settings: Settings, path: Path) -> Take:
        share = [0.0]

        def show(done: float) -> None:
            share[0] = done

        future = self._hand.submit(_draw, settings, path, show)

        def done() -> bool:
            return future.done() and future.result() is None  # a film that could not be drawn is raised here

        return Take(path, done, lambda: share[0])


def _draw(settings: Settings, path: Path, progress: Callable[[float], None]) -> None:
    from video_gen.local.draft import draw  # a second's work the first time: not in the thread that answers calls

    draw(settings, {}, path, progress, lambda: False)


@cache
def _common_room() -> Room:
    """Small films are few, and the same whoever asks: they are kept until this process ends."""
    room = Room()
    atexit.register(room.close)
    return room


@dataclass
class Studio:
    """Draws films, one at a time, and keeps them.

    `small` films are a second long and of few pixels, in the asked shape and with or without sound as asked: enough
    for a test. `asked` films are as long and as large as the request says.
    """

    size: Size = "small"

    def __post_init__(self) -> None:
        self._room = _common_room() if self.size == "small" else Room()

    def shoot(self, film: Film) -> Take:
        """Have `film` drawn; the same film is drawn once."""
        return self._room.take(self._settings(film))

    def close(self) -> None:
        """Stop drawing, and remove the films that nobody else may ask for."""
        if self.size == "asked":
            self._room.close()

    def _settings(self, film: Film) -> Settings:
        if self.size == "asked":
            shape = (film.prompt, film.seconds, film.width // 2 * 2, film.height // 2 * 2, film.fps, film.seed)
        else:
            scale = _SMALL_SIDE / min(film.width, film.height)
            width, height = (max(2, round(side * scale / 2) * 2) for side in (film.width, film.height))
            shape = ("a calm sea", min(film.seconds, _SMALL_SECONDS), width, height, _SMALL_FPS, 1)
        prompt, seconds, width, height, fps, seed = shape
        return Settings(
            prompt=prompt, seconds=seconds, width=width, height=height, fps=fps, audio=film.audio, seed=seed
        )
