"""Runs one paid job again and again, each time killed with SIGKILL at another step, until it is done.

    python crash_matrix.py FOLDER VIDEO GUARANTEE LOSE [SEED KILLS SCHEDULES]

Each life is a process of its own, forked from this one, which does nothing else: it opens the store, hands the job in
under its idempotency key, runs it, and kills itself at the step its schedule says. With SEED, schedules are drawn at
random with up to KILLS kills each; without, there is one schedule for each step of an undisturbed life, and one for
that step of the life after it. Prints one JSON line for each schedule, with what is left behind.
"""

import asyncio
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from paid_world import PaidWorld, make_plan

from video_gen.engine import artifacts, database, sqlite
from video_gen.engine.sqlite import SqliteDatabase
from video_gen.spec import Guarantee

FOLDER, VIDEO = map(Path, sys.argv[1:3])
LIVES = 8


class Steps:
    """Counts the steps of one life, and ends it at one of them."""

    def __init__(self, end: int | None) -> None:
        self.end = end
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        if len(self.names) == self.end:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(name)

    def around(self, owner: object, name: str) -> None:
        """Make a step of the moment before and after each call of a function."""
        plain: Callable = getattr(owner, name)

        def counted(*args, **kwargs):
            self(f"before {name}")
            result = plain(*args, **kwargs)
            self(f"after {name}")
            return result

        setattr(owner, name, counted)

    def around_writes(self) -> None:
        plain = SqliteDatabase.write

        async def counted(database: database.Database, work):
            self("before write")
            result = await plain(database, work)
            self("after write")
            return result

        SqliteDatabase.write = counted


async def live(folder: Path, guarantee: Guarantee, lose: int, steps: Steps) -> None:
    world = PaidWorld(folder / "elsewhere", VIDEO)
    world.point = steps
    # An answer is lost once, not once in each life.
    world.lose = 0 if world.accepted() else lose
    steps.around_writes()
    steps.around(os, "link")
    steps.around(artifacts, "flush_folder")
    jobs = await world.jobs(folder / "home", folder / "outputs")
    job = await jobs.create(make_plan(guarantee), idempotency_key="once")
    jobs.run()
    await jobs.wait(job.id, timeout_s=60)
    await jobs.close()


def life(folder: Path, guarantee: Guarantee, lose: int, end: int | None) -> bool:
    """Live once in a process of its own; return whether it came to its natural end."""
    child = os.fork()
    if child == 0:
        steps = Steps(end)
        try:
            asyncio.run(live(folder, guarantee, lose, steps))
            (folder / "steps").write_text(json.dumps(steps.names))
        except BaseException:  # noqa: BLE001 (a child that goes wrong must say so, and must not go on)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def run(folder: Path, guarantee: Guarantee, lose: int, ends: list[int]) -> dict:
    shutil.copytree(folder / "blank", folder / "case" / "home")
    case = folder / "case"
    kills = 0
    for end in [*ends, *[None] * LIVES]:
        if life(case, guarantee, lose, end):
            break
        kills += 1
    result = asyncio.run(left_behind(case))
    shutil.rmtree(case)
    return {"ends": ends, "kills": kills, **result}


async def left_behind(case: Path) -> dict:
    world = PaidWorld(case / "elsewhere", VIDEO)
    jobs = await world.jobs(case / "home", case / "outputs")
    [job] = (await jobs.page()).jobs
    attempts = await jobs.attempts(job.id)
    balance = await jobs.balance()
    await jobs.close()
    return {
        "status": job.status,
        "code": job.error.code if job.error else None,
        "progress": job.progress,
        "cost": job.cost,
        "held": balance.held,
        "spent": balance.spent,
        "epoch": job.epoch,
        "accepted": len(world.accepted()),
        "states": [attempt.state for attempt in attempts],
        "promised": [artifact.sha256 for artifact in job.artifacts],
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((case / "outputs").glob("*"))
        },
        "work": [path.name for path in (case / "home" / "work").glob("*")],
        "steps": json.loads((case / "steps").read_text()),
    }


async def make_blank(folder: Path) -> None:
    await (await sqlite.SqliteDatabase.open(folder / "blank" / "store.db")).close()


def report(result: dict) -> None:
    sys.stdout.write(json.dumps(result) + "\n")


def main() -> None:
    guarantee, lose = Guarantee(sys.argv[3]), int(sys.argv[4])
    asyncio.run(make_blank(FOLDER))
    undisturbed = run(FOLDER, guarantee, lose, [])
    report(undisturbed)
    steps = undisturbed["steps"]
    # What comes before the answer is lost, is the same as where none is.
    first, count = (steps.index("after POST /jobs") if lose else 0), len(steps)
    if len(sys.argv) > 5:
        seed, kills, schedules = map(int, sys.argv[5:])
        dice = random.Random(seed)
        plans = [[dice.randrange(count) for _ in range(dice.randint(1, kills))] for _ in range(schedules)]
    else:
        plans = [[step] for step in range(first, count)]
    for ends in plans:
        report(run(FOLDER, guarantee, lose, ends))


main()
