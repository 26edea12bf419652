"""Clips that go on where the one before ended, and the film of them.

The chain is that of `films`: what is sent for a clip, what it takes from the one before, and how they are joined.
What is of its own here: the clips are the caller's files, made one by one, with a pause, by a backend's configuration.
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from video_gen.client import Client
from video_gen.config import BackendConfig, RunwayConfig, Veo3Config
from video_gen.exceptions import ConfigurationError, InvalidRequestError, VideoGenerationError
from video_gen.films import FilmPlan
from video_gen.films.storyboard import MOST_SHOTS
from video_gen.logger import get_library_logger
from video_gen.providers import RunwayVeoClient, Veo3APIClient
from video_gen.providers.backend import Made, Options, Wish
from video_gen.spec import usd

Veo = Veo3APIClient | RunwayVeoClient
_SUFFIX: Final = "_last.png"
_FILM: Final = "_stitched.mp4"
_BEFORE: Final = "the last frame of the clip before"
_pause = time.sleep


class _Clip(NamedTuple):
    prompt: str
    images: list[str | Path]
    out: str | None


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

    The clips are as they were delivered. The film of them is written beside the first one, named NAME_stitched.mp4: in
    it, a clip loses the frames that repeat the end of the one before, and takes on its colours. Should the film fail,
    that is said in the log: the clips are there.

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
            found out before the first clip is paid for.
        FileNotFoundError: an image does not exist (`MediaNotFoundError`); likewise.
        RuntimeError: the service refused, failed or could not be reached (`ApiRequestError`).
    """
    clips = _clips(prompts, file_paths_list, out_paths)
    options = Options(model=model, width=width, height=height, duration_seconds=duration_seconds, seed=seed)
    made: list[Made] = []
    with _client(backend, config) as veo, veo.opened() as client:
        wishes = [
            veo.wish(clip.prompt, clip.images, _BEFORE if number else None, options)
            for number, clip in enumerate(clips)
        ]
        _check_unused(clips, veo, client, options)
        film = client.sequence.plan(_storyboard(wishes, veo))
        get_library_logger().info("all clips (%d): %s", len(clips), _price(film))
        for number, (clip, wish) in enumerate(zip(clips, wishes, strict=True)):
            if made and made[-1].fresh:
                _pause(delay_between_clips)
            get_library_logger().info("clip %d of %d: %s", number + 1, len(clips), clip.prompt)
            plan = client.sequence.plan_shot(film, number, [Path(each.path) for each in made])
            made.append(veo.make_planned(client, plan, clip.out, left_out=wish.left_out, keep=True))
        _stitch(film, [Path(each.path) for each in made], client)
    return [each.path for each in made]


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
) -> list[_Clip]:
    """Return prompt, images and file of each clip.

    Raises:
        InvalidRequestError: the lists do not fit together.
    """
    if isinstance(prompts, str) or not prompts:
        raise InvalidRequestError("`prompts` is a list with a prompt for each clip, and needs at least one")
    if len(prompts) > MOST_SHOTS:
        raise InvalidRequestError(f"`prompts` has {len(prompts)} entries: a sequence has at most {MOST_SHOTS} clips")
    images = [()] * len(prompts) if file_paths_list is None else file_paths_list
    outs: Sequence[str | None] = [None] * len(prompts) if out_paths is None else out_paths
    for name, values in (("file_paths_list", images), ("out_paths", outs)):
        if len(values) != len(prompts):
            raise InvalidRequestError(f"`{name}` has {len(values)} entries for {len(prompts)} prompts: give one each")
    if out_paths is not None:
        _check_places([Path(out).absolute() for out in out_paths])
    return [_Clip(prompt, [*given], out) for prompt, given, out in zip(prompts, images, outs, strict=True)]


def _check_places(outs: Sequence[Path]) -> None:
    if len(set(outs)) < len(outs):
        raise InvalidRequestError("`out_paths` names a file twice: each clip needs its own")
    if len(outs) > 1 and (film := _film_of(outs)) in outs:
        raise InvalidRequestError(
            f"`out_paths` names {film.name}, where the film of all clips goes: choose another name"
        )


def _check_unused(clips: Sequence[_Clip], veo: Veo, client: Client, options: Options) -> None:
    """Read also the images that no clip is made from: a wrong one is a mistake, to be found before a clip is paid."""
    for clip in clips[1:]:
        if clip.images:
            client.plan(clip.prompt, **veo.words(veo.wish(clip.prompt, clip.images, None, options)))


def _storyboard(wishes: Sequence[Wish], veo: Veo) -> dict[str, Any]:
    """Return the film that the clips make: each goes on from the one before, whatever its model's usual way is."""
    first = veo.words(wishes[0])
    shots: list[dict[str, Any]] = [{"prompt": wish.prompt} for wish in wishes]
    if wishes[0].first_frame is not None:
        shots[0]["image"] = str(wishes[0].first_frame)
    shots[0]["references"] = [str(each) for each in wishes[0].references]
    shared = {name: first.get(name) for name in ("model", "duration", "fps", "seed")}
    return {**shared, "size": f"{first.get('width')}x{first.get('height')}", "chain": "last_frame", "shots": shots}


def _price(film: FilmPlan) -> str:
    low, high = film.quote.low, film.quote.high
    return f"at least {usd(low)}" if high is None else f"up to {usd(high)}"


def _stitch(film: FilmPlan, clips: Sequence[Path], client: Client) -> None:
    """Write the film; the clips are paid and there, so what goes wrong with it is told and no more."""
    if len(clips) < 2:
        return
    out = _film_of(clips)
    try:
        client.sequence.cut(film, clips, out)
    except VideoGenerationError as error:
        get_library_logger().warning(
            "the clips are there, their film %s is not: %s. `video-gen stitch` joins them too", out, error.message
        )
    else:
        get_library_logger().info("the film of %d clips: %s", len(clips), out)


def _film_of(clips: Sequence[Path]) -> Path:
    return clips[0].with_name(f"{clips[0].stem}{_FILM}")
