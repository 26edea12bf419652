"""Each function makes a real file by its backend, and says in the standard exceptions what is wrong."""

import inspect
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from video_gen import Client
from video_gen.config import RunwayConfig, SoraConfig, Veo3Config
from video_gen.exceptions import (
    ApiRequestError,
    ConfigurationError,
    ContentPolicyError,
    InsufficientCreditsError,
    MediaNotFoundError,
    ModelRetiredError,
    RetryExhaustedError,
    SubmissionUnknownError,
    UnknownModelError,
)
from video_gen.media.probe import probe
from video_gen.providers import once
from video_gen.testing.emulators.emulator import KEY
from video_gen.video_generator import (
    extract_last_frame_as_png,
    generate_video,
    generate_video_with_azure_sora,
    generate_video_with_runway,
    generate_video_with_runway_veo,
    generate_video_with_sora2,
    generate_video_with_veo3,
)

SIGNATURES = {
    generate_video: (
        "(prompt, file_paths=(), *, backend='sora2', model=None, width=1280, height=720, fps=24, duration_seconds=8, "
        "seed=None, out_path=None, config=None)"
    ),
    generate_video_with_sora2: (
        "(prompt, file_paths=(), width=1280, height=720, fps=24, duration_seconds=8, seed=None, "
        "out_path='sora2_output.mp4', config=None, model=None)"
    ),
    generate_video_with_azure_sora: (
        "(prompt, file_paths=(), width=1280, height=720, fps=24, duration_seconds=8, seed=None, "
        "out_path='azure_sora_output.mp4', config=None, model=None)"
    ),
    generate_video_with_veo3: (
        "(prompt, file_paths=(), source_frame=None, width=1280, height=720, fps=24, duration_seconds=8, seed=None, "
        "out_path='veo3_output.mp4', config=None, model=None)"
    ),
    generate_video_with_runway: (
        "(prompt, file_paths=(), model=None, width=1280, height=720, duration_seconds=5, seed=None, out_path=None, "
        "config=None)"
    ),
    generate_video_with_runway_veo: (
        "(prompt, reference_images=None, first_frame=None, model=None, width=1280, height=720, duration_seconds=5, "
        "seed=None, out_path=None, config=None)"
    ),
    extract_last_frame_as_png: "(video_path, output_dir=None)",
}


def sent(emulator) -> list[dict]:
    """What the provider was asked for, and would charge for."""
    return [dict(render.request) for render in emulator.world.accepted()]


def settings_sent(emulator) -> dict:
    (body,) = sent(emulator)
    return body["instances"][0] | body["parameters"]


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__name__)
def test_the_signature_is_the_documented_one(function):
    signature = inspect.signature(function)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    bare = signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)
    assert str(bare) == SIGNATURES[function]
    assert signature.return_annotation is str


def test_sora_takes_a_picture_cut_to_the_size_of_its_video(emulators, picture):
    path = generate_video_with_sora2("waves", [picture(size=(800, 600))], duration_seconds=4)
    assert path == "sora2_output.mp4"
    assert probe(Path(path)).seconds > 0
    (asked,) = sent(emulators["openai"])
    assert (asked["model"], asked["seconds"], asked["size"]) == ("sora-2", "4", "1280x720")
    assert "input_reference" in asked


def test_azure_takes_its_own_deployment(emulators):
    assert generate_video_with_azure_sora("waves", out_path="azure.mp4", model="sora-2") == "azure.mp4"
    assert len(sent(emulators["azure"])) == 1
    assert emulators["azure"].world.calls[0].headers["api-key"] == KEY
    assert sent(emulators["openai"]) == []


def test_veo_takes_references(emulators, picture):
    path = generate_video_with_veo3("waves", [picture("a.jpg"), picture("b.jpg")], width=720, height=1280)
    assert path == "veo3_output.mp4"
    asked = settings_sent(emulators["gemini"])
    assert (len(asked["referenceImages"]), asked["aspectRatio"], asked["durationSeconds"]) == (2, "9:16", 8)


def test_veo_takes_a_source_frame_and_no_references_beside_it(emulators, picture, caplog):
    generate_video_with_veo3("waves", [picture("a.jpg")], picture("frame.jpg"), out_path="stitched.mp4")
    asked = settings_sent(emulators["gemini"])
    assert "image" in asked
    assert "referenceImages" not in asked
    assert "no reference images beside a first frame: 1 left out" in caplog.text


def test_runway_takes_one_picture(emulators, picture):
    path = generate_video_with_runway("waves", [picture()], duration_seconds=10, seed=0)
    assert Path(path).is_absolute()
    (asked,) = sent(emulators["runway"])
    assert (asked["model"], asked["duration"], asked["seed"], asked["ratio"]) == ("gen4_turbo", 10, 0, "1280:720")


