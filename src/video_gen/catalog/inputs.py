"""Says what a request's inputs ask for, and refuses what the model cannot use: no input is dropped in silence."""

from typing import Final

from video_gen.catalog.card import ModelCard, Presence
from video_gen.catalog.notes import Notes, choices
from video_gen.exceptions import InvalidRequestError, UnsupportedOptionError
from video_gen.spec import MediaRef, Request, Task

_INPUTS: Final[dict[Task, tuple[str, str]]] = {
    "text_to_video": ("a prompt alone", ""),
    "image_to_video": ("a first frame", "--image"),
    "first_last_frame": ("a first and a last frame", "--image, --last-frame"),
    "reference_to_video": ("reference pictures", "--reference"),
    "video_to_video": ("a source video", "--video"),
    "text_to_image": ("a prompt alone", ""),
}
"""Each task's inputs in words, and the options that hand them in."""
_A: Final = {"video": "a video", "image": "an image"}


def check_kind(request: Request, card: ModelCard) -> None:
    """Refuse a model that makes something else.

    Raises:
        UnsupportedOptionError: it does.
    """
    if request.kind != card.makes:
        raise UnsupportedOptionError(
            f"`{card.id}` makes {card.makes}s and was asked for {_A[request.kind]}: choose another model "
            "(`video-gen models`)"
        )


def only_usable(request: Request, card: ModelCard, notes: Notes) -> Request:
    """Return the request without the inputs that the model does not take, where it allows that: each is noted.

    What the video is made from stays, for `settle_task` to refuse: the first frame, or a source video without one.

    Raises:
        InvalidRequestError: a last frame without a first one, whether or not the model takes one.
    """
    if request.last_frame is not None and request.first_frame is None:
        raise InvalidRequestError("a last frame needs a first frame: give both")
    if not request.drop_inputs or request.strict:
        return request
    without = dict[str, tuple[()] | None]()
    if request.last_frame is not None and card.last_frame == "no":
        without["last_frame"] = None
        notes.adjust("last frame", _named(request.last_frame), None, "takes no last frame")
        notes.warn(f"the video will not end with the last frame that was given: `{card.id}` takes none")
    if request.source_video is not None and request.first_frame is not None and card.source_video == "no":
        without["source_video"] = None
        notes.adjust("source video", _named(request.source_video), None, "takes no source video")
    if request.references and card.references_max == 0:
        without["references"] = ()
        notes.adjust("references", len(request.references), None, "takes no reference pictures")
    return request.model_copy(update=without)


def _named(given: MediaRef) -> str:
    return given.label or given.media_type


def settle_task(request: Request, card: ModelCard, notes: Notes) -> Task:
    """Return what the inputs ask for.

    Raises:
        InvalidRequestError: the model needs an input that is missing.
        UnsupportedOptionError: it takes no such input, or does not make what is asked from it.
    """
    _check_input("first frame", request.first_frame, card.first_frame, "--image", notes)
    _check_input("last frame", request.last_frame, card.last_frame, "--last-frame", notes)
    _check_input("source video", request.source_video, card.source_video, "--video", notes)
    task = _asked_task(request)
    if card.tasks is not None and task not in card.tasks:
        takes = choices([_said(known) for known in card.tasks])
        raise UnsupportedOptionError(
            f"`{card.id}` cannot make {_A[card.makes]} from {_INPUTS[task][0]}: it takes {takes}; "
            "change the inputs, or choose another model (`video-gen models`)"
        )
    return task


def _said(task: Task) -> str:
    words, options = _INPUTS[task]
    return f"{words} ({options})" if options else words


def _asked_task(request: Request) -> Task:
    if request.kind == "image":
        return "text_to_image"
    if request.source_video is not None:
        return "video_to_video"
    if request.first_frame is not None:
        return "first_last_frame" if request.last_frame is not None else "image_to_video"
    return "reference_to_video" if request.references else "text_to_video"


def _check_input(name: str, given: MediaRef | None, presence: Presence | None, flag: str, notes: Notes) -> None:
    if given is None:
        if presence == "required":
            raise InvalidRequestError(f"`{notes.model}` needs a {name}: give one with {flag}")
        return
    if presence == "no":
        raise UnsupportedOptionError(
            f"`{notes.model}` takes no {name}: leave out {flag}, or choose a model that does (`video-gen models`)"
        )
    if presence is None:
        notes.warn(f"it is unknown whether `{notes.model}` takes a {name}: yours is sent")


def check_prompt(request: Request, card: ModelCard) -> None:
    """Refuse a prompt that is missing or too long.

    Raises:
        InvalidRequestError: the prompt does not do.
    """
    has_media = request.first_frame or request.references or request.source_video
    if not request.prompt.strip() and (card.prompt_required or not has_media):
        wanted = "a prompt" if card.prompt_required else "a prompt or a picture"
        raise InvalidRequestError(f"`{card.id}` needs {wanted}: say what the {card.makes} should show")
    if card.prompt_max is not None and len(request.prompt) > card.prompt_max:
        raise InvalidRequestError(
            f"the prompt has {len(request.prompt):,} characters, `{card.id}` takes {card.prompt_max:,}: shorten it"
        )


def take_references(request: Request, card: ModelCard, notes: Notes) -> tuple[MediaRef, ...]:
    """Return as many reference pictures as the model takes.

    Raises:
        UnsupportedOptionError: it takes none.
    """
    given, most = request.references, card.references_max
    if not given:
        return ()
    if most is None:
        notes.warn(f"it is unknown how many reference pictures `{card.id}` takes: yours are sent")
        return given
    if most == 0:
        raise UnsupportedOptionError(
            f"`{card.id}` takes no reference pictures: leave out --reference, or choose a model that does "
            "(`video-gen models`)"
        )
    if len(given) > most:
        notes.adjust("references", len(given), most, f"takes up to {most} reference pictures")
    return given[:most]
