"""The options that describe a video, declared once for every command that takes them."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from video_gen.exceptions import InvalidRequestError

_INPUTS: Final = "Pictures and videos"
_SHAPE: Final = "Shape"
_STYLE: Final = "Style"
_MONEY: Final = "Money and rules"
_CHOICE: Final = "Choosing a model"

PromptArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PROMPT...", help="What the video shows. Several make several videos; `-` reads stdin."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="A model's id or alias (`video-gen models`), or `auto` to have one chosen.",
        show_default=False,
    ),
]
PicturePrompt = Annotated[
    list[str] | None,
    typer.Argument(metavar="PROMPT...", help="What the image shows. Several make several images; `-` reads stdin."),
]
PictureModel = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="An image model's id or alias (`video-gen models`). Default: the embedded renderer's still.",
        show_default=False,
    ),
]
PictureCount = Annotated[int, typer.Option("--count", "-n", help="Images in one call.", rich_help_panel=_MONEY)]
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="WHAT",
        help="Choose the model: cheapest, fastest, best or balanced.",
        rich_help_panel=_CHOICE,
    ),
]
Providers = Annotated[
    list[str] | None,
    typer.Option(
        "--provider", metavar="NAME", help="Choose among this one's models; may be repeated.", rich_help_panel=_CHOICE
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="PATTERN",
        help="Choose among models whose id, family or alias fits, like `veo*`; may be repeated.",
        rich_help_panel=_CHOICE,
    ),
]
Deny = Annotated[
    list[str] | None,
    typer.Option("--deny", metavar="PATTERN", help="Never choose these; may be repeated.", rich_help_panel=_CHOICE),
]
Fallbacks = Annotated[
    int | None,
    typer.Option(
        "--fallbacks",
        metavar="NUMBER",
        help="How many of the next best to try when the chosen one cannot be had: 2 unless said, 0 for none.",
        rich_help_panel=_CHOICE,
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        "--image", "-i", metavar="FILE|URL", help="First frame: path, URL or data URI.", rich_help_panel=_INPUTS
    ),
]
LastFrame = Annotated[
    str | None, typer.Option("--last-frame", metavar="FILE|URL", help="Last frame.", rich_help_panel=_INPUTS)
]
Reference = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="FILE|URL",
        help="Reference picture for style or subject; may be repeated.",
        rich_help_panel=_INPUTS,
    ),
]
Extend = Annotated[
    str | None,
    typer.Option(
        "--extend",
        metavar="FILE|URL",
        help="Go on from this video's last frame; the result is both, joined.",
        rich_help_panel=_INPUTS,
    ),
]
Video = Annotated[
    str | None, typer.Option("--video", metavar="FILE|URL", help="Source video to change.", rich_help_panel=_INPUTS)
]
Duration = Annotated[
    str | None, typer.Option("--duration", "-d", metavar="SECONDS", help="Length: 5 or 5s.", rich_help_panel=_SHAPE)
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Pixels, like 1280x720.", rich_help_panel=_SHAPE)
]
Resolution = Annotated[
    str | None,
    typer.Option("--resolution", "-r", metavar="TIER", help="720p, 1080p, 4k ...", rich_help_panel=_SHAPE),
]
AspectRatio = Annotated[
    str | None,
    typer.Option("--aspect-ratio", "-a", metavar="RATIO", help="16:9, 9:16, 1:1 ...", rich_help_panel=_SHAPE),
]
Fps = Annotated[float | None, typer.Option("--fps", help="Frames a second.", rich_help_panel=_SHAPE)]
Audio = Annotated[
    bool | None, typer.Option("--audio/--no-audio", help="With or without sound.", rich_help_panel=_SHAPE)
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Same seed, same video, where the model allows.", rich_help_panel=_STYLE)
]
NegativePrompt = Annotated[
    str | None, typer.Option("--negative-prompt", help="What it must not show.", rich_help_panel=_STYLE)
]
CameraMotion = Annotated[
    str | None,
    typer.Option(
        "--camera-motion",
        "-c",
        metavar="MOVE",
        help="static, pan, tilt, zoom, dolly, orbit or handheld, with a direction: `pan left`.",
        rich_help_panel=_STYLE,
    ),
]
MotionStrength = Annotated[
    float | None, typer.Option("--motion-strength", metavar="0..1", help="How much moves.", rich_help_panel=_STYLE)
]
Count = Annotated[int, typer.Option("--count", "-n", help="Videos in one call.", rich_help_panel=_MONEY)]
MaxCost = Annotated[
    str | None,
    typer.Option("--max-cost", metavar="USD", help="Refuse to spend more than this.", rich_help_panel=_MONEY),
]
MaxCostAll = Annotated[
    str | None,
    typer.Option(
        "--max-cost", metavar="USD", help="Refuse to spend more than this on all together.", rich_help_panel=_MONEY
    ),
]
MaxCostEach = Annotated[
    str | None,
    typer.Option(
        "--max-cost", metavar="USD", help="Refuse a row that may cost more than this.", rich_help_panel=_MONEY
    ),
]
Fallback = Annotated[
    list[str] | None,
    typer.Option(
        "--fallback",
        metavar="MODEL",
        help="Model to try when the one before cannot be had; may be repeated.",
        rich_help_panel=_MONEY,
    ),
]
FallbackOnPolicy = Annotated[
    bool,
    typer.Option(
        "--fallback-on-policy", help="Try the fallbacks also when the content is refused.", rich_help_panel=_MONEY
    ),
]
QueueTimeout = Annotated[
    float | None,
    typer.Option(
        "--queue-timeout",
        metavar="SECONDS",
        help="Try the next fallback when it waits longer in a queue.",
        rich_help_panel=_MONEY,
    ),
]
GiveUpAfter = Annotated[
    float | None,
    typer.Option(
        "--give-up-after",
        metavar="SECONDS",
        help="Stop the job when its provider has not finished it by then. Default: never.",
        rich_help_panel=_MONEY,
    ),
]
Priority = Annotated[
    int | None,
    typer.Option(
        "--priority",
        metavar="-100..100",
        help="Higher starts earlier; ten minutes of waiting are worth one. Default: 0.",
        rich_help_panel=_MONEY,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse instead of adjusting what was asked.", rich_help_panel=_MONEY)
]
Extra = Annotated[
    list[str] | None,
    typer.Option(
        "--extra",
        metavar="NAME=VALUE",
        help="A provider option by its own name; the value may be JSON.",
        rich_help_panel=_MONEY,
    ),
]

_NAMES: Final = (
    "model", "image", "last_frame", "video", "extend", "duration", "size", "resolution", "aspect_ratio", "fps", "audio",
    "seed", "negative_prompt", "camera_motion", "motion_strength", "count", "max_cost", "strict",
    "fallback_on_policy", "queue_timeout", "policy", "fallbacks", "give_up_after", "priority",
)  # fmt: skip
_SEVERAL: Final = {
    "reference": "references",
    "fallback": "fallback",
    "provider": "providers",
    "allow": "allow",
    "deny": "deny",
}
"""The arguments that may be repeated, with the client's words for them."""


def words(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command's arguments as the client's words, without those that were not given."""
    found = {name: given[name] for name in _NAMES if given.get(name) is not None}
    for name, word in _SEVERAL.items():
        if given.get(name):
            found[word] = tuple(given[name])
    if given.get("extra"):
        found["extra"] = dict(_pair(item) for item in given["extra"])
    return found


def _pair(item: str) -> tuple[str, Any]:
    name, equals, value = item.partition("=")
    if not equals or not name:
        raise InvalidRequestError(f"--extra `{item}` is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def prompts(
    given: list[str] | None,
    words: Mapping[str, Any],
    example: str = 'video-gen generate "a calm ocean at sunset"',
) -> list[str]:
    """Return the prompts: those given, stdin for `-` or when nothing else says what to show.

    Raises:
        InvalidRequestError: there is neither a prompt nor a picture.
    """
    if given:
        return [_stdin() if prompt == "-" else prompt for prompt in given]
    if any(name in words for name in ("image", "video", "extend", "references")):
        return [""]
    if not sys.stdin.isatty():
        text = _stdin()
        if text:
            return [text]
    raise InvalidRequestError(f"say what it should show, like: {example}")


def _stdin() -> str:
    return sys.stdin.read().strip()
