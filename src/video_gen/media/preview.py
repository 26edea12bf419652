"""A small moving preview of a video, for pages and chats that show no video."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video import VideoStream

from video_gen.exceptions import InvalidRequestError
from video_gen.media.frames import check_side
from video_gen.media.opening import DEFAULT_LIMITS, Limits, OpenVideo, decoding, exact, open_video
from video_gen.media.pictures import Upright
from video_gen.media.probe import average_rate
from video_gen.media.publish import publishing, writing
from video_gen.media.reader import FrameReader
from video_gen.media.timeline import Timeline

_MAX_SECONDS: Final = 60
_MAX_FPS: Final = 50  # browsers slow GIFs down that are faster

Frames = Iterator[av.VideoFrame]


def preview(
    video: Path,
    out: Path,
    *,
    max_side: int = 480,
    fps: float = 12.0,
    seconds: float = 10.0,
    limits: Limits = DEFAULT_LIMITS,
) -> Path:
    """Write the first `seconds` of `video` as a silent animation that repeats for ever; returns `out`.

    WebP is a quarter of the size of GIF, and has all colours.

    Args:
        video: the file.
        out: named .webp or .gif.
        max_side: pixels of the longer side; a smaller video is not enlarged.
        fps: frames a second, 1 to 50; never more than the video has.
        seconds: how much of the video, from its start; up to 60.
        limits: the largest video that is opened.

    Raises:
        InvalidRequestError: `out` names neither format, or a number is out of range.
        MediaNotFoundError: there is no such video.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no complete video, or damaged.
        StorageError: the disk refused.
    """
    kind = out.suffix.lower()
    if kind not in {".webp", ".gif"}:
        raise InvalidRequestError(f"`{out}` does not name an animation: let it end in .webp or .gif")
    check_side(max_side)
    if not 1 <= fps <= _MAX_FPS:
        raise InvalidRequestError(f"`fps={fps:g}` is out of range: choose 1 to {_MAX_FPS}")
    if not 0 < seconds <= _MAX_SECONDS:
        raise InvalidRequestError(f"`seconds={seconds:g}` is out of range: choose up to {_MAX_SECONDS}")
    with open_video(Path(video), limits) as source, publishing(out) as partial:
        timeline = Timeline.of(source)
        rate = min(Fraction(fps).limit_denominator(1000), average_rate(source, timeline))
        length = min(Fraction(seconds), (timeline.end - timeline.start) * source.time_base)
        count = max(1, round(length * rate))

        def frames() -> Frames:
            return _sampled(source, count, rate, max_side)

        with writing(out):
            if kind == ".webp":
                _write_webp(frames(), rate, partial)
            else:
                _write_gif(frames, rate, partial)
    return out


def _sampled(source: OpenVideo, count: int, rate: Fraction, max_side: int) -> Frames:
    """Yield `count` upright pictures, `rate` a second, their time stamps counting them."""
    reader, upright = FrameReader(source), Upright(source)
    for number in range(count):
        with decoding(source.path):
            picture = upright.rgb(reader.at(number / rate, clamped=True), max_side)
        picture.pts, picture.time_base = number, 1 / rate
        yield picture


def _write_webp(frames: Frames, rate: Fraction, out: Path) -> None:
    converted = (_stamped(frame.reformat(format="bgra"), frame) for frame in frames)
    _encode(converted, "libwebp_anim", "webp", rate, out, {"quality": "70"})


def _write_gif(frames: Callable[[], Frames], rate: Fraction, out: Path) -> None:
    """Read the frames twice, for one palette that fits all of them: memory stays that of a frame."""
    palette = _palette(frames())
    _encode(_quantized(frames(), palette), "gif", "gif", rate, out, {})


def _encode(frames: Frames, codec: str, muxer: str, rate: Fraction, out: Path, options: dict[str, str]) -> None:
    with av.open(str(out), "w", format=muxer, options={"loop": "0"}) as container:
        stream: VideoStream | None = None
        for frame in frames:
            if stream is None:
                added = container.add_stream(codec, rate=rate, options=options)
                assert isinstance(added, VideoStream)
                stream = added
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode(None))


def _palette(frames: Frames) -> av.VideoFrame:
    """Return the 256 colours that suit all frames, as a picture of 16 x 16 pixels."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            graph.link_nodes(_source(graph, frame), graph.add("palettegen"), graph.add("buffersink")).configure()
        graph.vpush(frame)
    assert graph is not None
    graph.vpush(None)
    return graph.vpull()


def _quantized(frames: Frames, palette: av.VideoFrame) -> Frames:
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            pictures, colours = _source(graph, frame), _source(graph, palette)
            use = graph.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
            pictures.link_to(use, 0, 0)
            colours.link_to(use, 0, 1)
            use.link_to(graph.add("buffersink"))
            graph.configure()
            colours.push(palette)
            colours.push(None)
        graph.vpush(frame, 0)
        yield _stamped(graph.vpull(), frame)


def _source(graph: Graph, like: av.VideoFrame) -> FilterContext:
    base = exact(like.time_base) or Fraction(1)
    return graph.add_buffer(width=like.width, height=like.height, format=like.format, time_base=base)


def _stamped(frame: av.VideoFrame, like: av.VideoFrame) -> av.VideoFrame:
    frame.pts, frame.time_base = like.pts, like.time_base
    return frame
