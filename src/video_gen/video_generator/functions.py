"""One function for each backend, and one that chooses among them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from video_gen.config import (
    AzureSoraConfig,
    BackendConfig,
    RunwayConfig,
    SoraConfig,
    Veo3Config,
    VideoBackend,
    config_class,
)
from video_gen.exceptions import ConfigurationError
from video_gen.logger import get_library_logger
from video_gen.providers import AzureSoraAPIClient, RunwayGen4Client, RunwayVeoClient, SoraAPIClient, Veo3APIClient
from video_gen.providers.backend import Options

FilePaths = Iterable[str | Path]
_VEO: Final = "veo"


def generate_video(
    prompt: str,
    file_paths: FilePaths = (),
    *,
    backend: VideoBackend = "sora2",
    model: str | None = None,
    width: int = 1280,
    height: int = 720,
    fps: int = 24,
    duration_seconds: int = 8,
    seed: int | None = None,
    out_path: str | None = None,
    config: BackendConfig | None = None,
) -> str:
    """Make a video by a backend, and return its path.

    What the model cannot do exactly as asked (a size, a length, a frame rate) is done as nearly as it can, and said in
    the log. Called again after the program died, it goes on with the video that is under way.

    Args:
        prompt: What is to be seen.
        file_paths: Images: a first frame for Sora and Runway, up to three references for Veo.
        backend: "sora2", "azure-sora", "veo3" or "runway".
        model: One of the backend's; None: its configuration's usual one.
        width: Pixels.
        height: Pixels.
        fps: Frames a second, where the model lets one choose.
        duration_seconds: Seconds.
        seed: For models that take one.
        out_path: The file to write; what stands there is replaced. None: named by date in the outputs folder.
        config: The backend's configuration; None reads it from the environment.

    Raises:
        ValueError: there is no such backend (`InvalidRequestError`), the configuration lacks something
            (`ConfigurationError`), or it cannot be done as asked.
        FileNotFoundError: an image does not exist (`MediaNotFoundError`).
        RuntimeError: the service refused, failed or could not be reached (`ApiRequestError`).
    """
    kind = config_class(backend)
    if config is not None and not isinstance(config, kind):
        raise ConfigurationError(f"backend `{backend}` takes a {kind.__name__}, not a {type(config).__name__}")
    options = _options(model, width, height, duration_seconds, seed, fps)
    images = _listed(file_paths)
    match config or kind.from_environment():
        case SoraConfig() as sora:
            return SoraAPIClient(sora).generate_video(prompt, images, output_path=out_path, **options)
        case AzureSoraConfig() as azure:
            return AzureSoraAPIClient(azure).generate_video(prompt, images, output_path=out_path, **options)
        case Veo3Config() as veo:
            return Veo3APIClient(veo).generate_video(prompt, images, output_path=out_path, **options)
        case RunwayConfig() as runway:
            return _by_runway(prompt, images, runway, out_path, options)
        case other:
            raise ConfigurationError(f"backend `{backend}` takes no {type(other).__name__}")


def generate_video_with_sora2(
    prompt: str,
    file_paths: FilePaths = (),
    width: int = 1280,
    height: int = 720,
    fps: int = 24,
    duration_seconds: int = 8,
    seed: int | None = None,
    out_path: str | None = "sora2_output.mp4",
    config: SoraConfig | None = None,
    model: str | None = None,
) -> str:
    """Make a video by OpenAI's Sora, or a service that speaks its wire format; see `generate_video`.

    The first image is the first frame, cut to the video's size.
    """
    options = _options(model, width, height, duration_seconds, seed, fps)
    return SoraAPIClient(config).generate_video(prompt, _listed(file_paths), output_path=out_path, **options)


def generate_video_with_azure_sora(
    prompt: str,
    file_paths: FilePaths = (),
    width: int = 1280,
    height: int = 720,
    fps: int = 24,
    duration_seconds: int = 8,
    seed: int | None = None,
    out_path: str | None = "azure_sora_output.mp4",
    config: AzureSoraConfig | None = None,
    model: str | None = None,
) -> str:
    """Make a video by Sora as deployed on Azure AI Foundry; as `generate_video_with_sora2`."""
    options = _options(model, width, height, duration_seconds, seed, fps)
    return AzureSoraAPIClient(config).generate_video(prompt, _listed(file_paths), output_path=out_path, **options)


def generate_video_with_veo3(
    prompt: str,
    file_paths: FilePaths = (),
    source_frame: str | Path | None = None,
    width: int = 1280,
    height: int = 720,
    fps: int = 24,
    duration_seconds: int = 8,
    seed: int | None = None,
    out_path: str | None = "veo3_output.mp4",
    config: Veo3Config | None = None,
    model: str | None = None,
) -> str:
    """Make a video by Google's Veo; see `generate_video`.

    The images are up to three references; `source_frame` is the first frame, beside which Veo takes no references.
    """
    options = _options(model, width, height, duration_seconds, seed, fps)
    veo = Veo3APIClient(config)
    return veo.generate_video(prompt, _listed(file_paths), source_frame, output_path=out_path, **options)


def generate_video_with_runway(
    prompt: str,
    file_paths: FilePaths = (),
    model: str | None = None,
    width: int = 1280,
    height: int = 720,
    duration_seconds: int = 5,
    seed: int | None = None,
    out_path: str | None = None,
    config: RunwayConfig | None = None,
) -> str:
    """Make a video by Runway's Gen-4 models ("gen4_turbo", "gen4"); see `generate_video`. One image is needed."""
    options = _options(model, width, height, duration_seconds, seed)
    return _by_runway(prompt, _listed(file_paths), config or RunwayConfig.from_environment(), out_path, options)


def generate_video_with_runway_veo(
    prompt: str,
    reference_images: FilePaths | None = None,
    first_frame: str | Path | None = None,
    model: str | None = None,
    width: int = 1280,
    height: int = 720,
    duration_seconds: int = 5,
    seed: int | None = None,
    out_path: str | None = None,
    config: RunwayConfig | None = None,
) -> str:
    """Make a video by Google's Veo through Runway ("veo3.1_fast", "veo3.1"); see `generate_video`.

    Without a first frame, the first reference image is it: Runway offers Veo no others.
    """
    options = _options(model, width, height, duration_seconds, seed)
    veo = RunwayVeoClient(config)
    return veo.generate_video(prompt, _listed(reference_images), first_frame, output_path=out_path, **options)


def _by_runway(
    prompt: str, images: list[str | Path], config: RunwayConfig, out_path: str | None, options: Options
) -> str:
    """Runway's own models take one image, its Veo models may go without."""
    if (options.get("model") or config.default_model).startswith(_VEO):
        return RunwayVeoClient(config).generate_video(prompt, images, output_path=out_path, **options)
    if len(images) > 1:
        get_library_logger().warning("Runway takes one image: %d more left out", len(images) - 1)
    return RunwayGen4Client(config).generate_video(prompt, next(iter(images), None), output_path=out_path, **options)


def _options(
    model: str | None, width: int, height: int, seconds: float, seed: int | None, fps: int | None = None
) -> Options:
    return Options(model=model, width=width, height=height, fps=fps, duration_seconds=seconds, seed=seed)


def _listed(file_paths: FilePaths | None) -> list[str | Path]:
    """A single path is meant as one file, not as its letters."""
    return [file_paths] if isinstance(file_paths, str | Path) else [*(file_paths or ())]
