"""Every shot's plan, and what the whole film costs, before anything is spent."""

from collections.abc import Sequence
from itertools import pairwise

from video_gen.catalog import ModelCard
from video_gen.exceptions import InvalidRequestError, SpendLimitError
from video_gen.films.blame import about
from video_gen.films.linking import Link, Models, linked
from video_gen.films.storyboard import Storyboard
from video_gen.films.studio import Studio
from video_gen.spec import AUTO, UNMADE, MediaRef, Plan, Quote, Request, Value, usd


class ShotPlan(Value):
    """What is sent for one shot, as far as it is known before the shots it goes on from are made."""

    label: str
    """What messages call it."""
    request: Request
    """Without what comes from other shots."""
    link: Link
    plan: Plan
    """With stand-ins for what comes from other shots."""
    crossfade: float = 0.0
    """Seconds for which it and the shot before are seen together."""
    continues: bool = False
    """Its first picture is the last one of the shot before."""

    @property
    def begins(self) -> str:
        """How it begins, in words."""
        return {
            "none": "anew" if self.request.first_frame is None else "with a picture",
            "last_frame": "with the last frame before it",
            "first_last": "with the last frame before it, and ends with the next picture",
            "extend": "as the shot before, made longer",
        }[self.link.chain]


class FilmPlan(Value):
    """All shots of a film."""

    storyboard: Storyboard
    shots: tuple[ShotPlan, ...]

    @property
    def quote(self) -> Quote:
        """What all shots cost together, in micro-USD."""
        return total([shot.plan.quote for shot in self.shots])

    @property
    def seconds(self) -> float | None:
        """How long the film will be, without what is trimmed at its joints; None where a model decides."""
        lengths = [shot.plan.settings.seconds for shot in self.shots]
        known = [length for length in lengths if length is not None]
        return sum(known) - sum(shot.crossfade for shot in self.shots) if len(known) == len(lengths) else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """What cannot be known yet, in sentences."""
        waiting = [shot.label for shot in self.shots if shot.link.needs]
        said = [f"the pictures that {', '.join(waiting)} begin or end with: the shots before make them"] * bool(waiting)
        if any(shot.continues for shot in self.shots):
            said.append("how many frames repeat the shot before, and are left out at a joint: at most half a second")
        if self.seconds is None:
            said.append("how long the film is: a model decides the length of a shot")
        return tuple(said)


def total(quotes: Sequence[Quote]) -> Quote:
    """Return the sum; it has no upper bound where one of them has none."""
    highs = [quote.high for quote in quotes if quote.high is not None]
    notes = dict.fromkeys(quote.note for quote in quotes if quote.note)
    return Quote(
        low=sum(quote.low for quote in quotes),
        high=sum(highs) if len(highs) == len(quotes) else None,
        note="; ".join(notes),
    )


def check_ceiling(quote: Quote, ceiling: int | None) -> None:
    """Refuse a film that could cost more than it may.

    Raises:
        SpendLimitError: names the price and the ceiling.
    """
    if ceiling is None or (quote.high is not None and quote.high <= ceiling):
        return
    if quote.high is None:
        raise SpendLimitError(
            f"the price of the film is not known{f' ({quote.note})' if quote.note else ''}, so the ceiling of "
            f"{usd(ceiling)} cannot be kept: choose models with a known price, or leave the ceiling out"
        )
    raise SpendLimitError(
        f"the film costs up to {usd(quote.high)}: above the ceiling of {usd(ceiling)}. Nothing was spent. Raise the "
        "ceiling, or ask for less: fewer or shorter shots, a lower resolution, a cheaper model"
    )


async def plan(board: Storyboard, studio: Studio) -> FilmPlan:
    """Return the plan of a film. Spends nothing.

    Raises:
        InvalidRequestError: or one of its kinds, when a shot cannot be done as asked; the message names the shot.
        MediaInputError: a picture is missing or none; likewise.
    """
    models = await _models(board, studio)
    links = linked(board, models)
    shots = list[ShotPlan]()
    for index, link in enumerate(links):
        with about(board.label(index)):
            request = await _request(board, index, link, models, studio)
            shots.append(await _planned(board, index, links, request, shots[-1].plan if shots else None, studio))
    _check_fades(shots)
    return FilmPlan(storyboard=board, shots=tuple(shots))


async def _models(board: Storyboard, studio: Studio) -> Models:
    """Look up what the shots are made by.

    Raises:
        UnknownModelError: there is no such model.
    """
    known: dict[str, ModelCard | None] = {}
    names = [shot.model or board.model or studio.default_model for shot in board.shots]
    for index, name in enumerate(names):
        if name not in known:
            with about(board.label(index)):
                known[name] = None if name.strip().lower() == AUTO else (await studio.cards(name))[0]
    extends = "extend" in {board.chain, *(shot.chain for shot in board.shots)}
    extending = [card.id for card in await studio.cards() if card.extends is not None] if extends else []
    return Models(of_shots=tuple(known[name] for name in names), extending=tuple(extending))


async def _request(board: Storyboard, index: int, link: Link, models: Models, studio: Studio) -> Request:
    """Return what is asked for, without what comes from other shots; its pictures and videos are read and kept."""
    words = dict(board.words(index))
    if link.chain == "first_last" and link.before is None and "last_frame" not in words:
        words["last_frame"] = board.shots[index + 1].image
    request = await studio.request(board.prompt(index), words)
    card = models.of_shots[index]
    if link.chain != "extend" or card is None or card.extends is None:
        return request
    return request.model_copy(update={"extra": {**card.extends, **request.extra}})


async def _planned(
    board: Storyboard, index: int, links: Sequence[Link], request: Request, before: Plan | None, studio: Studio
) -> ShotPlan:
    link, previous = links[index], links[index - 1] if index else None
    stand_in = {} if before is None else _stand_ins(link, before)
    return ShotPlan(
        label=board.label(index),
        request=request,
        link=link,
        plan=await studio.plan(request.model_copy(update=stand_in)),
        crossfade=board.transition_into(index).crossfade if index and link.chain != "extend" else 0.0,
        continues=link.after is not None
        or (previous is not None and previous.chain == "first_last" and board.shots[index - 1].last_frame is None),
    )


def _stand_ins(link: Link, before: Plan) -> dict[str, MediaRef]:
    """Return what planning and pricing go by until the pictures are made."""
    settings = before.settings
    picture = MediaRef(
        sha256=UNMADE, media_type="image/png", bytes=1, width=settings.width, height=settings.height,
        label="the last frame of the shot before",
    )  # fmt: skip
    video = picture.model_copy(
        update={"media_type": "video/mp4", "seconds": settings.seconds, "label": "the shot before"}
    )
    if link.chain == "extend":
        return {"source_video": video}
    found = {"first_frame": picture} if link.after is not None else {}
    return found | ({"last_frame": picture} if link.before is not None else {})


def _check_fades(shots: Sequence[ShotPlan]) -> None:
    """Refuse a cross-fade that would leave a shot with nothing of its own, before it is paid.

    Raises:
        InvalidRequestError: names the shot, the cross-fade and the longest that fits.
    """
    for before, shot in pairwise(shots):
        for each in (before, shot):
            seconds = each.plan.settings.seconds
            if seconds is not None and shot.crossfade > seconds / 2:
                raise InvalidRequestError(
                    f"{shot.label}: `transition: crossfade {shot.crossfade:g}` is too long for {each.label}, which "
                    f"lasts {seconds:g} s: choose at most {seconds / 2:g}"
                )