def test_veo_through_runway_begins_with_its_first_reference(emulators, picture, caplog):
    generate_video_with_runway_veo("waves", [picture("a.jpg"), picture("b.jpg")], out_path="veo.mp4")
    (asked,) = sent(emulators["runway"])
    assert asked["model"] == "veo3.1_fast"
    assert "promptImage" in asked
    assert "1 left out" in caplog.text


@pytest.mark.parametrize(
    ("backend", "emulator", "model"),
    [
        ("sora2", "openai", "sora-2-pro"),
        ("azure-sora", "azure", None),
        ("veo3", "gemini", None),
        ("runway", "runway", "veo3.1"),
    ],
)
def test_one_function_for_every_backend(emulators, outputs, backend, emulator, model):
    path = generate_video("waves", backend=backend, model=model, duration_seconds=4)
    assert Path(path).parent == outputs
    assert probe(Path(path)).seconds > 0
    assert len(sent(emulators[emulator])) == 1


def test_what_the_model_cannot_do_is_done_nearly_and_said(emulators, caplog):
    generate_video("waves", width=1920, height=1080, fps=30, duration_seconds=5, seed=3)
    (asked,) = sent(emulators["openai"])
    assert (asked["size"], asked["seconds"]) == ("1280x720", "4")
    for words in ("size 1920x1080 becomes 1280x720", "seconds 5 becomes 4", "fps 30 is not sent", "seed 3 is not sent"):
        assert words in caplog.text
    assert Path("logs/video_gen.log").read_text().count("size 1920x1080 becomes 1280x720") == 1


def test_a_configuration_of_ones_own_is_used_and_its_key_kept_from_the_log_and_the_store(
    emulators, services, home, monkeypatch
):
    address = services.environment["OPENAI_BASE_URL"]
    for name in services.environment:
        monkeypatch.delenv(name, raising=False)
    generate_video("waves", duration_seconds=4, config=SoraConfig(api_key=KEY, base_url=address), out_path="own.mp4")
    assert len(sent(emulators["openai"])) == 1
    with closing(sqlite3.connect(home / "store.db")) as database:
        assert KEY not in "".join(database.iterdump())
    assert KEY not in Path("logs/video_gen.log").read_text()


