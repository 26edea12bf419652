"""Write an H.264 + AAC MP4 from frames drawn straight into the encoder's own picture planes."""

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np
from av.error import FFmpegError
from av.video import VideoStream
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from video_gen.exceptions import InvalidRequestError, VideoProcessingError
from video_gen.media.audio_track import AudioTrack, Samples
from video_gen.media.frame_rate import frame_rate
from video_gen.media.publish import publishing, writing

MAX_SIDE: Final = 16_384
_BT709: Final = 1  # ITU-T H.273 (2021-09): the code point is 1 for primaries, transfer and matrix alike
_LIMITED_RANGE: Final = 1
# x264's output depends on how many threads share a clip: a fixed number makes the same input give the same file
# on every machine. Four fills small machines, and still encodes 1080p faster than it plays on big ones.
_THREADS: Final = 4

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A 4:2:0 frame of the writer's pool, open for drawing: BT.709, limited range (luma 16-235, chroma 16-240).

    `y` is (height, width); `u` (blue difference) and `v` (red difference) are (height/2, width/2), each chroma sample
    lying on an even luma column and half-way between two luma rows. Writing to the arrays draws in the frame. Rows
    may be padded, so the arrays need not be contiguous. What an earlier use left in them is undefined.
    """

    y: Plane
    u: Plane
    v: Plane
    frame: av.VideoFrame

    @classmethod
    def blank(cls, width: int, height: int) -> Self:
        """Return a new frame, its content undefined."""
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.colorspace = _BT709
        frame.color_range = _LIMITED_RANGE
        return cls.of(frame)

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Self:
        """Open an existing yuv420p frame for drawing."""
        y, u, v = (
            np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
            for plane in frame.planes
        )
        return cls(y, u, v, frame)


class VideoWriter:
    """Writes one MP4: H.264 (yuv420p, BT.709, closed groups of pictures, index in front) and optional AAC.

    A context manager. The file appears under its name, complete, when the block ends well; when the block raises,
    nothing is left behind. The same input gives the same bytes.

        with VideoWriter(path, width=1280, height=720, fps=24) as writer:
            picture = writer.picture()
            picture.y[:] = ...
            writer.write(picture)

    Args:
        path: the target; replaced when it exists. Its folder must exist.
        width: pixels, even.
        height: pixels, even.
        fps: 1 to 240; 23.976, 29.97 and 59.94 mean the exact 24000/1001 and so on.
        audio: sound at 48 kHz as float32 (channels, n) in -1..1: one array, or chunks of any length, which are pulled
            as the picture advances. Mono or stereo; cut where the picture ends.
        metadata: container tags that the MP4 format knows, such as title, artist, comment, description.
        crf: x264 quality, 0 to 51, lower is better; 18 is visually lossless.
        preset: x264 speed.
        gop_seconds: time from one key frame to the next: where players can start, and clips be cut without loss.
        pictures: how many there are to draw in. x264 copies a picture before `write` returns, so two are enough to
            draw one while another is written.

    Raises:
        InvalidRequestError: a size or frame rate that H.264 in 4:2:0 cannot have.
        StorageError: the target's folder is missing, full or not writable.
        VideoProcessingError: the encoder refused, or no frame was written.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own, all but the first few have a default
        self,
        path: str | os.PathLike[str],
        *,
        width: int,
        height: int,
        fps: float | Fraction,
        audio: Samples | Iterable[Samples] | None = None,
        metadata: Mapping[str, str] | None = None,
        crf: int = 18,
        preset: str = "veryfast",
        gop_seconds: float = 2,
        pictures: int = 2,
    ) -> None:
        _check_size(width, height)
        self.path = Path(path)
        self.width, self.height = width, height
        self.fps = frame_rate(fps)
        self.frames_written = 0
        self._options = {"preset": preset, "crf": str(crf), "sc_threshold": "0", **_steady_instructions()}
        self._metadata = dict(metadata or {})
        self._audio = audio
        self._pictures = pictures
        self._gop = max(1, round(gop_seconds * self.fps))

    def __enter__(self) -> Self:
        """Open the file and the encoders."""
        sound = None if self._audio is None else AudioTrack(self._audio)
        self._sound = None if sound is None or sound.silent else sound
        with ExitStack() as stack:
            partial = stack.enter_context(publishing(self.path))
            with writing(self.path):
                options = {"movflags": "+faststart", "fflags": "+bitexact"}
                self._container = av.open(partial, "w", format="mp4", options=options)
                stack.push(self._finish)
                self._container.metadata.update(self._metadata)
                self._stream = self._add_video()
                if self._sound:
                    self._sound.open(self._container, self._mux)
            self._end = stack.pop_all()
        self._scaler = VideoReformatter()
        self._pool = cycle([Picture.blank(self.width, self.height) for _ in range(self._pictures)])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish and publish the file, or remove it when the block raised."""
        self._end.__exit__(kind, error, trace)

    def picture(self) -> Picture:
        """Return the next of the pictures to draw in; it stays yours until all others were returned after it."""
        return next(self._pool)

    def write(self, picture: Picture) -> None:
        """Encode `picture` as the next frame."""
        self._encode(picture.frame)

    def write_rgb(self, pixels: Plane) -> None:
        """Encode an RGB array (height, width, 3) as the next frame, converted with the BT.709 matrix.

        Raises:
            VideoProcessingError: the array has another shape or type.
        """
        if pixels.shape != (self.height, self.width, 3) or pixels.dtype != np.uint8:
            raise VideoProcessingError(
                f"a frame of shape {pixels.shape} and type {pixels.dtype} does not fit a {self.width}x{self.height} "
                f"video: give uint8 of shape ({self.height}, {self.width}, 3)"
            )
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        # Without a named matrix FFmpeg would convert with that of BT.601, whatever the stream's tags say.
        converted = self._scaler.reformat(
            frame, format="yuv420p", dst_colorspace=Colorspace.ITU709, interpolation=Interpolation.BICUBIC
        )
        self._encode(converted)

    def _add_video(self) -> VideoStream:
        stream = self._container.add_stream("libx264", rate=self.fps, options=self._options)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        codec = stream.codec_context
        codec.gop_size = self._gop
        codec.thread_count, codec.thread_type = _THREADS, "FRAME"
        codec.color_primaries = codec.color_trc = codec.colorspace = _BT709
        codec.color_range = _LIMITED_RANGE
        return stream

    def _encode(self, frame: av.VideoFrame) -> None:
        frame.pts = self.frames_written
        frame.time_base = 1 / self.fps
        with writing(self.path):
            self._mux(self._stream.encode(frame))
        self.frames_written += 1
        if self._sound:
            self._sound.advance(self.frames_written / self.fps)

    def _mux(self, packets: Iterable[Any]) -> None:
        with writing(self.path):
            for packet in packets:
                self._container.mux(packet)

    def _finish(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Write what the encoders still hold, and close the file; after an error only close it."""
        try:
            if error is None:
                self._flush()
        finally:
            with suppress(FFmpegError, OSError, ValueError):  # the first error is the one to tell
                self._container.close()

    def _flush(self) -> None:
        if not self.frames_written:
            raise VideoProcessingError(f"no frame was written to `{self.path}`: a video needs at least one")
        with writing(self.path):
            self._mux(self._stream.encode(None))
            if self._sound:
                self._sound.finish()
            self._container.close()


def _check_size(width: int, height: int) -> None:
    for name, value in (("width", width), ("height", height)):
        if not 2 <= value <= MAX_SIDE or value % 2:
            raise InvalidRequestError(
                f"`{name}={value}` cannot be encoded: H.264 video needs an even number, 2 to {MAX_SIDE}"
            )


@cache
def _steady_instructions() -> dict[str, str]:
    """Keep x264 off AVX-512, where its macroblock tree reads memory nobody wrote.

    Measured with core 165: the same frames gave another file in up to half of the runs (320x180), with AVX2 in none of
    240, and AVX2 costs under 3 % of the speed. NumPy tells what the processor has; older ones are left to x264.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    has_avx512 = any(name == "X86_V4" or name.startswith("AVX512") for name in found)
    return {"x264-params": "asm=AVX2"} if has_avx512 else {}
