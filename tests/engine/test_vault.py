"""Files that every machine can open: the same behaviour on disk and in an object store."""

import hashlib
import urllib.request
from pathlib import Path

import pytest

from video_gen.engine.objects import ObjectVault
from video_gen.engine.vault import DiskVault, Vault, bring
from video_gen.engine.vaults import open_vault
from video_gen.exceptions import ConfigurationError, MediaNotFoundError, StorageError

DATA = bytes(range(256)) * 40_000
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "videos/one/film.mp4"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(DATA)
    return path


@pytest.fixture(params=["disk", "s3"])
def vault(request, tmp_path: Path) -> Vault:
    if request.param == "disk":
        return DiskVault(tmp_path / "vault")
    return open_vault("s3://films/a/prefix/", request.getfixturevalue("s3"))


def keep(vault: Vault, film: Path, name: str = NAME) -> str:
    sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    return vault.keep(film, name, sha256=sha256, media_type="video/mp4")


def test_what_is_kept_can_be_read_whole_and_in_part(vault: Vault, film: Path):
    location = keep(vault, film)
    assert location == vault.at(NAME)
    assert location.startswith(vault.where)
    assert vault.size(location) == len(DATA)
    assert b"".join(vault.read(location)) == DATA
    assert b"".join(vault.read(location, offset=5, length=2_000_000)) == DATA[5:2_000_005]
    assert b"".join(vault.read(location, offset=len(DATA) - 3)) == DATA[-3:]
    assert b"".join(vault.read(location, offset=len(DATA) - 3, length=100)) == DATA[-3:]
    assert b"".join(vault.read(location, offset=len(DATA) + 1)) == b""
    assert b"".join(vault.read(location, length=0)) == b""


def test_keeping_it_again_changes_nothing_and_mends_what_is_broken(vault: Vault, film: Path, tmp_path: Path):
    location = keep(vault, film)
    [before] = vault.listed("videos")
    assert keep(vault, film) == location
    assert list(vault.listed("videos")) == [before]
    other = tmp_path / "other"
    other.write_bytes(DATA[::-1])
    keep(vault, other)
    assert keep(vault, film) == location
    assert b"".join(vault.read(location)) == DATA


def test_it_is_brought_to_a_file_whole_or_not_at_all(vault: Vault, film: Path, tmp_path: Path):
    location = keep(vault, film)
    bring(vault, location, tmp_path / "here" / "film.mp4", sha256=SHA256)
    assert (tmp_path / "here" / "film.mp4").read_bytes() == DATA
    with pytest.raises(StorageError, match="is not what was kept there"):
        bring(vault, location, tmp_path / "there" / "film.mp4", sha256="0" * 64)
    assert list((tmp_path / "there").iterdir()) == []


def test_what_is_gone_is_said_so(vault: Vault, film: Path):
    location = keep(vault, film)
    vault.discard(location)
    vault.discard(location)
    assert list(vault.listed("videos")) == []
    with pytest.raises(MediaNotFoundError, match="is gone"):
        vault.size(location)
    with pytest.raises(MediaNotFoundError, match="is gone"):
        vault.read(location)


def test_what_was_on_disk_before_stays_readable(s3: dict[str, str], film: Path):
    vault = ObjectVault("s3://films/moved", s3)
    assert vault.size(str(film)) == len(DATA)
    assert b"".join(vault.read(str(film), offset=1, length=3)) == DATA[1:4]
    assert vault.link(str(film), seconds=60) is None
    vault.discard(str(film))
    assert not film.exists()


def test_another_store_is_named(vault: Vault):
    with pytest.raises(MediaNotFoundError, match="set VIDEO_GEN_OBJECT_STORE to the one it was kept in"):
        vault.size("s3://elsewhere/film.mp4")


def test_a_signed_link_opens_an_object_to_anybody(s3: dict[str, str], film: Path):
    vault = ObjectVault("s3://films/links", s3)
    link = vault.link(keep(vault, film), seconds=60)
    assert link is not None
    assert s3["AWS_SECRET_ACCESS_KEY"] not in link
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.read() == DATA
    assert DiskVault(film.parent).link(str(film), seconds=60) is None


def test_a_store_that_does_not_answer_is_a_storage_error(s3: dict[str, str], monkeypatch, film: Path):
    monkeypatch.setattr("video_gen.engine.objects.SECONDS", 0)
    vault = ObjectVault("s3://films/x", {**s3, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    with pytest.raises(StorageError, match=r"`s3://films/x/videos/one/film\.mp4` cannot be used"):
        keep(vault, film)
    with pytest.raises(StorageError, match="make the bucket first"):
        keep(ObjectVault("s3://no-such-bucket/x", s3), film)


@pytest.mark.parametrize("url", ["films", "s3://", "file://relative", "ftp://host/folder", "file:", "memory:///"])
def test_another_kind_of_place_is_refused(url: str):
    with pytest.raises(ConfigurationError, match="VIDEO_GEN_OBJECT_STORE"):
        open_vault(url, {})


def test_a_folder_may_be_named_as_a_url(tmp_path: Path, film: Path):
    vault = open_vault(f"file://{tmp_path}/shared", {})
    assert keep(vault, film) == f"{tmp_path}/shared/{NAME}"
