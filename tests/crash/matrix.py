"""The crash matrix: the command line, killed at every step, against every provider.

    OPENBLAS_NUM_THREADS=1 python matrix.py [--wires openai fal ...] [--sample N] [--random N] [--postgres] [--seed S]

A sweep kills each wire once at each point of an undisturbed run, and again where the answer to its submit is lost. A
random schedule has several deaths, at points or at any moment, broken downloads, several videos at once and clocks that
are moved. Prints a table by wire, and of each schedule that ends wrongly how to play it again; fails when one does.
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from databases import IN_THE_HOME, on_a_server
from drawing import SWEPT, drawn, sweep
from lives import prepare
from schedules import Person, Schedule, Wire, wires
from table import Table
from world import Providers


def chosen_wires(names: list[str], seed: int) -> list[Wire]:
    """Return the named wires; none named: all. `each` stands for one of each protocol, by the seed."""
    known = wires()
    if names == ["each"]:
        shuffled = random.Random(seed).sample([*known.values()], len(known))
        return [*{wire.protocol: wire for wire in shuffled}.values()]
    return [known[name] for name in names or known]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wires", nargs="*", default=[], help="providers; `each`: one of each protocol; default: all")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of each wire's sweep; default: all of it")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random schedules of each wire")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no schedule after so long")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="of all chance; default: a new one")
    parser.add_argument("--postgres", action="store_true", help="keep jobs on a PostgreSQL server, as many machines do")
    parser.add_argument("--only", metavar="NAME", help='play one alone, like "sweep 15" or "random 3"')
    return parser.parse_args()


def play(person: Person, table: Table, chosen: argparse.Namespace) -> None:
    dice, left = random.Random(chosen.seed), []
    for wire in chosen_wires(chosen.wires, chosen.seed):
        usual = person.play(Schedule(wire=wire))
        lossy = person.play(Schedule(wire=wire, lost=SWEPT), usual)
        table.add("undisturbed", usual)
        table.add("undisturbed, its answer lost", lossy)
        swept = [(f"sweep {number}", each) for number, each in enumerate(sweep(wire, usual, lossy))]
        if chosen.only:
            again = drawn(wire, usual, chosen.seed, int(chosen.only.split()[-1]))
            found = [(chosen.only, dict(swept).get(chosen.only, again))]
        else:
            found = dice.sample(swept, min(len(swept), chosen.sample)) if chosen.sample else swept
            found += [(f"random {number}", drawn(wire, usual, chosen.seed, number)) for number in range(chosen.random)]
        left += [(name, schedule, usual) for name, schedule in found]
    begun = time.monotonic()
    for name, schedule, usual in dice.sample(left, len(left)):
        if time.monotonic() - begun < chosen.minutes * 60:
            table.add(name, person.play(schedule, usual), killed=name.startswith("sweep") and schedule.kills)


def main() -> None:
    chosen = options()
    prepare()
    table, begun = Table(chosen.seed), time.monotonic()
    with ExitStack() as stack:
        stores = stack.enter_context(on_a_server()) if chosen.postgres else IN_THE_HOME
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="video-gen-crash-"))
        providers = stack.enter_context(Providers())
        play(Person(providers, Path(folder), stores), table, chosen)
    sys.stdout.write(table.text(time.monotonic() - begun))
    sys.exit(1 if table.wrong else 0)


main()
