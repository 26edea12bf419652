"""Five clips of 5 s joined, against FFmpeg's command line: time, frames, and how sound fares at the joints.

    python benchmarks/stitch.py

Fails where a frame is missing, sound is off by more than a millisecond beyond the fade of 2.5 ms, or a joint clicks.
Without `ffmpeg` on the PATH, only our own figures are printed.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from clips import RATE, Cost, cost_of, cost_of_command, ffmpeg, numbers_in, sound_of, write_clip

from video_gen.media.stitch import stitch

COUNT, SECONDS, FPS = 5, 5, 24
TONE = 441.7
OWN_STEP = 0.5 * 2 * np.pi * TONE / RATE
ALLOWED_STEP = 1.6 * OWN_STEP
ALLOWED_SHIFT = 0.0035


def make_clips(folder: Path) -> list[Path]:
    """Loud and silent in turn, so that each joint is a step that can be found."""
    size = {"frames": SECONDS * FPS, "fps": FPS, "size": (1280, 720)}
    return [
        write_clip(folder / f"{n}.mp4", first=n * SECONDS * FPS, tone=TONE if n % 2 == 0 else 1e-3, **size)
        for n in range(COUNT)
    ]


def joint_shift(samples: np.ndarray, joint: float) -> float:
    """Seconds between where the sound changes and where the picture does."""
    power = np.convolve(samples**2, np.ones(64) / 64, "same")
    start = int((joint - 0.5) * RATE)
    loud = power[start : start + RATE] > 0.03
    return (start + int(np.argmax(np.diff(loud.astype(int)) != 0))) / RATE - joint


def report(name: str, out: Path, cost: Cost) -> bool:
    samples, numbers = sound_of(out), numbers_in(out)
    joints = [SECONDS * n for n in range(1, COUNT)]
    shift = max(abs(joint_shift(samples, joint)) for joint in joints)
    step = max(np.abs(np.diff(samples[int((j - 0.05) * RATE) : int((j + 0.05) * RATE)])).max() for j in joints)
    whole = numbers == list(range(COUNT * SECONDS * FPS))
    print(f"{name:28} {cost}   frames exact: {whole}, sound off by {shift * 1000:.1f} ms, largest step {step:.3f}")
    return whole and shift <= ALLOWED_SHIFT and step <= ALLOWED_STEP


def theirs_by_copy(command: str, clips: list[Path], out: Path) -> Cost:
    listing = out.with_suffix(".txt")
    listing.write_text("".join(f"file '{clip}'\n" for clip in clips))
    return cost_of_command(
        command, "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", out, times=3
    )


def theirs_by_fading(command: str, clips: list[Path], out: Path, crossfade: float) -> Cost:
    inputs = [part for clip in clips for part in ("-i", clip)]
    graph, picture, sound = [], "0:v", "0:a"
    for n in range(1, len(clips)):
        offset = n * (SECONDS - crossfade)
        graph.append(f"[{picture}][{n}:v]xfade=duration={crossfade}:offset={offset}[v{n}]")
        graph.append(f"[{sound}][{n}:a]acrossfade=d={crossfade}:c1=qsin:c2=qsin[a{n}]")
        picture, sound = f"v{n}", f"a{n}"
    encode = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-c:a", "aac")
    return cost_of_command(
        command, "-v", "error", "-y", *inputs, "-filter_complex", ";".join(graph),
        "-map", f"[{picture}]", "-map", f"[{sound}]", *encode, out,
    )  # fmt: skip


def main() -> int:
    command = ffmpeg()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = make_clips(folder)
        print(f"{COUNT} clips of {SECONDS} s, 720p{FPS}; the tone's own largest step is {OWN_STEP:.3f}")
        ours = cost_of(lambda: stitch(clips, folder / "ours.mp4"))
        good = report("ours, pictures copied", folder / "ours.mp4", ours)
        if command:
            theirs = theirs_by_copy(command, clips, folder / "theirs.mp4")
            report("ffmpeg concat -c copy", folder / "theirs.mp4", theirs)
        fading = cost_of(lambda: stitch(clips, folder / "faded.mp4", crossfade=0.5), times=1)
        frames = len(numbers_in(folder / "faded.mp4"))
        wanted = COUNT * SECONDS * FPS - (COUNT - 1) * FPS // 2
        print(f"{'ours, cross-fade of 0.5 s':28} {fading}   frames: {frames} of {wanted}")
        if command:
            theirs = theirs_by_fading(command, clips, folder / "theirs_faded.mp4", 0.5)
            print(f"{'ffmpeg xfade, acrossfade':28} {theirs}   {theirs.over(fading)}")
    good = good and frames == wanted
    print("good" if good else "NOT GOOD")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
