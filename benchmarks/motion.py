"""Picture motion against its limit (encoding alone) and against FFmpeg's zoompan, in one run.

    python benchmarks/motion.py [--seconds 4] [--rounds 3]

Every round runs each contender once, so that a busy machine slows all of them alike; the ratios are medians over
rounds of ratios within a round. Speed is of the whole call, with guessing the depth and building the plate. Jitter is
measured in the decoded files: bright dots are found to a small part of a pixel, each frame is registered on all of them
(shift and scale), and what is left of its path after a smooth curve is taken away is the shake a viewer sees.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.filter import Graph

from video_gen.local.camera import camera_path, common_level
from video_gen.local.motion import render_motion, stage
from video_gen.local.warp import Projector
from video_gen.media.encode import Picture, VideoWriter
from video_gen.spec.request import CameraMotion

WIDTH, HEIGHT, FPS = 1920, 1080, 30
SOURCE = (3840, 2160)
ZOOM = CameraMotion(kind="zoom", direction="in")
DOLLY = CameraMotion(kind="dolly", direction="in")
ORBIT = CameraMotion(kind="orbit", direction="right")
REACH = 18  # pixels around a dot that its centroid is taken of
SPAN = 2 * REACH + 1
FFMPEG = shutil.which("ffmpeg")


def detailed_picture() -> np.ndarray:
    """Return a 4K picture with detail at every scale: clouds of noise over hard-edged blocks, with sensor noise."""
    random = np.random.default_rng(1)
    picture = np.zeros((SOURCE[1], SOURCE[0], 3), np.float32)
    weight = 1.0
    for octave in range(2, 11):
        columns = 2**octave
        noise = random.standard_normal((columns * 9 // 16 + 1, columns, 3)).astype(np.float32)
        picture += weight * cv2.resize(noise, SOURCE, interpolation=cv2.INTER_CUBIC)
        weight *= 0.62
    picture = 128 + 40 * picture / picture.std()
    for _ in range(300):
        x, y = random.integers(0, SOURCE[0]), random.integers(SOURCE[1] // 3, SOURCE[1])
        w, h = random.integers(20, 200), random.integers(20, 300)
        colour = [float(value) for value in random.integers(20, 235, 3)]
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    picture += random.normal(0, 2, picture.shape).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def dotted_picture() -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Return a 4K picture of soft dots on grey, and where they are."""
    picture = np.full((SOURCE[1], SOURCE[0]), 60, np.float32)
    y, x = np.mgrid[: SOURCE[1], : SOURCE[0]].astype(np.float32)
    places = [(SOURCE[0] * (0.1037 + 0.061 * i), SOURCE[1] * (0.1073 + 0.112 * j)) for i in range(14) for j in range(8)]
    for px, py in places:
        box = (slice(int(py) - 50, int(py) + 51), slice(int(px) - 50, int(px) + 51))
        picture[box] += 170 * np.exp(-((x[box] - px) ** 2 + (y[box] - py) ** 2) / (2 * 7**2))
    return np.repeat(np.clip(picture + 0.5, 0, 255).astype(np.uint8)[..., None], 3, axis=2), places


def ours(picture: np.ndarray, camera: CameraMotion, path: Path, seconds: float) -> None:
    render_motion(picture, path, width=WIDTH, height=HEIGHT, fps=FPS, seconds=seconds, camera=camera)


def prerendered(picture: np.ndarray, camera: CameraMotion, seconds: float) -> list[Picture]:
    """Return the very frames that `ours` encodes."""
    count = round(seconds * FPS)
    at = camera_path(camera, seconds=seconds)
    poses, plate = stage(picture, (WIDTH, HEIGHT), [at(index / (count - 1)) for index in range(count)])
    projector = Projector(plate, WIDTH, HEIGHT, level=common_level(poses))
    frames = [Picture.blank(WIDTH, HEIGHT) for _ in poses]
    for pose, frame in zip(poses, frames, strict=True):
        projector.draw(pose, frame)
    return frames


def encode_only(frames: list[Picture], path: Path) -> None:
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS) as writer:
        for frame in frames:
            writer.write(frame)


def zoompan_options(count: int) -> str:
    return f"z='1+0.265*on/{count}':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d={count}:s={WIDTH}x{HEIGHT}:fps={FPS}"


def zoompan(picture: np.ndarray, path: Path, seconds: float) -> None:
    """FFmpeg's zoompan in this process, from the same wheel, into the same encoder."""
    count = round(seconds * FPS)
    graph = Graph()
    source = graph.add_buffer(width=SOURCE[0], height=SOURCE[1], format="rgb24", time_base=Fraction(1, FPS))
    chain = [source, graph.add("scale", "out_color_matrix=bt709:out_range=tv"), graph.add("format", "yuv420p")]
    chain += [graph.add("zoompan", zoompan_options(count)), graph.add("buffersink")]
    graph.link_nodes(*chain).configure()
    still = av.VideoFrame.from_ndarray(picture, format="rgb24")
    still.pts = 0
    graph.push(still)
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS) as writer:
        for _ in range(count):
            writer.write(Picture.of(graph.pull()))


def ffmpeg_zoompan(png: Path, path: Path, seconds: float) -> None:
    """FFmpeg's zoompan by the command line, with the same encoder settings."""
    assert FFMPEG
    options = f"scale=out_color_matrix=bt709,format=yuv420p,zoompan={zoompan_options(round(seconds * FPS))}"
    command = [FFMPEG, "-v", "error", "-y", "-i", str(png), "-vf", options, "-c:v", "libx264"]
    subprocess.run([*command, "-preset", "veryfast", "-crf", "18", "-threads", "4", str(path)], check=True)


