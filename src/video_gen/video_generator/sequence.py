"""Clips that go on where the one before ended: the last frame of each is the first of the next."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from video_gen.config import BackendConfig, RunwayConfig, Veo3Config
from video_gen.exceptions import ConfigurationError, InvalidRequestError
from video_gen.logger import get_library_logger
from video_gen.providers import RunwayVeoClient, Veo3APIClient
from video_gen.providers.backend import Made, Options

Veo = Veo3APIClient | RunwayVeoClient
Clip = tuple[str, list[str | Path], str | None]
_SUFFIX: Final = "_last.png"
_pause = time.sleep


def extract_last_frame_as_png(video_path: str, output_dir: str | None = None) -> str:
    """Write the last frame that a video shows as PNG, "NAME_last.png", and return its path.

    Args:
        video_path: The video.
        output_dir: Where the picture goes; it is made where it is missing. None: beside the video.

    Raises:
        FileNotFoundError: there is no such video (`MediaNotFoundError`).
        RuntimeError: its end cannot be read (`VideoProcessingError`).
        OSError: the picture cannot be written (`StorageError`).
    """
    from video_gen.media.frames import last_frame

    video = Path(video_path)
    folder = video.parent if output_dir is None else Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return str(last_frame(video, folder / f"{video.stem}{_SUFFIX}"))


def generate_video_sequence_with_veo3_stitching(
    prompts: Sequence[str],
    file_paths_list: Sequence[Iterable[str | Path]] | None = None,
    width: int = 1280,
    height: int = 720,
    duration_seconds: int = 8,
    seed: int | None = None,
    out_paths: Sequence[str] | None = None,
    config: Veo3Config | RunwayConfig | None = None,
    model: str | None = None,
    delay_between_clips: float = 10,
    backend: Literal["veo3", "runway"] = "veo3",
) -> list[str]:
    """Make a clip for each prompt, each beginning with the last frame of the one before; return their paths.

    A sequence that failed or was killed, called again with the same arguments, goes on at the clip that is missing.
    Clips whose files are still there are neither made nor paid again, also when the whole sequence is called again.
    To have other clips, change an argument, or remove their files.

    Args:
        prompts: What is to be seen in each clip.
        file_paths_list: Reference images of each clip. Veo takes none beside a first frame, so they shape the first
            clip, and through it the others.
        width: Pixels.
        height: Pixels.
        duration_seconds: Seconds of each clip.
        seed: For models that take one; the same for every clip.
        out_paths: The file of each clip. None: named by date in the outputs folder.
        config: The backend's configuration; None reads it from the environment.
        model: A model of Veo; None: the configuration's usual one.
        delay_between_clips: Seconds to wait after a clip that was made, before the next is asked for.
        backend: "veo3" (Google) or "runway" (Veo through Runway).

    Raises:
        ValueError: the lists do not fit together, there is no such backend, or a clip cannot be made as asked; this is
            found out before the first clip is paid for, as far as it can be.
        FileNotFoundError: an image does not exist (`MediaNotFoundError`); likewise.
        RuntimeError: the service refused, failed or could not be reached (`ApiRequestError`).
    """
    clips = _clips(prompts, file_paths_list, out_paths)
    options = Options(model=model, width=width, height=height, duration_seconds=duration_seconds, seed=seed)
    made: list[Made] = []
    with _client(backend, config) as veo:
        for prompt, images, _ in clips:
            veo.check(veo.wish(prompt, images, None, options))
        for number, (prompt, images, out) in enumerate(clips, start=1):
            if made and made[-1].fresh:
                _pause(delay_between_clips)
            get_library_logger().info("clip %d of %d: %s", number, len(clips), prompt)
            frame = _last_frame(made[-1].path) if made else None
            made.append(veo.make(veo.wish(prompt, images, frame, options), out, keep=True))
    return [clip.path for clip in made]


def _client(backend: str, config: BackendConfig | None) -> Veo:
    if backend not in {"veo3", "runway"}:
        raise InvalidRequestError(f"`{backend}` is no backend for sequences: choose veo3 or runway")
    kind = Veo3Config if backend == "veo3" else RunwayConfig
    match config or kind.from_environment():
        case Veo3Config() as veo if backend == "veo3":
            return Veo3APIClient(veo)
        case RunwayConfig() as runway if backend == "runway":
            return RunwayVeoClient(runway)
        case other:
            raise ConfigurationError(f"backend `{backend}` takes a {kind.__name__}, not a {type(other).__name__}")


def _clips(
    prompts: Sequence[str],
    file_paths_list: Sequence[Iterable[str | Path]] | None,
    out_paths: Sequence[str] | None,
) -> list[Clip]:
    """Return prompt, images and file of each clip.

    Raises:
        InvalidRequestError: the lists do not fit together.
    """
    if isinstance(prompts, str) or not prompts:
        raise InvalidRequestError("`prompts` is a list with a prompt for each clip, and needs at least one")
    images = [()] * len(prompts) if file_paths_list is None else file_paths_list
    outs: Sequence[str | None] = [None] * len(prompts) if out_paths is None else out_paths
    for name, values in (("file_paths_list", images), ("out_paths", outs)):
        if len(values) != len(prompts):
            raise InvalidRequestError(f"`{name}` has {len(values)} entries for {len(prompts)} prompts: give one each")
    if out_paths is not None and len({Path(out).absolute() for out in out_paths}) < len(out_paths):
        raise InvalidRequestError("`out_paths` names a file twice: each clip needs its own")
    return [(prompt, [*given], out) for prompt, given, out in zip(prompts, images, outs, strict=True)]


def _last_frame(video: str) -> bytes:
    """Return the picture itself: an input is known by its content, and by no path that is another one next time."""
    with TemporaryDirectory(prefix="video-gen-frame-") as room:
        return Path(extract_last_frame_as_png(video, room)).read_bytes()
