"""Finished files: named by the rule, over nothing that stands there, whole on the disk."""

import errno
import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paid_world import make_plan

from video_gen.engine import artifacts, discard, files
from video_gen.engine.artifacts import Shelf, destination, file_name, target_of
from video_gen.engine.blobs import Blobs
from video_gen.exceptions import InvalidRequestError, MediaNotFoundError, StorageError
from video_gen.spec import Job, MediaRef, Status

AT = datetime(2026, 11, 21, 14, 30, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch):
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    path = tmp_path / "ready.mp4"
    path.write_bytes(b"a video")
    return path


@pytest.fixture(params=["links", "no-links"])
def file_system(request, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system with hard links, and one without."""
    if request.param == "no-links":

        def refuse(source, target):
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, "exists", str(target))
            raise OSError(errno.EPERM, "no links here", str(target))

        monkeypatch.setattr(os, "link", refuse)
    return request.param


def place(ready: Path, target: Path, *, taken=(), overwrite: bool = False) -> str:
    sha256 = hashlib.sha256(ready.read_bytes()).hexdigest()
    return Shelf.place(ready, target, sha256, taken=taken, overwrite=overwrite).name


def new_job(out: str | None) -> Job:
    plan = make_plan()
    return Job(id="j", status=Status.QUEUED, request=plan.request, plan=plan, created_at=AT, updated_at=AT, out=out)


# --- names ---------------------------------------------------------------------------------------------------------


def test_the_rule():
    assert file_name("local", AT) == "local_20261121_143022.mp4"


def test_where_a_job_wants_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    outputs = Path("outputs")
    assert destination(None, outputs, overwrite=False) == f"{tmp_path}/outputs/"
    assert destination("a.mp4", outputs, overwrite=False) == f"{tmp_path}/a.mp4"
    assert destination("a", outputs, overwrite=False) == f"{tmp_path}/a.mp4"
    assert destination("new/a.M4V", outputs, overwrite=False) == f"{tmp_path}/new/a.M4V"
    assert destination("there", outputs, overwrite=False) == f"{tmp_path}/there/"
    assert destination(Path("there"), outputs, overwrite=False) == f"{tmp_path}/there/"
    assert destination("new/", outputs, overwrite=False) == f"{tmp_path}/new/"
    assert destination("/", outputs, overwrite=False) == "/"


def test_a_wish_that_cannot_be_met_is_refused_before_anything_is_spent(tmp_path: Path):
    (tmp_path / "a.mp4").touch()
    with pytest.raises(InvalidRequestError, match=r"a\.mp4` already exists: choose another name, or allow"):
        destination(tmp_path / "a.mp4", tmp_path, overwrite=False)
    assert destination(tmp_path / "a.mp4", tmp_path, overwrite=True) == str(tmp_path / "a.mp4")
    with pytest.raises(InvalidRequestError, match=r"written as MP4; name it `film\.mp4`"):
        destination("film.webm", tmp_path, overwrite=False)
    for out in (tmp_path / "a.mp4" / "b.mp4", f"{tmp_path}/a.mp4/", "/dev/null/b.mp4"):
        with pytest.raises(InvalidRequestError, match=r"` is a file, not a folder"):
            destination(out, tmp_path, overwrite=False)


WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from video_gen.engine.artifacts import destination
from video_gen.exceptions import InvalidRequestError
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for out in sys.argv[1:]:
    try:
        print(destination(out, Path("outputs"), overwrite=False))
    except InvalidRequestError as error:
        print(error)
"""


def test_a_folder_that_may_not_be_written_is_refused_before_anything_is_spent(tmp_path: Path):
    places = ["/a.mp4", "/new/a.mp4", "/"]
    command = [sys.executable, "-c", WITHOUT_RIGHTS, *places]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    said = done.stdout.splitlines()
    assert said == [
        f"`{place}` cannot be written: you may not write in `/`; choose another folder, or change its rights"
        for place in places
    ]


def test_the_target_of_a_job(tmp_path: Path):
    assert target_of(new_job("/x/film.mp4"), "veo", tmp_path) == Path("/x/film.mp4")
    assert target_of(new_job("/x/"), "veo", tmp_path) == Path("/x/veo_20261121_143022.mp4")
    assert target_of(new_job(None), "veo", tmp_path) == tmp_path / "veo_20261121_143022.mp4"


# --- placing -------------------------------------------------------------------------------------------------------


def test_a_file_gets_its_name_and_the_next_one_a_number(ready: Path, tmp_path: Path, file_system: str):
    target = tmp_path / "new" / "folder" / "film.mp4"
    assert place(ready, target) == "film.mp4"
    assert target.read_bytes() == b"a video"
    target.unlink()
    target.write_bytes(b"mine")
    assert place(ready, target) == "film_2.mp4"
    assert place(ready, target, taken={str(target.with_name("film_2.mp4"))}) == "film_3.mp4"
    assert target.read_bytes() == b"mine"
    assert sorted(path.name for path in target.parent.iterdir()) == ["film.mp4", "film_2.mp4", "film_3.mp4"]


def test_what_an_earlier_run_has_placed_is_taken_as_placed(ready: Path, tmp_path: Path, file_system: str):
    target = tmp_path / "film.mp4"
    assert [place(ready, target) for _ in range(3)] == ["film.mp4"] * 3
    assert place(ready, target, taken={str(target)}) == "film_2.mp4", "unless a job owns it"
    other = tmp_path / "other"
    other.write_bytes(b"b video")
    assert place(other, target, taken={str(target)}) == "film_3.mp4", "same length, other content"


def test_another_file_system_is_reached_by_a_copy(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plain = os.link

    def link(source, target):
        if Path(source) == ready:
            raise OSError(errno.EXDEV, "another file system")
        plain(source, target)

    monkeypatch.setattr(os, "link", link)
    target = tmp_path / "there" / "film.mp4"
    assert place(ready, target) == "film.mp4"
    assert target.read_bytes() == b"a video"
    assert target.stat().st_ino != ready.stat().st_ino
    assert place(ready, target) == "film.mp4"
    assert [path.name for path in target.parent.iterdir()] == ["film.mp4"]


def test_a_real_other_file_system(ready: Path, tmp_path: Path):
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        shared = tmp_path
    target = shared / f"video-gen-test-{os.getpid()}.mp4"
    try:
        assert place(ready, target) == target.name
        assert target.read_bytes() == b"a video"
    finally:
        target.unlink(missing_ok=True)


def test_overwriting_is_one_step(ready: Path, tmp_path: Path, file_system: str):
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    seen = target.open("rb")
    assert [place(ready, target, overwrite=True) for _ in range(2)] == ["film.mp4"] * 2
    assert target.read_bytes() == b"a video"
    with seen:
        assert seen.read() == b"old", "who has the old file open keeps it"
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".mp4") == ["film.mp4", "ready.mp4"]


def test_a_name_taken_by_a_folder_or_a_dead_link_is_stepped_over(ready: Path, tmp_path: Path):
    (tmp_path / "film.mp4").mkdir()
    (tmp_path / "film_2.mp4").symlink_to(tmp_path / "nowhere")
    assert place(ready, tmp_path / "film.mp4") == "film_3.mp4"
    assert not (tmp_path / "nowhere").exists()


def test_the_file_and_its_folder_are_flushed_after_the_name_is_there(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target, flushed = tmp_path / "out" / "film.mp4", []

    def flush(path: Path) -> None:
        flushed.append((path, target.exists()))

    monkeypatch.setattr(artifacts, "flush_file", flush)
    monkeypatch.setattr(artifacts, "flush_folder", flush)
    place(ready, target)
    assert flushed == [(ready, False), (target.parent, True)]


def test_a_refusing_disk_is_a_storage_error(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(StorageError, match=r"film\.mp4` cannot be written: No space left on device; free some space"):
        place(ready, tmp_path / "film.mp4")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="check the path and its rights"):
        place(ready, tmp_path / "file" / "film.mp4")


# --- inputs --------------------------------------------------------------------------------------------------------


def test_the_same_bytes_are_kept_once(tmp_path: Path):
    blobs = Blobs(tmp_path / "inputs")
    sha256 = blobs.put(b"a picture")
    assert sha256 == hashlib.sha256(b"a picture").hexdigest()
    path = blobs.path(sha256)
    assert path == tmp_path / "inputs" / sha256[:2] / sha256
    inode = path.stat().st_ino
    (tmp_path / "file").write_bytes(b"a picture")
    assert blobs.put(tmp_path / "file") == blobs.put(b"a picture") == sha256
    assert path.stat().st_ino == inode
    assert [each.name for each in path.parent.iterdir()] == [sha256]


def test_a_damaged_blob_is_written_again(tmp_path: Path):
    blobs = Blobs(tmp_path / "inputs")
    for content in (b"a picture", tmp_path / "file"):
        (tmp_path / "file").write_bytes(b"a picture")
        sha256 = blobs.put(content)
        blobs.path(sha256).write_bytes(b"a pic")
        assert blobs.put(content) == sha256
        assert blobs.path(sha256).read_bytes() == b"a picture"


def test_a_missing_blob_is_said_by_its_name(tmp_path: Path):
    blobs = Blobs(tmp_path / "inputs")
    ref = MediaRef(sha256=blobs.put(b"x"), media_type="image/png", bytes=1, label="cat.png")
    assert blobs.file_of(ref).read_bytes() == b"x"
    blobs.discard(ref.sha256)
    blobs.discard(ref.sha256)
    with pytest.raises(MediaNotFoundError, match=r"`cat\.png` is no longer kept"):
        blobs.file_of(ref)


def test_a_blob_that_cannot_be_written_is_a_storage_error(tmp_path: Path):
    (tmp_path / "inputs").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        Blobs(tmp_path / "inputs").put(b"x")


def test_half_a_file_never_has_the_name(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    outputs.mkdir()

    def cut(handle):
        raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(files.os, "fsync", cut)
    with pytest.raises(OSError, match="gone"):
        files.write_whole(outputs / "a", b"x")
    assert list(outputs.iterdir()) == []


def test_inputs_without_a_job_are_swept_when_they_are_old(tmp_path: Path):
    blobs = Blobs(tmp_path / "inputs")
    used, new, old, again = (blobs.put(name.encode()) for name in ("used", "new", "old", "again"))
    for sha256 in (used, old, again):
        os.utime(blobs.path(sha256), (1000, 1000))
    blobs.put(b"again")
    blobs.sweep({used}, before=2000)
    assert [blobs.path(sha256).exists() for sha256 in (used, new, old, again)] == [True, True, False, True]
    Blobs(tmp_path / "nowhere").sweep(set(), before=2000)


def test_a_sweep_passes_over_a_file_that_another_renames_meanwhile(tmp_path: Path):
    blobs = Blobs(tmp_path / "inputs")
    old = blobs.path(blobs.put(b"old"))
    os.utime(old, (1000, 1000))
    (old.parent / ".new.part").symlink_to(tmp_path / "gone")  # listed, and not there when it is looked at
    blobs.sweep(set(), before=2000)
    assert not old.exists()


# --- leftovers -----------------------------------------------------------------------------------------------------


def test_only_work_files_nobody_needs_are_swept(outputs: Path):
    outputs.mkdir()
    key, other = "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3302"
    for name in (f"{key}_0.mp4", f"{key}.mp4", f".{key}.part.mp4.ab12.part", f"{other}_0.mp4", "notes.txt"):
        (outputs / name).touch()
    assert discard.keys_in(outputs) == {key, other}
    discard.sweep(outputs, {other})
    assert sorted(path.name for path in outputs.iterdir()) == [f"{other}_0.mp4", "notes.txt"]
    discard.sweep(outputs / "not-there", set())
