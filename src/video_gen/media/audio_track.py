"""The sound of a video being written: AAC, pulled in step with the picture."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from video_gen.exceptions import VideoProcessingError

SAMPLE_RATE: Final = 48_000
Samples = NDArray[np.float32]

_BITS_PER_CHANNEL: Final = 80_000
_LAYOUTS: Final = {1: "mono", 2: "stereo"}


class AudioTrack:
    """AAC at 48 kHz from float32 samples in -1..1, shaped (channels, n), mono or stereo.

    Args:
        sound: one array, or chunks of any length that are pulled only when the picture needs them.

    Raises:
        VideoProcessingError: a chunk has another shape, or its number of channels changes.
    """

    def __init__(self, sound: Samples | Iterable[Samples]) -> None:
        self._chunks: Iterator[Samples] = iter([sound] if isinstance(sound, np.ndarray) else sound)
        self._waiting = next(self._chunks, np.zeros((0, 0), np.float32))
        self._channels = self._waiting.shape[0] if self._waiting.ndim == 2 else 0
        self._written = 0
        if self._waiting.size and self._channels not in _LAYOUTS:
            raise VideoProcessingError(
                f"sound of shape {self._waiting.shape} cannot be written: give (channels, n), 1 or 2 channels"
            )

    @property
    def silent(self) -> bool:
        """True when there is no sound at all, hence no track to add."""
        return self._channels not in _LAYOUTS

    def open(self, container: OutputContainer, mux: Callable[[Iterable[Any]], None]) -> None:
        """Add the track to `container`; its packets go to `mux`."""
        layout = _LAYOUTS[self._channels]
        self._mux = mux
        self._stream = container.add_stream("aac", rate=SAMPLE_RATE, layout=layout)
        self._stream.bit_rate = _BITS_PER_CHANNEL * self._channels
        self._layout = layout

    def advance(self, seconds: Fraction) -> None:
        """Write the sound up to `seconds` from the start, as far as there is any."""
        end = int(seconds * SAMPLE_RATE)
        while self._written < end:
            while not self._waiting.shape[-1]:
                if not self._pull():
                    return
            count = min(self._waiting.shape[-1], end - self._written)
            now, self._waiting = self._waiting[:, :count], self._waiting[:, count:]
            self._encode(now)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(self._stream.encode(None))

    def _pull(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        if chunk.ndim != 2 or chunk.shape[0] != self._channels:
            raise VideoProcessingError(
                f"a chunk of sound has shape {chunk.shape}, the track has {self._channels} channels: keep them the same"
            )
        self._waiting = chunk
        return True

    def _encode(self, samples: Samples) -> None:
        if not np.isfinite(samples).all():
            raise VideoProcessingError("the sound holds NaN or infinite samples: give numbers from -1 to 1")
        clipped = np.ascontiguousarray(np.clip(samples, -1, 1), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(clipped, format="fltp", layout=self._layout)
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = self._written
        self._written += samples.shape[1]
        self._mux(self._stream.encode(frame))
