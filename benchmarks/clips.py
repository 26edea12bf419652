"""Clips for the benchmarks: a moving picture with film grain, the frame's number burned in, and a sine as sound."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import av
import numpy as np
from PIL import Image

BITS = 16
RATE = 48_000


def write_clip(
    path: Path,
    *,
    frames: int,
    fps: int,
    size: tuple[int, int],
    gop: int = 250,
    first: int = 0,
    tone: float | None = None,
    sound_seconds: float | None = None,
    preset: str = "veryfast",
) -> Path:
    """Write H.264 (and AAC) tagged BT.709, about 8 Mbit/s at 1080p."""
    width, height = size
    rng = np.random.default_rng(7)
    scene = _scene(width + 512, height, rng)
    grain = [rng.normal(0, 2.6, (height, width)).astype(np.int16) for _ in range(6)]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": preset, "crf": "21", "g": str(gop)})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        codec = video.codec_context
        codec.color_primaries = codec.color_trc = codec.colorspace = codec.color_range = 1
        sound = None if tone is None else container.add_stream("aac", rate=RATE, layout="stereo")
        if sound is not None:
            _write_sound(container, sound, tone, sound_seconds or frames / fps)
        for index in range(frames):
            frame = _frame(scene, grain[index % len(grain)], index, first + index, size)
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def read_number(picture: np.ndarray) -> int:
    """Read the number burned into a grey or RGB picture."""
    grey = picture.astype(float) if picture.ndim == 2 else picture[..., :3].astype(float).mean(-1)
    height, width = grey.shape
    cell, deep = width // BITS, height // 24
    return sum((grey[1 : deep - 1, b * cell + 3 : (b + 1) * cell - 3].mean() > 120) << b for b in range(BITS))


def number_on(path: Path) -> int | None:
    """Read the number on a picture file; None where there is no file."""
    if not path.exists():
        return None
    with Image.open(path) as picture:
        return read_number(np.asarray(picture.convert("RGB")))


def numbers_in(path: Path) -> list[int]:
    """Read the number on every frame of a video."""
    with av.open(str(path)) as container:
        return [read_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def sound_of(path: Path) -> np.ndarray:
    """Decode the first channel, each piece laid where its time stamp says, as players do."""
    with av.open(str(path)) as container:
        pieces = [(round(frame.time * RATE), frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    samples = np.zeros(max(start + len(piece) for start, piece in pieces), np.float32)
    for start, piece in pieces:
        samples[start : start + len(piece)] = piece
    return samples


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and of all processors."""

    wall: float
    cpu: float

    def over(self, other: "Cost") -> str:
        return f"{self.wall / other.wall:6.1f}x wall, {self.cpu / other.cpu:6.1f}x CPU"

    def __str__(self) -> str:
        return f"{self.wall * 1000:8.0f} ms wall, {self.cpu * 1000:8.0f} ms CPU"


def cost_of(work: Callable[[], object], times: int = 3) -> Cost:
    """Return the median cost of `work` in this process."""
    costs = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return sorted(costs, key=lambda cost: cost.cpu)[times // 2]


def cost_of_command(*command: object, times: int = 1) -> Cost:
    """Return the median cost of a command."""
    costs = []
    for _ in range(times):
        before, wall = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        after = getrusage(RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        costs.append(Cost(time.perf_counter() - wall, cpu))
    return sorted(costs, key=lambda cost: cost.cpu)[times // 2]


def ffmpeg() -> str | None:
    """Return the FFmpeg command line, where it is installed."""
    return shutil.which("ffmpeg")


def _scene(width: int, height: int, rng: np.random.Generator) -> list[np.ndarray]:
    picture = np.full((height, width, 3), 110.0)
    for cells, strength in ((3, 90), (12, 60), (48, 35), (160, 18)):
        small = rng.random((max(2, cells * 9 // 16), cells, 3)).astype(np.float32)
        layers = [Image.fromarray(small[..., c]).resize((width, height), Image.Resampling.BICUBIC) for c in range(3)]
        picture += strength * (np.stack([np.asarray(layer) for layer in layers], -1) - 0.5)
    rgb = av.VideoFrame.from_ndarray(np.clip(picture, 10, 245).astype(np.uint8), format="rgb24")
    return _planes(rgb.reformat(format="yuv420p", dst_colorspace="ITU709"))


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    ]


def _frame(scene: list[np.ndarray], grain: np.ndarray, index: int, number: int, size: tuple[int, int]) -> av.VideoFrame:
    width, height = size
    x = 2 * (index % 256)
    frame = av.VideoFrame(width, height, "yuv420p")
    y, u, v = _planes(frame)
    y[:] = np.clip(scene[0][:, x : x + width] + grain, 16, 235).astype(np.uint8)
    u[:], v[:] = (plane[:, x // 2 : (x + width) // 2] for plane in scene[1:])
    for bit in range(BITS):
        y[: height // 24, bit * (width // BITS) : (bit + 1) * (width // BITS)] = 220 if number >> bit & 1 else 30
    return frame


def _write_sound(container: av.container.OutputContainer, stream: av.AudioStream, tone: float, seconds: float) -> None:
    wave = (0.5 * np.sin(2 * np.pi * tone * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)
    for start in range(0, len(wave), 1024):
        part = np.repeat(wave[None, start : start + 1024], 2, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(stream.encode(frame))
