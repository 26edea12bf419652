"""What every backend's client does: read its configuration, plan, make a video once, follow a task."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from shutil import copyfile
from types import TracebackType
from typing import ClassVar, Generic, NamedTuple, Self, TypedDict, TypeVar

from pydantic import SecretStr

from video_gen.catalog import load_catalog
from video_gen.client import Client, Words
from video_gen.config import BackendConfig, Config
from video_gen.exceptions import ConfigurationError
from video_gen.logger import get_library_logger
from video_gen.providers.models import model_of
from video_gen.providers.once import make
from video_gen.spec import Job, Plan

C = TypeVar("C", bound=BackendConfig)
T = TypeVar("T")
Picture = str | Path | bytes
"""A file, a URL, or the bytes of an image."""
OutputPath = str | PathLike[str] | None


class Options(TypedDict, total=False):
    """How a video is to be; what is left out is the configuration's usual one, or the model's."""

    model: str | None
    width: int | None
    height: int | None
    fps: int | None
    duration_seconds: float | None
    seed: int | None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One video."""

    prompt: str
    first_frame: Picture | None = None
    references: Sequence[Picture] = ()
    options: Options
    left_out: str = ""
    """What the backend has no use for, in a sentence."""


class Made(NamedTuple):
    """A video."""

    path: str
    """As the caller named it, where it is there."""
    fresh: bool
    """It was made just now; False: an earlier call had made it."""


class BackendClient(Generic[C]):
    """Makes videos by one backend. Every one is a job of this machine's store: paid once, and never lost.

    As a context manager it keeps the store open between calls, and works on its tasks all the time; otherwise it does
    while a call waits for one.
    """

    CONFIG: ClassVar[type[BackendConfig]]
    EXACT_FRAME: ClassVar[bool] = False
    """A first frame has to have exactly the pixels of the video, so it is cut to them."""

    def __init__(self, config: C | None = None) -> None:
        """Take a configuration; None reads it from the environment.

        Raises:
            ConfigurationError: something in it is missing or wrong, or it is another backend's.
        """
        if config is not None and not isinstance(config, self.CONFIG):
            raise ConfigurationError(
                f"{type(self).__name__} takes a {self.CONFIG.__name__}, not a {type(config).__name__}"
            )
        self.config: BackendConfig = config or self.CONFIG.from_environment()
        self.logger = get_library_logger()
        self._kept: Client | None = None

    def __enter__(self) -> Self:
        """Open the store."""
        self._kept = self._kept or Client(self.config.installation())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; unfinished tasks go on with the next start."""
        self.close()

    def close(self) -> None:
        """Close the store; unfinished tasks go on with the next start."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    # --- for the backends ------------------------------------------------------------------------------------------

    @contextmanager
    def opened(self) -> Iterator[Client]:
        """Give the client of the store: the one that is kept open, or one for this block."""
        if self._kept is not None:
            yield self._kept
            return
        with Client(self.config.installation()) as client:
            yield client

    def words(self, wish: Wish) -> Words:
        """Return a video in the client's words, with the configuration's usual ones where it says nothing."""
        config, options = self.config, wish.options
        name = options.get("model") or config.default_model
        fps = options.get("fps") or config.default_fps
        return Words(
            model=model_of(name, config.services, config.installation(), load_catalog()),
            image=wish.first_frame,
            references=list(wish.references),
            width=_or(options.get("width"), config.default_width),
            height=_or(options.get("height"), config.default_height),
            # The usual rate is no wish: it is not sent, so that a model without a choice has nothing to adjust.
            fps=None if fps == BackendConfig.default_fps else fps,
            duration=_or(options.get("duration_seconds"), config.default_duration),
            seed=options.get("seed"),
        )

    def make(self, wish: Wish, output_path: OutputPath = None) -> Made:
        """Make a video."""
        with self.opened() as client:
            plan = self._plan(client, wish)
            return self.make_planned(client, plan, output_path, left_out=wish.left_out)

    def make_planned(
        self, client: Client, plan: Plan, output_path: OutputPath = None, *, left_out: str = "", keep: bool = False
    ) -> Made:
        """Make what is planned, once; see `once.make`."""
        out = None if output_path is None else fspath(output_path)
        self._tell(left_out, plan)
        job, fresh = make(client, plan, out=out, key=self._own_key(), keep=keep)
        path = job.artifacts[0].path
        self.logger.info("job %s: %s", job.id, path)
        return Made(out if out is not None and str(Path(out).absolute()) == path else path, fresh)

    def submit(self, wish: Wish) -> Job:
        """Hand a video in, and return its job at once."""
        with self.opened() as client:
            plan = self._plan(client, wish)
            self._tell(wish.left_out, plan)
            return client.submit(plan, api_key=self._own_key())

    # --- for everybody ---------------------------------------------------------------------------------------------

    def poll_task(self, task: Job | str) -> Job:
        """Wait for a task, given by itself or its id, and return it when it is completed.

        Raises:
            VideoGenerationError: one of its kinds, when it failed; JobNotFoundError when there is none.
        """
        with self.opened() as client:
            client.run()
            return client.jobs.wait(task if isinstance(task, str) else task.id)

    def download_video(self, task: Job | str, output_path: str | PathLike[str]) -> str:
        """Wait for a task, and put its video at `output_path`; return that. A file that stands there is replaced."""
        job = self.poll_task(task)
        Path(output_path).parent.mkdir(parents=True, exist_ok=True)
        copyfile(job.artifacts[0].path, output_path)
        return str(output_path)

    # --- how -------------------------------------------------------------------------------------------------------

    def _plan(self, client: Client, wish: Wish) -> Plan:
        words = self.words(wish)
        plan = client.plan(wish.prompt, **words)
        frame, settings = plan.settings.first_frame, plan.settings
        if not self.EXACT_FRAME or frame is None or (frame.width, frame.height) == (settings.width, settings.height):
            return plan
        assert settings.width is not None
        assert settings.height is not None
        assert wish.first_frame is not None
        self.logger.info("the first frame is cut to %dx%d, which the model asks for", settings.width, settings.height)
        words["image"] = fitted(wish.first_frame, settings.width, settings.height)
        return client.plan(wish.prompt, **words)

    def _tell(self, left_out: str, plan: Plan) -> None:
        for said in (left_out, *(each.reason for each in plan.adjustments), *plan.warnings):
            if said:
                self.logger.warning("%s", said)

    def _own_key(self) -> SecretStr | None:
        """Return the configuration's key where it is not what this machine's own settings say."""
        usual = Config.from_environment().key_for(self.config.provider)
        same = usual is not None and usual.get_secret_value() == self.config.api_key
        return None if same or not self.config.api_key else SecretStr(self.config.api_key)


def _or(said: T | None, usual: T) -> T:
    return usual if said is None else said


def fitted(picture: Picture, width: int, height: int) -> bytes:
    """Return a picture as PNG that fills a frame: scaled, its middle cut out.

    Raises:
        MediaInputError: it is no picture.
    """
    from PIL import ImageOps

    from video_gen.media.still import on_background, open_still

    source = picture if isinstance(picture, bytes) else Path(picture)
    data = BytesIO()
    ImageOps.fit(on_background(open_still(source)), (width, height)).save(data, "PNG")
    return data.getvalue()
