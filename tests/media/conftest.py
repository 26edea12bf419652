"""Real clips: every frame carries its number as a barcode, so "which frame is it" is read back exactly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

BITS = 12
RATE = 48_000
Array = NDArray[np.uint8]


def luma(number: int, width: int, height: int) -> Array:
    """A moving ramp with the frame's number in black and white cells along the top edge."""
    y = (np.add.outer(np.arange(height), np.arange(width)) // 2 + 3 * number) % 160 + 40
    cell, deep = width // BITS, max(8, height // 6)
    for bit in range(BITS):
        y[:deep, bit * cell : (bit + 1) * cell] = 225 if number >> bit & 1 else 25
    return y.astype(np.uint8)


def read_number(picture: Array) -> int:
    """Read the barcode of a grey or RGB picture."""
    grey = picture.astype(float) if picture.ndim == 2 else picture[..., :3].astype(float).mean(-1)
    height, width = grey.shape
    cell, deep = width // BITS, max(8, height // 6)
    inner = [grey[2 : deep - 3, bit * cell + 3 : (bit + 1) * cell - 3].mean() for bit in range(BITS)]
    return sum((level > 120) << bit for bit, level in enumerate(inner))


def frame_of(number: int, width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    planes = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]
    planes[0][:height] = luma(number, width, height)
    for plane in planes[1:]:
        plane[:] = 128
    return frame


@dataclass(frozen=True)
class Recipe:
    """How a clip is made."""

    frames: int = 48
    fps: Fraction = Fraction(24)
    size: tuple[int, int] = (320, 180)
    codec: str = "libx264"
    options: tuple[tuple[str, str], ...] = ()
    first: int = 0
    """Number on the first frame."""
    shift: int = 0
    """Frames before zero on the clock: an edit list hides them."""
    times: Sequence[int] | None = None
    """Time stamps in frames, for a variable rate."""
    rotation: int = 0
    mirrored: bool = False
    pixel_aspect: Fraction | None = None
    tone: float | None = None
    """Frequency of a sine as sound; None for no sound."""
    sound_seconds: float | None = None
    """As long as the picture, if None."""
    sound_rate: int = RATE
    channels: int = 2
    faststart: bool = False
    fragmented: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    color: int | None = None
    """One code point for primaries, transfer and matrix."""


def sine(frequency: float, seconds: float, rate: int, channels: int) -> NDArray[np.float32]:
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave.astype(np.float32)[None], channels, axis=0)


def write_clip(path: Path, recipe: Recipe) -> Path:
    """Write a clip with PyAV alone, apart from the code under test."""
    flags = "+faststart" if recipe.faststart else "frag_keyframe+empty_moov" if recipe.fragmented else ""
    muxer = {".mkv": "matroska", ".webm": "webm", ".mov": "mov"}.get(path.suffix, "mp4")
    options = {"movflags": flags} if flags else {}
    with av.open(str(path), "w", format=muxer, options=options) as container:
        container.metadata.update(dict(recipe.tags))
        quiet = {"x265-params": "log-level=none"} if recipe.codec == "libx265" else {}
        stream = container.add_stream(recipe.codec, rate=recipe.fps, options={**quiet, **dict(recipe.options)})
        stream.width, stream.height = recipe.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        if recipe.color is not None:
            codec = stream.codec_context
            codec.color_primaries = codec.color_trc = codec.colorspace = recipe.color
            codec.color_range = 1
        if recipe.pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = recipe.pixel_aspect
        if recipe.rotation or recipe.mirrored:
            stream.set_display_rotation(recipe.rotation, hflip=recipe.mirrored)
        sound = _add_sound(container, recipe)
        for index in range(recipe.frames):
            frame = frame_of(recipe.first + index, *recipe.size)
            frame.pts = (recipe.times[index] if recipe.times else index) - recipe.shift
            frame.time_base = 1 / recipe.fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def _add_sound(container, recipe):
    if recipe.tone is None:
        return None
    name = {"webm": "libopus", "matroska": "libopus"}.get(container.format.name, "aac")
    layout = "stereo" if recipe.channels == 2 else "mono"
    stream = container.add_stream(name, rate=recipe.sound_rate, layout=layout)
    seconds = recipe.sound_seconds or float(recipe.frames / recipe.fps)
    wave = sine(recipe.tone, seconds, recipe.sound_rate, recipe.channels)
    kind, step = stream.format.name, 960
    for start in range(0, wave.shape[1], step):
        part = np.ascontiguousarray(wave[:, start : start + step])
        samples = part if kind == "fltp" else np.ascontiguousarray((part.T * 32000).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(samples, format=kind, layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = recipe.sound_rate, start, Fraction(1, recipe.sound_rate)
        container.mux(stream.encode(frame))
    return stream


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Write `name` by a recipe's fields; returns its path."""

    def make(name: str = "clip.mp4", **fields: object) -> Path:
        return write_clip(tmp_path / name, Recipe(**fields))

    return make


@pytest.fixture
def number_in() -> Callable[[Path], int]:
    """Read the number on a picture file."""

    def read(path: Path) -> int:
        with Image.open(path) as picture:
            return read_number(np.asarray(picture.convert("RGB")))

    return read


@pytest.fixture
def numbers_in() -> Callable[[Path], list[int]]:
    """Decode a whole video, apart from the code under test, and read the number on each frame."""

    def read(path: Path) -> list[int]:
        with av.open(str(path)) as container:
            return [read_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]

    return read


@pytest.fixture
def sound_of() -> Callable[[Path], NDArray[np.float32]]:
    """Decode a file's sound at its own rate, as (channels, n)."""

    def read(path: Path) -> NDArray[np.float32]:
        with av.open(str(path)) as container:
            parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
            return np.concatenate(parts, axis=1)

    return read