def measured(run: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds that passed, and the seconds of processor time spent, children included."""

    def spent() -> float:
        uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(use.ru_utime + use.ru_stime for use in uses)

    wall, cpu = time.perf_counter(), spent()
    run()
    return time.perf_counter() - wall, spent() - cpu


def jitter(path: Path, places: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the root mean square and the largest deviation, in pixels, of the frame's path from a smooth one."""
    centre, start = np.array([WIDTH / 2, HEIGHT / 2]), np.array(places) * WIDTH / SOURCE[0]
    now = start
    shifts = []
    with av.open(path) as container:
        for frame in container.decode(video=0):
            luma = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(-1, frame.planes[0].line_size)
            inside = (np.abs(now - centre) < centre - SPAN).all(axis=1)
            found = np.array([centroid(luma, *point) for point in now[inside]])
            scale, shift = registered(start[inside] - centre, found - centre)
            now = centre + shift + scale * (start - centre)
            shifts.append(shift)
    tracks = np.array(shifts)
    at = np.linspace(-1, 1, len(tracks))
    fit = np.polynomial.chebyshev.chebfit(at, tracks, 11)
    rest = np.hypot(*(tracks - np.polynomial.chebyshev.chebval(at, fit).T).T)
    return float(np.sqrt((rest**2).mean())), float(rest.max())


def registered(before: np.ndarray, after: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the scale and the shift that take the points `before` to `after` with the least squares of errors."""
    mean_before, mean_after = before.mean(axis=0), after.mean(axis=0)
    spread = before - mean_before
    scale = float((spread * (after - mean_after)).sum() / (spread**2).sum())
    return scale, mean_after - scale * mean_before


def centroid(luma: np.ndarray, x: float, y: float) -> tuple[float, float]:
    for _ in range(3):  # the window follows the dot to its own centre
        left, top = round(x) - REACH, round(y) - REACH
        window = luma[top : top + SPAN, left : left + SPAN].astype(np.float64)
        weight = np.clip(window - np.median(window) - 8, 0, None)
        x = left + float((weight.sum(axis=0) * np.arange(SPAN)).sum() / weight.sum())
        y = top + float((weight.sum(axis=1) * np.arange(SPAN)).sum() / weight.sum())
    return x, y


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare_speed(Path(folder), options.seconds, options.rounds)
        compare_jitter(Path(folder), options.seconds)


def compare_speed(folder: Path, seconds: float, rounds: int) -> None:
    picture, out, png = detailed_picture(), folder / "out.mp4", folder / "in.png"
    cv2.imwrite(str(png), picture[..., ::-1])
    cameras = {"zoom": ZOOM, "dolly": DOLLY, "orbit": ORBIT}
    frames = {name: prerendered(picture, camera, seconds) for name, camera in cameras.items()}
    runs: dict[str, Callable[[], None]] = {
        "zoom": lambda: ours(picture, ZOOM, out, seconds),
        "encoding zoom's frames alone": lambda: encode_only(frames["zoom"], out),
        "dolly, with parallax": lambda: ours(picture, DOLLY, out, seconds),
        "encoding dolly's frames alone": lambda: encode_only(frames["dolly"], out),
        "orbit, with parallax": lambda: ours(picture, ORBIT, out, seconds),
        "encoding orbit's frames alone": lambda: encode_only(frames["orbit"], out),
        "zoompan, same wheel": lambda: zoompan(picture, out, seconds),
    }
    if FFMPEG:
        runs["zoompan, ffmpeg command"] = lambda: ffmpeg_zoompan(png, out, seconds)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    sizes = {}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(measured(run))
            sizes[name] = out.stat().st_size
    count = seconds * FPS
    print(f"{WIDTH}x{HEIGHT} at {FPS}, {seconds:g} s, {rounds} rounds, medians")
    for name, pairs in times.items():
        wall, cpu = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        megabits = sizes[name] * 8 / seconds / 1e6
        print(f"  {name:32} {count / wall:6.1f} fps  {cpu * 1000 / count:6.1f} cpu ms/frame  {megabits:5.1f} Mbit/s")
    for mine, other, target in (
        ("zoom", "encoding zoom's frames alone", ">= 0.75"),
        ("dolly, with parallax", "encoding dolly's frames alone", ">= 0.75"),
        ("orbit, with parallax", "encoding orbit's frames alone", ">= 0.75"),
        ("zoom", "zoompan, same wheel", "> 1"),
        ("zoom", "zoompan, ffmpeg command", "> 1"),
    ):
        if other in times:
            wall, cpu = (
                statistics.median(b[side] / a[side] for a, b in zip(times[mine], times[other], strict=True))
                for side in (0, 1)
            )
            print(f"  speed of {mine} / {other}: {wall:.2f} wall, {cpu:.2f} cpu  (target {target})")


def compare_jitter(folder: Path, seconds: float) -> None:
    picture, places = dotted_picture()
    ours(picture, ZOOM, folder / "ours.mp4", seconds)
    zoompan(picture, folder / "zoompan.mp4", seconds)
    mine, theirs = jitter(folder / "ours.mp4", places), jitter(folder / "zoompan.mp4", places)
    print("jitter in a slow zoom, decoded from the files (rms / largest, pixels)")
    print(f"  ours     {mine[0]:.4f} / {mine[1]:.4f}\n  zoompan  {theirs[0]:.4f} / {theirs[1]:.4f}")
    print(f"  zoompan / ours: {theirs[0] / mine[0]:.0f} times  (target >= 10)")


if __name__ == "__main__":
    main()
