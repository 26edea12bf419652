"""The sound of several clips in a row, as one stream of samples that stays in step with the picture."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from video_gen.exceptions import VerificationError
from video_gen.media.audio_track import SAMPLE_RATE, Samples
from video_gen.media.clip import Clip
from video_gen.media.opening import decoding, exact, open_sound

_FADE: Final = SAMPLE_RATE * 5 // 1000  # 5 ms: long enough to turn a click into nothing, too short to be heard
_CHUNK: Final = 4096
_TOLERATED_GAP: Final = SAMPLE_RATE // 50  # time stamps in Matroska are rounded to milliseconds


def soundtrack(
    clips: Sequence[Clip], lengths: Sequence[Fraction], overlaps: Sequence[Fraction]
) -> Iterator[Samples] | None:
    """Return the sound of `clips` one behind the other as float32 (channels, n) at 48 kHz; None if all are silent.

    Each clip's sound is cut or filled with silence to the length of its picture, so that an error in one clip does not
    shift the next. Hard cuts are freed of clicks by fades of 5 ms on either side.

    Args:
        clips: in order.
        lengths: seconds for which each clip's picture lasts in the result.
        overlaps: for each joint, seconds for which the two clips sound together, the one fading into the other.
    """
    voices = [clip.info.audio.channels for clip in clips if clip.info.audio is not None]
    if not voices:
        return None
    channels = 1 if max(voices) == 1 else 2
    return _joined(clips, _spans(lengths, overlaps), channels, [round(each * SAMPLE_RATE) for each in overlaps])


def _spans(lengths: Sequence[Fraction], overlaps: Sequence[Fraction]) -> list[int]:
    """Return each clip's samples. Rounding happens on the whole clock, so errors never add up."""
    spans, start = list[int](), Fraction(0)
    for length, overlap in zip(lengths, (*overlaps, Fraction(0)), strict=True):
        spans.append(round((start + length) * SAMPLE_RATE) - round(start * SAMPLE_RATE))
        start += length - overlap
    return spans


def _joined(clips: Sequence[Clip], spans: Sequence[int], channels: int, overlaps: Sequence[int]) -> Iterator[Samples]:
    tail = np.zeros((channels, 0), np.float32)
    before = 0
    for number, (clip, span, after) in enumerate(zip(clips, spans, (*overlaps, 0), strict=True)):
        fade = min(_FADE, span // 2)
        opening = (before or fade) if number > 0 else 0
        ending = (after or fade) if number < len(clips) - 1 else 0
        with closing(_clip_sound(clip, channels)) as chunks:
            sound = _Reader(chunks, channels)
            if opening:
                rise = _ramp(opening)
                yield tail * rise[::-1] + sound.read(opening) * rise if before else sound.read(opening) * rise
            middle = span - opening - ending
            while middle > 0:
                count = min(middle, _CHUNK)
                middle -= count
                yield sound.read(count)
            if ending:
                tail = sound.read(ending)
                if not after:
                    yield tail * _ramp(ending)[::-1]
        before = after


def _ramp(count: int) -> Samples:
    """Rise from 0 to 1 so that the power of two unlike sounds, one rising and one falling, stays the same."""
    angles = (np.arange(count, dtype=np.float32) + 0.5) * (np.pi / 2 / max(count, 1))
    return np.asarray(np.sin(angles), np.float32)


class _Reader:
    """Hands out exactly as many samples as asked for; silence behind the end."""

    def __init__(self, chunks: Iterable[Samples], channels: int) -> None:
        self._chunks = iter(chunks)
        self._rest = np.zeros((channels, 0), np.float32)

    def read(self, count: int) -> Samples:
        parts, missing = list[Samples](), count
        while missing:
            if not self._rest.shape[1]:
                chunk = next(self._chunks, None)
                if chunk is None:
                    parts.append(np.zeros((self._rest.shape[0], missing), np.float32))
                    break
                self._rest = chunk
            part, self._rest = self._rest[:, :missing], self._rest[:, missing:]
            parts.append(part)
            missing -= part.shape[1]
        return np.concatenate(parts, axis=1) if parts else self._rest[:, :0]


def _clip_sound(clip: Clip, channels: int) -> Generator[Samples, None, None]:
    """Yield a clip's sound from the moment its picture starts; gaps in it are silence, overlaps are dropped."""
    if clip.info.audio is None:
        return
    with open_sound(clip.path) as container:
        stream = container.streams.audio[0]
        if clip.start > 1:
            container.seek(int((clip.start - 1) * av.time_base))
        own = min(clip.info.audio.channels, channels)  # FFmpeg would make mono softer on its way to stereo
        placed = _Placer(clip.path, clip.start, own)
        with decoding(clip.path):
            for frame in container.decode(stream):
                yield from (np.repeat(samples, channels // own, axis=0) for samples in placed.place(frame))
        yield from (np.repeat(samples, channels // own, axis=0) for samples in placed.flush())


class _Placer:
    """Resamples decoded frames and lays them where their time stamps say."""

    def __init__(self, path: Path, start: Fraction, channels: int) -> None:
        self._path, self._start, self._channels = path, start, channels
        self._resampler = self._new_resampler()
        self._position = 0
        """Samples handed out so far."""
        self._expected: Fraction | None = None
        """Where the next frame begins if nothing is missing, in samples."""
        self._drop = 0

    def place(self, frame: av.AudioFrame) -> Iterator[Samples]:
        at = self._expected
        if frame.pts is not None:
            at = (frame.pts * exact(frame.time_base) - self._start) * SAMPLE_RATE
        if at is None:
            at = Fraction(0)
        if self._expected is None or abs(at - self._expected) > _TOLERATED_GAP:
            yield from self.flush()
            yield from self._silence(round(at) - self._position)
            self._drop = max(0, self._position - round(at))
            self._expected = at
        self._expected += Fraction(frame.samples * SAMPLE_RATE, frame.sample_rate)
        yield from self._resampled(frame)

    def flush(self) -> Iterator[Samples]:
        if self._expected is not None:
            yield from self._resampled(None)
            self._resampler = self._new_resampler()

    def _resampled(self, frame: av.AudioFrame | None) -> Iterator[Samples]:
        try:
            results = self._resampler.resample(frame)
        except ValueError as error:
            raise VerificationError(f"`{self._path}` changes the format of its sound midway: re-encode it") from error
        for result in results:
            samples = np.asarray(result.to_ndarray(), np.float32)[:, self._drop :]
            self._drop = max(0, self._drop - result.samples)
            if samples.shape[1]:
                self._position += samples.shape[1]
                yield samples

    def _silence(self, count: int) -> Iterator[Samples]:
        while count > 0:
            part = min(count, _CHUNK)
            count -= part
            self._position += part
            yield np.zeros((self._channels, part), np.float32)

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler(format="fltp", layout="mono" if self._channels == 1 else "stereo", rate=SAMPLE_RATE)
