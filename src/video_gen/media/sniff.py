"""What a file is, told by its first bytes: names and headers of a message may be wrong."""

from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 4096
"""How much of a file `sniff` wants to see."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A media type, and the same in words that fit behind "it is"."""

    media_type: str
    words: str


UNKNOWN: Final = Kind("application/octet-stream", "data of a kind that is not known")
EMPTY: Final = Kind("application/x-empty", "empty")
PNG: Final = Kind("image/png", "a PNG picture")
JPEG: Final = Kind("image/jpeg", "a JPEG picture")
WEBP: Final = Kind("image/webp", "a WebP picture")
AVIF: Final = Kind("image/avif", "an AVIF picture")
HEIC: Final = Kind("image/heic", "a HEIC picture")
MP4: Final = Kind("video/mp4", "an MP4 video")
QUICKTIME: Final = Kind("video/quicktime", "a QuickTime movie")
WEBM: Final = Kind("video/webm", "a WebM video")
MATROSKA: Final = Kind("video/x-matroska", "a Matroska video")
SVG: Final = Kind("image/svg+xml", "an SVG drawing")
HTML: Final = Kind("text/html", "an HTML page")
XML: Final = Kind("application/xml", "an XML document")
JSON: Final = Kind("application/json", "JSON")
TEXT: Final = Kind("text/plain", "text")

_TIFF: Final = Kind("image/tiff", "a TIFF picture")
_POSTSCRIPT: Final = Kind("application/postscript", "PostScript (EPS)")
_MP3: Final = Kind("audio/mpeg", "an MP3 sound file")

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", Kind("image/gif", "a GIF picture")),
    (b"GIF89a", Kind("image/gif", "a GIF picture")),
    (b"II*\x00", _TIFF),
    (b"MM\x00*", _TIFF),
    (b"BM", Kind("image/bmp", "a BMP picture")),
    (b"\x1aE\xdf\xa3", MATROSKA),
    (b"II+\x00", Kind("image/tiff", "a BigTIFF picture")),
    (b"\xff\x0a", Kind("image/jxl", "a JPEG XL picture")),
    (b"\x00\x00\x00\x0cJXL ", Kind("image/jxl", "a JPEG XL picture")),
    (b"\x00\x00\x00\x0cjP  ", Kind("image/jp2", "a JPEG 2000 picture")),
    (b"\xff\x4f\xff\x51", Kind("image/jp2", "a JPEG 2000 picture")),
    (b"8BPS", Kind("image/vnd.adobe.photoshop", "a Photoshop file")),
    (b"v/1\x01", Kind("image/x-exr", "an OpenEXR picture")),
    (b"%PDF", Kind("application/pdf", "a PDF document")),
    (b"%!PS", _POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", _POSTSCRIPT),
    (b"#EXTM3U", Kind("application/vnd.apple.mpegurl", "an HLS playlist")),
    (b"ffconcat", Kind("text/x-ffconcat", "an FFmpeg playlist")),
    (b"FLV\x01", Kind("video/x-flv", "a Flash video")),
    (b"OggS", Kind("application/ogg", "an Ogg file")),
    (b"ID3", _MP3),
    (b"\xff\xfb", _MP3),
    (b"fLaC", Kind("audio/flac", "a FLAC sound file")),
    (b"PK\x03\x04", Kind("application/zip", "a ZIP archive")),
    (b"\x1f\x8b", Kind("application/gzip", "gzip-compressed data")),
)

_RIFF: Final = {
    b"WEBP": WEBP,
    b"WAVE": Kind("audio/wav", "a WAV sound file"),
    b"AVI ": Kind("video/x-msvideo", "an AVI video"),
}

# A file that starts without `ftyp` is a QuickTime movie from before 2001, or a cut-off MP4.
_BARE_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def sniff(head: bytes) -> Kind:
    """Return what `head`, the first `HEAD_BYTES` of a file, begins."""
    if not head:
        return EMPTY
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _BARE_BOXES:
        return QUICKTIME
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    return _by_signature(head) or _text(head)


def _by_signature(head: bytes) -> Kind | None:
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return WEBM if kind is MATROSKA and b"webm" in head[:64] else kind
    if len(head) > 188 and head[0] == head[188] == 0x47:  # packets of 188 bytes
        return Kind("video/mp2t", "an MPEG transport stream")
    return None


def _by_brand(head: bytes) -> Kind:
    """Tell the members of the ISO base media family apart by their brands."""
    brand = head[8:12]
    end = min(int.from_bytes(head[:4]), len(head))
    brands = {brand, *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    if brand in _HEIC_BRANDS:
        return HEIC
    if brand == b"qt  ":
        return QUICKTIME
    if brand in {b"M4A ", b"M4B "}:
        return Kind("audio/mp4", "an M4A sound file")
    return MP4


def _text(head: bytes) -> Kind:
    if len(head) >= HEAD_BYTES:
        head = head[: HEAD_BYTES - 3]  # the cut may have split a character
    try:
        text = head.decode("utf-8-sig").lstrip().lower()
    except UnicodeDecodeError:
        return UNKNOWN
    if "\x00" in text:
        return UNKNOWN
    if text.startswith("<svg") or (text.startswith(("<?xml", "<!--", "<!doctype svg")) and "<svg" in text):
        return SVG
    if text.startswith(("<!doctype html", "<html", "<head", "<body", "<script")):
        return HTML
    if text.startswith("<"):
        return XML
    return JSON if text.startswith(("{", "[")) else TEXT
