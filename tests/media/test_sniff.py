import time

import pytest

from video_gen.media.sniff import HEAD_BYTES, sniff


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\0\0\0\0????", "application/octet-stream"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isom", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "video/x-matroska"),
        (b"G" + bytes(187) + b"G" + bytes(10), "video/mp2t"),
        (b"  <!DOCTYPE HTML>", "text/html"),
        (b"\xef\xbb\xbf<html>", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns=""/>', "image/svg+xml"),
        (b'<?xml version="1.0"?><Error/>', "application/xml"),
        (b' {"a": 1}', "application/json"),
        (b"[]", "application/json"),
        ("häßlich".encode(), "text/plain"),
        (b"\xff\xfe\x00\x01", "application/octet-stream"),
        (b"", "application/x-empty"),
    ],
)
def test_content_tells_what_a_file_is(head, wanted):
    assert sniff(head).media_type == wanted


def test_a_character_cut_in_two_by_the_head_is_still_text():
    text = ("a" + "é" * HEAD_BYTES).encode()[:HEAD_BYTES]
    assert sniff(text).media_type == "text/plain"


def test_a_declared_length_of_four_gigabytes_costs_nothing():
    start = time.process_time()
    assert sniff(b"\xff\xff\xff\xffftypmp42" + bytes(100)).media_type == "video/mp4"
    assert time.process_time() - start < 0.1
