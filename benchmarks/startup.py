"""How much longer than a bare `python -c pass` do `import video_gen` and `video-gen --help` take?

The three run in turns, so that a busy moment hits all of them; the medians and the fastest runs are compared.

    python benchmarks/startup.py [RUNS]
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import video_gen": [sys.executable, "-c", "import video_gen"],
    "video-gen --help": [str(Path(sys.executable).parent / "video-gen"), "--help"],
}
BUDGETS = {"import video_gen": 3.0, "video-gen --help": 25.0}


def milliseconds(command: list[str]) -> float:
    """Run once, from start to end of the process."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def main() -> int:
    """Print one line for each command; return 1 when a budget is broken."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(runs + 1):
        for name, command in COMMANDS.items():
            took = milliseconds(command)
            if turn:  # the first turn fills the caches
                times[name].append(took)
    base = times["python -c pass"]
    broken = False
    for name, each in times.items():
        median, fastest = statistics.median(each) / statistics.median(base), min(each) / min(base)
        line = f"{name:18} median {statistics.median(each):7.1f} ms  fastest {min(each):7.1f} ms"
        if name in BUDGETS:
            passed = median <= BUDGETS[name]
            broken = broken or not passed
            line += f"  ratio {median:5.2f} (fastest {fastest:5.2f})  budget {BUDGETS[name]:g}: "
            line += "pass" if passed else "FAIL"
        print(line)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
