"""Colour: what a file says of its own, and the way from there to sRGB and BT.709.

The trap: FFmpeg takes video that does not name its matrix for BT.601, while every player takes HD for BT.709. Pure
green then comes out as 215 instead of 254, and each hop from last frame to next clip shifts colours further.
"""

from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation, VideoReformatter

# Code points of ITU-T H.273 (2021-09), with FFmpeg's names.
_PRIMARIES: Final = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020", 10: "smpte428",
    11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
_TRANSFERS: Final = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
    13: "srgb", 14: "bt2020-10", 15: "bt2020-12", 16: "pq", 18: "hlg",
}  # fmt: skip
_MATRICES: Final = {
    0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
    10: "bt2020c", 14: "ictcp",
}  # fmt: skip
# The scaler names its matrices by numbers of its own.
_SCALER_MATRICES: Final = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
_UNSPECIFIED: Final = 2
_BT709: Final = 1
_SRGB: Final = 13
_BT601: Final = 5
_HDR: Final = frozenset({16, 18})
_LIMITED: Final = 1
_FULL: Final = 2

_EXACT: Final = int(Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT)


def color_words(codec: VideoCodecContext) -> str | None:
    """Return "bt709", or primaries/matrix/transfer where they differ ("bt2020/bt2020nc/pq"); None if unsaid."""
    words = [
        table.get(code)
        for table, code in (
            (_PRIMARIES, codec.color_primaries),
            (_MATRICES, codec.colorspace),
            (_TRANSFERS, codec.color_trc),
        )
    ]
    if not any(words):
        return None
    return words[0] if len(set(words)) == 1 else "/".join(word or "unsaid" for word in words)


def is_hdr(frame: av.VideoFrame) -> bool:
    """Tell whether the frame's light is coded for HDR screens (PQ or HLG)."""
    return frame.color_trc in _HDR


class ColorConverter:
    """Turns frames of one video into sRGB or BT.709 pictures; keeps its tables between frames.

    HDR is mapped to the range of ordinary screens, its white to white.
    """

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def rgb(self, frame: av.VideoFrame, width: int | None = None, height: int | None = None) -> av.VideoFrame:
        """Return the frame as sRGB "rgb24", scaled on the way."""
        hdr = is_hdr(frame)
        picture = self._scaler.reformat(
            frame,
            width,
            height,
            "rgb24",
            src_colorspace=_matrix(frame),
            interpolation=_EXACT,
            dst_color_range=_FULL,
            dst_color_trc=_SRGB if hdr else None,
            dst_color_primaries=_BT709 if hdr else None,
        )
        picture.color_trc, picture.color_primaries, picture.colorspace = _SRGB, _BT709, 0
        return picture

    def bt709(self, frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
        """Return the frame as BT.709 limited-range "yuv420p" of `width` x `height`."""
        hdr = is_hdr(frame)
        return self._scaler.reformat(
            frame,
            width,
            height,
            "yuv420p",
            src_colorspace=_matrix(frame),
            dst_colorspace=_BT709,
            interpolation=_EXACT,
            dst_color_range=_LIMITED,
            dst_color_trc=_BT709 if hdr else None,
            dst_color_primaries=_BT709 if hdr else None,
        )


def _matrix(frame: av.VideoFrame) -> int | None:
    """Return the scaler's number for the frame's matrix; what the file leaves unsaid is guessed as players do."""
    if frame.format.is_rgb:
        return None
    if frame.colorspace == _UNSPECIFIED:
        return _BT709 if frame.height > 576 or frame.width >= 1280 else _BT601
    return _SCALER_MATRICES.get(frame.colorspace)
