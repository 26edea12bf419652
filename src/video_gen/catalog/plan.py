"""Resolves a request against a model card: the only place that rounds, drops and checks, for every provider."""

from datetime import date
from typing import Any

from video_gen.catalog.card import ModelCard, Presence, Range
from video_gen.catalog.frame import choose_frame
from video_gen.catalog.lifecycle import check_lifecycle
from video_gen.catalog.notes import Notes, choices
from video_gen.catalog.price import quote
from video_gen.catalog.situation import Situation, effective, sound_of
from video_gen.exceptions import ConfigurationError, InvalidRequestError, UnsupportedOptionError
from video_gen.spec import MediaRef, Plan, Provider, Request, Settings, Task

_WORDS: dict[Task, str] = {
    "text_to_video": "a prompt alone",
    "image_to_video": "a first frame",
    "first_last_frame": "a first and a last frame",
    "reference_to_video": "reference pictures",
    "video_to_video": "a source video",
}


def plan(request: Request, card: ModelCard, provider: Provider, *, today: date, allow_retired: bool = False) -> Plan:
    """Return what exactly will be sent to `card`'s model for `request`, with every difference and a quote.

    Args:
        request: What the caller wants.
        card: The model.
        provider: The service that runs it.
        today: The date, for lifecycle warnings.
        allow_retired: Plan for a retired model all the same: a relay may still serve it.

    Raises:
        ModelRetiredError: the model is switched off.
        UnsupportedOptionError: an input the model does not take; with `request.strict`, any adjustment.
        InvalidRequestError: the request contradicts itself or lacks what the model requires.
    """
    notes = Notes(card.id)
    check_lifecycle(card, provider, today, notes, allow_retired=allow_retired)
    task = _task(request, card, notes)
    _check_prompt(request, card)
    situation: Situation = {"task": task}
    audio = _audio(request, card, situation, notes)
    situation["audio"] = sound_of(card, task, audio)
    frame = choose_frame(request, card, situation, notes)
    situation |= {"resolution": frame.resolution, "ratio": frame.ratio, "size": str(frame.size) if frame.size else None}
    situation["seconds"] = seconds = _seconds(request, card, situation, notes)
    prompt, camera = _camera(request, card, notes)
    settings = Settings(
        prompt=prompt,
        negative_prompt=_option("negative prompt", request.negative_prompt or None, card.negative_prompt, notes),
        seconds=seconds,
        width=frame.size.width if frame.size else None,
        height=frame.size.height if frame.size else None,
        aspect_ratio=frame.ratio,
        resolution=frame.resolution,
        fps=_fps(request, card, situation, notes),
        audio=audio,
        seed=_option("seed", request.seed, card.seed, notes),
        count=_count(request, card, notes),
        camera=camera,
        motion_strength=_option("motion strength", request.motion_strength, card.motion_strength or False, notes),
        first_frame=request.first_frame,
        last_frame=request.last_frame,
        references=_references(request, card, notes),
        source_video=request.source_video,
        extra=request.extra,
    )
    if request.strict:
        notes.refuse_if_any()
    return Plan(
        request=request,
        model=card.id,
        wire_model=_wire_name(card, provider),
        wire_options=card.wire_options,
        provider=provider.id,
        protocol=provider.protocol,
        task=task,
        settings=settings,
        adjustments=tuple(notes.adjustments),
        warnings=tuple(notes.warnings),
        quote=quote(card, task, settings),
    )


def _wire_name(card: ModelCard, provider: Provider) -> str:
    try:
        return card.wire.format_map(provider.settings)
    except KeyError as missing:
        setting = str(missing.args[0])
        variables = " or ".join(provider.settings_env.get(setting, ()))
        raise ConfigurationError(
            f"`{card.id}` needs the setting `{setting}` of {provider.title}: set {variables}"
        ) from None


def _task(request: Request, card: ModelCard, notes: Notes) -> Task:
    if request.last_frame is not None and request.first_frame is None:
        raise InvalidRequestError("a last frame needs a first frame: give both")
    _check_input("first frame", request.first_frame, card.first_frame, "--image", notes)
    _check_input("last frame", request.last_frame, card.last_frame, "--last-frame", notes)
    _check_input("source video", request.source_video, card.source_video, "--video", notes)
    task = _asked_task(request)
    if card.tasks is not None and task not in card.tasks:
        takes = choices([_WORDS[known] for known in card.tasks])
        raise UnsupportedOptionError(f"`{card.id}` cannot make a video from {_WORDS[task]}: it takes {takes}")
    return task


def _asked_task(request: Request) -> Task:
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


