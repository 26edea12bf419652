"""What links lead to: whole or in part, unchanged, and no further than they say."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from video_gen.exceptions import VideoGenerationError
from video_gen.server.faults import ForbiddenError, GoneError
from video_gen.server.links import Links


@pytest.fixture(scope="module")
def link(task: dict[str, Any]) -> str:
    return task["video_url"]


@pytest.fixture(scope="module")
def whole(server, link: str) -> bytes:
    return server.client.get(link).content


def test_a_video_comes_whole_with_all_that_is_known_of_it(server, link: str, whole: bytes, task: dict[str, Any]):
    answer = server.client.get(link)
    made = task["result"]["result"]["videos"][0]
    assert answer.status_code == 200
    assert len(whole) == made["bytes"] == int(answer.headers["content-length"])
    assert hashlib.sha256(whole).hexdigest() == made["sha256"]
    assert answer.headers["etag"] == f'"{made["sha256"]}"'
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private, max-age=")


def test_a_head_says_the_same_without_the_body(server, link: str):
    whole, head = server.client.get(link), server.client.head(link)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "etag", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-999999999", slice(5, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_a_range_is_sent_in_part(server, link: str, whole: bytes, asked: str, part: slice):
    answer = server.client.get(link, headers={"range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[part]
    start = part.indices(len(whole))[0]
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(whole)}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "bytes=a-b", "bytes=9-1", "pages=1-2", "bytes", "bytes=-", "bytes="]
)
def test_several_ranges_and_what_is_no_range_give_the_whole(server, link: str, whole: bytes, asked: str):
    answer = server.client.get(link, headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, whole)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=999999999-9999999999", "bytes=-0"])
def test_a_range_beyond_the_end_is_told_where_that_is(server, link: str, whole: bytes, asked: str):
    answer = server.client.get(link, headers={"range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert set(answer.json()["error"]) == {"type", "message", "retryable", "code"}


def test_who_has_it_already_is_told_so(server, link: str):
    tag = server.client.head(link).headers["etag"]
    for condition in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = server.client.get(link, headers={"if-none-match": condition})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert server.client.get(link, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_range_of_something_else_gives_the_whole(server, link: str, whole: bytes):
    tag = server.client.head(link).headers["etag"]
    ranged = {"range": "bytes=0-9"}
    assert server.client.get(link, headers={**ranged, "if-range": tag}).status_code == 206
    assert server.client.get(link, headers={**ranged, "if-range": '"other"'}).content == whole
    assert server.client.get(link, headers={**ranged, "if-range": "Wed, 21 Oct 2015 07:28:00 GMT"}).content == whole


def test_a_download_is_one_where_that_is_asked(server, link: str):
    answer = server.client.head(f"{link}?download")
    assert answer.headers["content-disposition"].startswith('attachment; filename="local_')


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("/video.mp4", "/2-video.mp4"),
        lambda link: link.replace("/video.mp4", "/thumbnail.webp"),
        lambda link: link[: link.rindex("/") - 1] + "x/video.mp4",
        lambda link: link.replace("/files/", "/files/x"),
    ],
)
def test_a_link_that_was_changed_leads_nowhere(server, link: str, change):
    answer = server.client.get(change(link))
    assert answer.status_code == 403
    assert "signature" in answer.json()["error"]["message"]


def test_a_thumbnail_and_a_sheet_are_made_when_they_are_asked_for(server, task: dict[str, Any]):
    made = task["result"]["result"]["videos"][0]
    for url, kind in ((made["thumbnail_url"], "WEBP"), (made["spritesheet_url"], "JPEG")):
        first, again = server.client.get(url), server.client.get(url)
        assert Image.open(io.BytesIO(first.content)).format == kind
        assert first.headers["content-type"] == f"image/{kind.lower()}"
        assert first.content == again.content


def test_an_image_of_this_server_begins_a_video(server):
    asked = {"prompt": "a mountain lake", "width": 128, "height": 72, "quality": "high"}
    image = server.client.post("/api/v1/images/generate", json=asked).raise_for_status().json()
    found = server.client.get(image["image_url"])
    assert Image.open(io.BytesIO(found.content)).size == (128, 72)
    assert found.headers["content-type"] == "image/png"
    shown = server.client.get(f"/api/v1/tasks/{image['task_id']}").json()
    assert (shown["image_url"], shown["video_url"]) == (image["image_url"], None)
    made = server.made(image=image["image_url"], prompt="slow zoom")
    taken = server.client.post("/api/v1/videos/generate", json={"video": made["video_url"], "model": "local"})
    assert "takes no source video" in taken.json()["error"]["message"], "it was read, and is a video"


def test_a_file_that_was_changed_or_removed_is_gone(server):
    task = server.made(prompt="not for long")
    (path,) = [path for path in Path(server.folder / "outputs").glob("*.mp4") if task_of(server, path, task)]
    path.write_bytes(path.read_bytes() + b"more")
    assert "changed" in gone(server, task["video_url"])
    path.unlink()
    assert "no longer" in gone(server, task["video_url"])
    assert server.client.delete(f"/api/v1/tasks/{task['task_id']}").status_code == 200
    assert "deleted" in gone(server, task["video_url"])


def task_of(server, path: Path, task: dict[str, Any]) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == task["result"]["result"]["videos"][0]["sha256"]


def gone(server, url: str) -> str:
    answer = server.client.get(url)
    assert answer.status_code == 410
    return answer.json()["error"]["message"]


def test_a_link_expires_and_tells_how_to_get_another():
    time = 1_000_000.0
    links = Links(b"secret", seconds=600, now=lambda: time)
    path = links.path("0123456789abcdef", "video.mp4")
    _, _, of, seal, name = path.split("/")
    assert links.path("0123456789abcdef", "video.mp4") == path, "the same link for a while"
    assert 600 <= links.check(of, seal, name) <= 900
    time += 900
    with pytest.raises(GoneError, match="expired"):
        links.check(of, seal, name)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://a/files/{rest}", True),
        ("http://a/files/{rest}?download", True),
        ("http://b/files/{rest}", False),
        ("http://a.evil/files/{rest}", False),
        ("http://a@evil/files/{rest}", False),
        ("data:image/png;base64,", False),
    ],
)
def test_only_a_link_of_this_server_is_read_here(url: str, *, found: bool):
    links = Links(b"secret", seconds=600, now=lambda: 1e6)
    rest = links.path("pictures", "a.png").removeprefix("/files/")
    assert (links.read(url.format(rest=rest), "http://a") is not None) is found


def test_a_forged_link_of_this_server_is_no_input():
    links, other = Links(b"secret", seconds=600, now=lambda: 1e6), Links(b"other", seconds=600, now=lambda: 1e6)
    with pytest.raises(ForbiddenError) as raised:
        links.read("http://a" + other.path("0123456789abcdef", "video.mp4"), "http://a")
    assert isinstance(raised.value, VideoGenerationError)
