"""Trouble with the disk and the store at the worst moments, caused and not played.

    OPENBLAS_NUM_THREADS=1 unshare --user --map-root-user --mount python troubles.py SCENE...

Full and read-only disks are file systems in memory, of this process and its children alone; scenes without a disk need
no `unshare`. Prints one line of JSON for each scene: its name, and what is wrong with its end.
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lives import How, Life, Plot, prepare
from points import Moment
from schedules import Person, Play, Schedule, Story, wires
from world import Providers

from video_gen.engine.sqlite import SqliteDatabase
from video_gen.exceptions import StorageError

BUSY = 0.3
"""Seconds a life waits for a locked store."""
LONG = 1.2
"""Seconds that trouble lasts: longer than a life waits, and than its first try again."""
ANSWERED = Moment("before store attempt.submitted")
"""The provider has taken and charged the job, and nobody but this process knows."""
WIRE = "runway"
"""It has no way to look a submit up."""

Scene = Callable[[Play, Providers], None]


def must(true: bool, otherwise: object) -> None:  # noqa: FBT001
    assert true, otherwise


@contextmanager
def disk(folder: Path, *, kib: int) -> Iterator[None]:
    """Make a folder a disk of its own."""
    kept = folder.with_name(f"{folder.name}-kept")
    folder.mkdir(exist_ok=True)
    shutil.copytree(folder, kept)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], check=True)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill a disk to its last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    filler.unlink()


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store's lock, as another process would that is slow."""
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")
    connection.close()


def refused(life: Life, *words: str) -> None:
    """Check that a command ended as one does that the disk refused."""
    must(life.code == StorageError.exit_code, f"it ended with {life.code} and said: {life.said}")
    must("Traceback" not in life.said, life.said)
    must(all(each in life.said for each in words), f"it does not say {words}, but: {life.said}")


def outlasts(play: Play, trouble: Callable[[], object]) -> None:
    """Freeze a life while only it knows the answer, let trouble begin and last, and see that nothing is lost."""
    living = play.begin(play.generate(), Plot(end=ANSWERED, how=How.WAKES))
    must(living.frozen(), "it never came to the answer")
    with trouble():
        living.send(signal.SIGCONT)
        time.sleep(LONG)
    life = living.end()
    must(life.code == 0, f"it ended with {life.code} and said: {life.said}")


# --- the scenes -----------------------------------------------------------------------------------------------------


def a_home_that_is_full_at_the_start(play: Play, providers: Providers) -> None:
    before = providers.seen().submits
    with disk(play.home.state, kib=1500):
        with full(play.home.state):
            refused(play.begin(play.generate(), Plot()).end(), "store.db", "space", "VIDEO_GEN_HOME")
        must(providers.seen().submits == before, "something was sent")
        settled(play)


def a_home_that_is_full_when_the_answer_comes(play: Play, providers: Providers) -> None:
    with disk(play.home.state, kib=1500):
        outlasts(play, lambda: full(play.home.state))
        settled(play)


def a_home_that_is_full_when_the_video_comes(play: Play, providers: Providers) -> None:
    with disk(play.home.state, kib=1500):
        living = play.begin(play.generate(), Plot(end=Moment("before begin the part"), how=How.WAKES))
        must(living.frozen(), "it never came to the download")
        with full(play.home.state):
            living.send(signal.SIGCONT)
            refused(living.end(), "free some space")
        settled(play)


def outputs_that_are_full(play: Play, providers: Providers) -> None:
    before, outputs = providers.seen().downloads, play.home.folder / "outputs"
    with disk(outputs, kib=64):
        with full(outputs):
            refused(play.begin(play.generate(), Plot()).end(), "free some space", str(outputs))
        settled(play)
    must(providers.seen().downloads == before + 1, "a video that was there was fetched again")


def a_home_that_is_read_only(play: Play, providers: Providers) -> None:
    before = providers.seen().submits
    with disk(play.home.state, kib=1500):
        subprocess.run(["mount", "-o", "remount,ro", play.home.state], check=True)
        refused(play.begin(play.generate(), Plot()).end(), "store.db", "writable", "VIDEO_GEN_HOME")
        subprocess.run(["mount", "-o", "remount,rw", play.home.state], check=True)
        must(providers.seen().submits == before, "something was sent")
        settled(play)


def a_store_that_is_locked_at_the_start(play: Play, providers: Providers) -> None:
    before = providers.seen().submits
    with locked(play.home.state / "store.db"):
        refused(play.begin(play.generate(), Plot()).end(), "stayed locked by another process")
    must(providers.seen().submits == before, "something was sent")
    settled(play)


def a_store_that_is_locked_when_the_answer_comes(play: Play, providers: Providers) -> None:
    outlasts(play, lambda: locked(play.home.state / "store.db"))
    settled(play)


def a_download_that_another_process_goes_on_with(play: Play, providers: Providers) -> None:
    before = providers.seen().rests
    providers.cause("truncated")  # so that the part is not all of it
    life = play.begin(play.generate(), Plot(end=Moment("after write the part"))).end()
    must(life.code is None, "it was not killed")
    settled(play)
    must(providers.seen().rests == before + 1, "the rest was not asked for")


def settled(play: Play) -> None:
    """Go on to the end, and check it."""
    story = play.run()
    must(not story.wrong, story.wrong)


def shown(scene: Scene, person: Person, usual: Story, providers: Providers) -> str:
    """Play a scene; return what is wrong with it."""
    try:
        with person.stage(usual.schedule, usual) as play:
            scene(play, providers)
    except AssertionError as error:
        return str(error) or "it is not as it should be"
    return ""


def main() -> None:
    prepare()
    SqliteDatabase.open.__func__.__kwdefaults__["busy_seconds"] = BUSY
    with tempfile.TemporaryDirectory(prefix="video-gen-crash-") as folder, Providers() as providers:
        person = Person(providers, Path(folder))
        usual = person.play(Schedule(wire=wires()[WIRE]))
        for name in sys.argv[1:]:
            scene: Scene = globals()[name]
            sys.stdout.write(json.dumps({"scene": name, "wrong": shown(scene, person, usual, providers)}) + "\n")


if __name__ == "__main__":
    main()
