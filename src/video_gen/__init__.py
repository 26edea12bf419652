"""One durable gateway for every AI video model.

The public names, loaded when they are first used: importing this package costs next to nothing. Everything a
program needs is here; `video_gen.spec` is for authors of protocols, and every other module may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from video_gen.exceptions import VideoGenerationError as VideoGenerationError
    from video_gen.spec import Artifact as Artifact
    from video_gen.spec import CameraMotion as CameraMotion
    from video_gen.spec import Event as Event
    from video_gen.spec import Job as Job
    from video_gen.spec import Plan as Plan
    from video_gen.spec import Quote as Quote
    from video_gen.spec import Request as Request

__version__ = "0.1.0"

__all__ = [
    "Artifact",
    "CameraMotion",
    "Event",
    "Job",
    "Plan",
    "Quote",
    "Request",
    "VideoGenerationError",
    "__version__",
]

_HOME_OF = {
    "Artifact": "spec",
    "CameraMotion": "spec",
    "Event": "spec",
    "Job": "spec",
    "Plan": "spec",
    "Quote": "spec",
    "Request": "spec",
    "VideoGenerationError": "exceptions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