@pytest.mark.parametrize(
    ("asked", "error", "builtin", "words"),
    [
        ({"backend": "sora"}, ValueError, ValueError, "`sora` is no backend"),
        ({"file_paths": ["nowhere.jpg"]}, MediaNotFoundError, FileNotFoundError, "nowhere.jpg"),
        ({"file_paths": "nowhere.jpg"}, MediaNotFoundError, FileNotFoundError, "nowhere.jpg"),
        ({"model": "sorra-2"}, UnknownModelError, ValueError, "choose one of openai/"),
        ({"model": "gen4_turbo"}, UnknownModelError, ValueError, "no model of openai"),
        ({"prompt": ""}, ValueError, ValueError, "needs a prompt"),
        ({"duration_seconds": -1}, ValueError, ValueError, "-1"),
        ({"width": 0}, ValueError, ValueError, "0"),
        ({"out_path": "film.mov"}, ValueError, ValueError, "name it `film.mp4`"),
        ({"config": RunwayConfig(api_key="k")}, ConfigurationError, ValueError, "takes a SoraConfig"),
        ({"backend": "runway"}, ValueError, ValueError, "needs a first frame"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_sent(emulators, asked, error, builtin, words):
    with pytest.raises(error, match=words) as told:
        generate_video(**{"prompt": "waves", **asked})
    assert isinstance(told.value, builtin)
    assert [call for emulator in emulators.values() for call in emulator.world.calls] == []


def test_a_missing_key_is_named_before_anything_is_stored(home):
    with pytest.raises(ConfigurationError, match="set OPENAI_API_KEY in the environment or in"):
        generate_video("waves")
    assert not home.exists()


def test_a_model_that_ended_says_where_it_could_still_be_had(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with pytest.raises(ModelRetiredError) as told:
        generate_video("waves")
    assert "2026-09-24" in str(told.value)
    assert "set OPENAI_BASE_URL to that service's URL" in str(told.value)


def test_where_veo_ended_at_one_service_another_that_is_set_up_stands_in(emulators, monkeypatch):
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")
    generate_video("waves", backend="veo3", model="veo-3.1-fast-generate-preview", out_path="cloud.mp4")
    assert sent(emulators["gemini"]) == []
    assert len(sent(emulators["vertex"])) == 1


def test_a_relay_never_stands_in_for_google(emulators, monkeypatch):
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    with pytest.raises(ModelRetiredError, match="set GOOGLE_GEMINI_BASE_URL"):
        generate_video("waves", backend="veo3", model="veo-3.1-fast-generate-preview")
    assert sent(emulators["kuai"]) == []


def test_the_relay_is_used_with_its_own_key(emulators, services, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    monkeypatch.setenv("VEO3_API_KEY", KEY)
    monkeypatch.setenv("VEO3_BASE_URL", services.environment["VEO3_BASE_URL"])
    generate_video("waves", backend="veo3", out_path="relay.mp4")
    assert len(sent(emulators["kuai"])) == 1
    assert sent(emulators["gemini"]) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [("refused", ContentPolicyError), ("no_credit", InsufficientCreditsError), ("broken", ApiRequestError)],
)
def test_a_failure_of_the_service_is_a_runtime_error(emulators, fault, error):
    emulators["openai"].faults.inject(fault)
    with pytest.raises(error) as told:
        generate_video("waves")
    assert isinstance(told.value, RuntimeError)


def test_every_allowed_try_failed(emulators):
    emulators["openai"].faults.inject("rate_limited", times=9)
    with pytest.raises(RetryExhaustedError, match="tried 4 times, the last"):
        generate_video("waves")
    assert sent(emulators["openai"]) == []


def test_a_temporary_refusal_is_repeated(emulators):
    emulators["openai"].faults.inject("unavailable", times=2)
    assert generate_video("waves", out_path="patient.mp4") == "patient.mp4"


def test_a_lost_answer_is_looked_up_and_paid_once(emulators):
    emulators["openai"].faults.inject("cut_after")
    assert generate_video("waves", out_path="found.mp4") == "found.mp4"
    assert len(sent(emulators["openai"])) == 1


def test_where_it_cannot_be_looked_up_it_is_not_asked_for_again_before_a_person_has_said(emulators, picture):
    emulators["runway"].faults.inject("cut_after")
    asked = {"prompt": "waves", "file_paths": [picture()], "out_path": "lost.mp4"}
    with pytest.raises(SubmissionUnknownError, match="may have been accepted and charged"):
        generate_video_with_runway(**asked)
    with pytest.raises(SubmissionUnknownError, match="Settle it with `video-gen jobs resolve"):
        generate_video_with_runway(**asked)
    assert len(sent(emulators["runway"])) == 1


def test_each_call_makes_a_video_of_its_own(emulators):
    first, second = (generate_video("waves", duration_seconds=4) for _ in range(2))
    assert first != second
    assert len(sent(emulators["openai"])) == 2


def test_a_call_that_was_broken_off_goes_on_when_it_is_made_again(emulators, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(once, "_awaited", interrupted)
        with pytest.raises(KeyboardInterrupt):
            generate_video("waves", duration_seconds=4, out_path="broken_off.mp4")
    assert generate_video("waves", duration_seconds=4, out_path="broken_off.mp4") == "broken_off.mp4"
    assert len(sent(emulators["openai"])) == 1
    with Client() as client:
        assert len(client.jobs.list()) == 1


def test_a_path_is_written_again(emulators):
    for _ in range(2):
        assert generate_video("waves", duration_seconds=4, out_path="again.mp4") == "again.mp4"
    assert len(sent(emulators["openai"])) == 2
    assert [path.name for path in Path().glob("again*")] == ["again.mp4"]


def test_what_failed_after_it_was_paid_is_fetched_and_not_made_again(emulators):
    emulators["openai"].faults.inject("html", times=30)
    with pytest.raises(RuntimeError):
        generate_video("waves", out_path="fetched.mp4")
    emulators["openai"].faults.clear()
    assert generate_video("waves", out_path="fetched.mp4") == "fetched.mp4"
    assert len(sent(emulators["openai"])) == 1


def test_the_last_frame_lies_beside_its_video_or_where_it_is_wanted(emulators):
    video = generate_video("waves", duration_seconds=4, out_path="clip.mp4")
    assert extract_last_frame_as_png(video) == "clip_last.png"
    assert extract_last_frame_as_png(video, "frames/of/it") == "frames/of/it/clip_last.png"
    assert Path("frames/of/it/clip_last.png").read_bytes() == Path("clip_last.png").read_bytes()
    with pytest.raises(FileNotFoundError, match="nowhere"):
        extract_last_frame_as_png("nowhere.mp4")
    Path("broken.mp4").write_bytes(b"no video")
    with pytest.raises((RuntimeError, ValueError)):
        extract_last_frame_as_png("broken.mp4")


def test_a_veo_configuration_by_hand_chooses_its_service(emulators, services, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY")
    config = Veo3Config(api_key=KEY, project_id=services.environment["GOOGLE_CLOUD_PROJECT"])
    generate_video_with_veo3("waves", config=config, out_path="cloud.mp4")
    assert len(sent(emulators["vertex"])) == 1
    assert logging.getLogger("video_gen").handlers, "the functions write the library's log"
