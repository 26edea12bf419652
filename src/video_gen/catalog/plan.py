"""Resolves a request against a model card: the only place that rounds, drops and checks, for every provider."""

from datetime import date
from typing import Any

from video_gen.catalog.card import ModelCard, Range
from video_gen.catalog.frame import choose_frame
from video_gen.catalog.inputs import check_kind, check_prompt, only_usable, settle_task, take_references
from video_gen.catalog.lifecycle import check_lifecycle
from video_gen.catalog.notes import Notes, choices
from video_gen.catalog.price import quote
from video_gen.catalog.situation import Situation, effective, sound_of
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Plan, Provider, Quote, Request, Settings, Task, usd


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
        UnsupportedOptionError: an input the model does not take and the request does not do without; with
            `request.strict`, any adjustment.
        InvalidRequestError: the request contradicts itself or lacks what the model requires.
    """
    notes = Notes(card.id)
    check_kind(request, card)
    check_lifecycle(card, provider, today, notes, allow_retired=allow_retired)
    usable = only_usable(request, card, notes)
    task = settle_task(usable, card, notes)
    check_prompt(usable, card)
    settings = _settings(usable, card, task, notes)
    if request.strict:
        notes.refuse_if_any()
    cost = quote(card, task, settings)
    _warn_of_ceiling(request, cost, notes)
    return Plan(
        request=request,
        model=card.id,
        wire_model=_wire_name(card, provider),
        wire_options=card.wire_options,
        provider=provider.id,
        protocol=card.protocol or provider.protocol,
        task=task,
        settings=settings,
        adjustments=tuple(notes.adjustments),
        warnings=tuple(notes.warnings),
        quote=cost,
        usual_seconds=card.typical_seconds,
    )


def _settings(request: Request, card: ModelCard, task: Task, notes: Notes) -> Settings:
    """Settle every option, each by what was settled before it."""
    situation: Situation = {"task": task}
    audio = _audio(request, card, situation, notes)
    situation["audio"] = sound_of(card, task, audio)
    frame = choose_frame(request, card, situation, notes)
    situation |= {"resolution": frame.resolution, "ratio": frame.ratio, "size": str(frame.size) if frame.size else None}
    situation["seconds"] = seconds = _seconds(request, card, situation, notes)
    prompt, camera = _camera(request, card, notes)
    return Settings(
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
        references=take_references(request, card, notes),
        source_video=request.source_video,
        extra=request.extra,
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
    said = request.prompt.rstrip()
    said += "." if said[-1:].isalnum() else ""
    prompt = f"{said} Camera: {request.camera}.".lstrip()
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


def _warn_of_ceiling(request: Request, cost: Quote, notes: Notes) -> None:
    ceiling = request.max_cost
    if ceiling is None or (cost.high is not None and cost.high <= ceiling):
        return
    price = "has no known limit" if cost.high is None else f"is up to {usd(cost.high)}"
    notes.warn(f"the price {price}, your ceiling is {usd(ceiling)}: this video would be refused")
