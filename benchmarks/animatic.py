"""The animatic against its own playing time, at 720p24, in one run.

    python benchmarks/animatic.py [--seconds 8] [--size 1280x720] [--fps 24] [PROMPT ...]

For each prompt the whole call is measured: reading the prompt, building the scene, drawing, encoding. `speed` is the
clip's length over the time it took (above 1: faster than it plays). Processor time per frame is shown too, since it
hardly depends on what else the machine does: two cores cannot be faster than `at best`.
"""

import argparse
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from video_gen.local.animatic import read_prompt, render_animatic
from video_gen.local.animatic.compose import compose

PROMPTS = (
    "a calm ocean at sunset",
    "misty mountains at dawn, slow pan left",
    "a city skyline at night",
    "a neon street in the rain at night",
    "an autumn forest with falling leaves",
    "a coral reef underwater",
    "desert dunes at golden hour, drone flyover",
    "a nebula with a planet",
    "a cat playing piano",
)
GOAL = 1.4
CORES = 2


@dataclass(frozen=True, slots=True)
class Run:
    """What one prompt took: seconds of the clock and of the processor, seconds to build, and megabits a second."""

    wall: float
    processor: float
    build: float
    rate: float


def measure(prompt: str, width: int, height: int, fps: float, seconds: float, path: Path) -> Run:
    count = round(seconds * fps)
    start = time.perf_counter()
    compose(read_prompt(prompt), width, height, fps=fps, count=count)
    build = time.perf_counter() - start
    start, spent = time.perf_counter(), time.process_time()
    render_animatic(prompt, path, width=width, height=height, fps=fps, seconds=seconds)
    wall, processor = time.perf_counter() - start, time.process_time() - spent
    return Run(wall, processor, build, path.stat().st_size * 8 / seconds / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", nargs="*", default=PROMPTS)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--fps", type=float, default=24)
    chosen = parser.parse_args()
    width, height = (int(side) for side in chosen.size.split("x"))
    frames = round(chosen.seconds * chosen.fps)
    print(f"{chosen.size} at {chosen.fps:g} fps, {chosen.seconds:g} s, {os.cpu_count()} cores, goal {GOAL}x\n")
    print(f"{'prompt':46} {'speed':>6} {'at best':>8} {'ms/frame':>9} {'build s':>8} {'Mbit/s':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for prompt in chosen.prompts:
            run = measure(prompt, width, height, chosen.fps, chosen.seconds, Path(folder) / "a.mp4")
            each, best = run.processor / frames * 1e3, chosen.seconds / (run.processor / CORES)
            speed = chosen.seconds / run.wall
            print(f"{prompt[:46]:46} {speed:6.2f} {best:8.2f} {each:9.1f} {run.build:8.2f} {run.rate:7.1f}", flush=True)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
