"""A server whose files are in an object store leads to them there, by links that the store itself signed."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from PIL import Image
from server_world import Served, start

SECRET = "a secret that every machine has, long enough"


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path: Path, s3: dict[str, str]) -> Iterator[Served]:
    settings = {**s3, "VIDEO_GEN_OBJECT_STORE": "s3://films/a/prefix", "VIDEO_GEN_PRESIGNED_LINKS": "1"}
    if request.param == "postgresql":
        settings |= {"VIDEO_GEN_DATABASE_URL": request.getfixturevalue("database_url"), "VIDEO_GEN_SECRET": SECRET}
    opened = start(tmp_path / "server", **settings)
    yield opened
    opened.stop()


def kept(s3: dict[str, str]) -> list[str]:
    client = boto3.client(
        "s3",
        endpoint_url=s3["AWS_ENDPOINT_URL"],
        region_name=s3["AWS_REGION"],
        aws_access_key_id=s3["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=s3["AWS_SECRET_ACCESS_KEY"],
    )
    return [item["Key"] for item in client.list_objects_v2(Bucket="films").get("Contents", [])]


def test_links_lead_to_the_store_until_the_video_is_deleted(served: Served, s3: dict[str, str]):
    task = served.made()
    [video] = task["result"]["result"]["videos"]
    [key] = [name for name in kept(s3) if "/videos/" in name]
    answer = served.client.get(task["video_url"])
    assert (answer.status_code, answer.content) == (307, b"")
    link = answer.headers["location"]
    assert link.startswith(f"{s3['AWS_ENDPOINT_URL']}/films/{key}?")
    assert "X-Amz-Signature=" in link
    assert s3["AWS_SECRET_ACCESS_KEY"] not in link
    whole = httpx.get(link)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert hashlib.sha256(whole.content).hexdigest() == video["sha256"]
    part = httpx.get(link, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    content = served.client.get(f"/v1/videos/{task['task_id']}/content", follow_redirects=True)
    assert content.content == whole.content, "the way of OpenAI's clients"
    picture = served.client.get(video["thumbnail_url"])
    assert picture.status_code == 200, "what is made of it is this server's own"
    assert Image.open(io.BytesIO(picture.content)).format == "WEBP"
    previews = served.folder / "home" / "previews"
    assert len(list(previews.iterdir())) == 1
    assert served.client.delete(f"/v1/videos/{task['task_id']}").json()["deleted"] is True
    assert [name for name in kept(s3) if "/videos/" in name] == []
    assert list(previews.iterdir()) == []
    assert httpx.get(link).status_code == 404
    assert served.client.get(task["video_url"]).status_code == 410
