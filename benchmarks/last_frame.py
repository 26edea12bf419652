"""The last frame of a minute of 1080p against FFmpeg's command line, and the cases in which that one fails.

    python benchmarks/last_frame.py [--seconds 60] [--gop 250]

Fails where a frame is not the last one, or the ratio in CPU time is below 30. Without `ffmpeg` on the PATH, only our
own figures are printed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from clips import cost_of, cost_of_command, ffmpeg, number_on, write_clip

from video_gen.media.frames import last_frame
from video_gen.media.structure import read_structure

WANTED_RATIO = 30
NAIVE = ("-sseof", "-3")
VARIANTS = {"-sseof -3": NAIVE, "-sseof -1": ("-sseof", "-1"), "-sseof -0.1": ("-sseof", "-0.1"), "all frames": ()}


def extract(command: str, seek: tuple[str, ...], clip: Path, out: Path):
    out.unlink(missing_ok=True)
    return cost_of_command(command, "-v", "error", "-y", *seek, "-i", clip, "-update", "1", out)


def speed(folder: Path, seconds: int, gop: int, command: str | None) -> bool:
    clip = write_clip(folder / "long.mp4", frames=seconds * 30, fps=30, size=(1920, 1080), gop=gop)
    print(f"{seconds} s of 1080p30, key frames every {gop} frames, {clip.stat().st_size / 1e6:.0f} MB")
    print(f"  structure alone          {cost_of(lambda: read_structure(clip), 9)}")
    ours = cost_of(lambda: last_frame(clip, folder / "ours.png"), 5)
    exact = number_on(folder / "ours.png") == seconds * 30 - 1
    print(f"  ours                     {ours}   exact: {exact}")
    if command is None:
        return exact
    naive = extract(command, NAIVE, clip, folder / "theirs.png")
    print(f"  ffmpeg -sseof -3         {naive}   exact: {number_on(folder / 'theirs.png') == seconds * 30 - 1}")
    print(f"  ratio                    {naive.over(ours)} (wanted: {WANTED_RATIO}x)")
    return exact and naive.cpu / ours.cpu >= WANTED_RATIO


def hard_cases(folder: Path) -> dict[str, tuple[Path, int]]:
    small = {"fps": 24, "size": (320, 180)}
    longer = write_clip(folder / "longer.mp4", frames=240, tone=440.0, sound_seconds=14.5, **small)
    edited = write_clip(folder / "edited.mp4", frames=192, **small)
    data = bytearray(edited.read_bytes())
    at = data.index(b"elst") + 12  # how long the edit is shown, in milliseconds
    data[at : at + 4] = (5000).to_bytes(4)
    edited.write_bytes(data)
    return {"sound 4.5 s longer than the picture": (longer, 239), "edit list ends at 5 s of 8": (edited, 119)}


def exactness(folder: Path, command: str | None) -> bool:
    good = True
    for name, (clip, wanted) in hard_cases(folder).items():
        found = number_on(last_frame(clip, folder / "ours.png"))
        good = good and found == wanted
        print(f"{name}: wanted frame {wanted}, ours {found}")
        for variant, seek in VARIANTS.items() if command else ():
            extract(command or "", seek, clip, folder / "theirs.png")
            theirs = number_on(folder / "theirs.png")
            print(f"  ffmpeg {variant:12} {'no picture at all' if theirs is None else theirs}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--gop", type=int, default=250)
    options = parser.parse_args()
    command = ffmpeg()
    with tempfile.TemporaryDirectory() as name:
        results = [
            exactness(Path(name), command),
            speed(Path(name), options.seconds, options.gop, command),
        ]
    print("good" if all(results) else "NOT GOOD")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