def _check_prompt(request: Request, card: ModelCard) -> None:
    has_media = request.first_frame or request.references or request.source_video
    if not request.prompt.strip() and (card.prompt_required or not has_media):
        wanted = "a prompt" if card.prompt_required else "a prompt or a picture"
        raise InvalidRequestError(f"`{card.id}` needs {wanted}: say what the video should show")
    if card.prompt_max is not None and len(request.prompt) > card.prompt_max:
        raise InvalidRequestError(
            f"the prompt has {len(request.prompt):,} characters, `{card.id}` takes {card.prompt_max:,}: shorten it"
        )


def _audio(request: Request, card: ModelCard, situation: Situation, notes: Notes) -> bool | None:
    mode, because = effective(card, "audio", situation)
    if mode == "optional":
        return request.audio if request.audio is not None else card.audio_default
    if mode == "always" and request.audio is False:
        notes.adjust("audio", "off", "on", "always makes sound", because=because)
    if mode == "never" and request.audio is True:
        notes.adjust("audio", "on", "off", "makes silent videos", because=because)
    if mode is None:
        if request.audio is not None:
            notes.warn(f"it is unknown whether `{card.id}` lets you choose sound: your choice is sent")
        return request.audio
    return None


def _seconds(request: Request, card: ModelCard, situation: Situation, notes: Notes) -> float | None:
    durations, because = effective(card, "durations", situation)
    asked = request.seconds
    if asked is None:
        usual = card.duration_default
        return usual if usual is None or durations is None else _nearest(durations, usual)
    if durations is None:
        notes.warn(f"it is unknown which lengths `{card.id}` takes: yours is sent as it is")
        return asked
    if not durations:
        notes.adjust("seconds", f"{asked:g}", None, "takes no length", because=because)
        return None
    chosen = _nearest(durations, asked)
    if chosen != asked:
        notes.adjust("seconds", f"{asked:g}", f"{chosen:g}", f"takes {_listed(durations, 's')}", because=because)
    return chosen


def _fps(request: Request, card: ModelCard, situation: Situation, notes: Notes) -> float | None:
    rates, because = effective(card, "fps", situation)
    asked = request.fps
    if not card.fps_selectable:
        if asked is not None and not (isinstance(rates, tuple) and asked in rates):
            fact = f"always makes {_listed(rates, 'fps')}" if rates else "takes no frame rate"
            notes.adjust("fps", f"{asked:g}", None, fact, because=because)
        return None
    if asked is None:
        return card.fps_default
    chosen = asked if rates is None else _nearest(rates, asked)
    if rates is not None and chosen != asked:
        notes.adjust("fps", f"{asked:g}", f"{chosen:g}", f"takes {_listed(rates, 'fps')}", because=because)
    return chosen


def _nearest(allowed: tuple[float, ...] | Range, asked: float) -> float | None:
    if isinstance(allowed, Range):
        return allowed.nearest(asked)
    return min(allowed, key=lambda value: (abs(value - asked), value), default=None)


def _listed(allowed: tuple[float, ...] | Range, unit: str) -> str:
    if not isinstance(allowed, Range):
        return f"{choices([f'{value:g}' for value in allowed])} {unit}"
    step = f" in steps of {allowed.step:g}" if allowed.step else ""
    return f"{allowed.min:g} to {allowed.max:g} {unit}{step}"


def _camera(request: Request, card: ModelCard, notes: Notes) -> tuple[str, Any]:
    if request.camera is None:
        return request.prompt, None
    if request.camera.kind in (card.camera or ()):
        return request.prompt, request.camera
    words = f"Camera: {request.camera}."
    prompt = f"{request.prompt.rstrip()} {words}".lstrip()
    fits = card.prompt_max is None or len(prompt) <= card.prompt_max
    notes.adjust("camera motion", str(request.camera), "words of the prompt" if fits else None, _camera_fact(card))
    return (prompt if fits else request.prompt), None


def _camera_fact(card: ModelCard) -> str:
    return f"takes {choices(list(card.camera))}" if card.camera else "takes no camera option"


def _option(name: str, asked: Any, supported: bool | None, notes: Notes) -> Any:  # noqa: FBT001 - a fact of the card
    if asked is None or supported:
        return asked
    if supported is None:
        notes.warn(f"it is unknown whether `{notes.model}` takes a {name}: yours is sent")
        return asked
    shown = asked if len(str(asked)) <= 40 else f"{str(asked)[:37]}..."
    notes.adjust(name, shown, None, f"takes no {name}")
    return None


def _count(request: Request, card: ModelCard, notes: Notes) -> int:
    if request.count > card.max_count:
        most = "one video" if card.max_count == 1 else f"up to {card.max_count} videos"
        notes.adjust("count", request.count, card.max_count, f"makes {most} a call")
    return min(request.count, card.max_count)


def _references(request: Request, card: ModelCard, notes: Notes) -> tuple[MediaRef, ...]:
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
