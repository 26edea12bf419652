"""Which shot goes on from which: as the storyboard says, else as the catalog knows of each model."""

from collections.abc import Sequence
from typing import NamedTuple

from video_gen.catalog import ModelCard
from video_gen.exceptions import InvalidRequestError
from video_gen.films.blame import about
from video_gen.films.storyboard import Chain, Storyboard
from video_gen.spec import Value


class Link(Value):
    """How a shot depends on others, by their places in the film."""

    chain: Chain
    after: int | None = None
    """The shot whose end is this one's beginning."""
    before: int | None = None
    """The shot whose beginning is this one's end, and which is made first."""

    @property
    def needs(self) -> tuple[int, ...]:
        """The shots that have to be there first."""
        return tuple(each for each in (self.after, self.before) if each is not None)


class Models(NamedTuple):
    """What the shots are made by."""

    of_shots: Sequence[ModelCard | None]
    """Each shot's model; None where one is chosen later."""
    extending: Sequence[str]
    """The ids of all that make a video longer, where a shot asks for one."""


def linked(board: Storyboard, models: Models) -> tuple[Link, ...]:
    """Return each shot's link.

    Where nothing is said, a shot begins with the last frame of the one before, where its model takes a first frame;
    else it is the one before made longer, where the model can; else it begins anew. So does a shot with pictures of its
    own to begin with, or to be like.

    Raises:
        InvalidRequestError: the storyboard asks for a link that there cannot be.
    """
    chains = list[Chain]()
    for index in range(len(board.shots)):
        with about(board.label(index)):
            chains.append(_chain(board, index, models))
    links = list[Link]()
    for index in range(len(chains)):
        with about(board.label(index)):
            links.append(_link(board, index, chains))
    return tuple(links)


def _chain(board: Storyboard, index: int, models: Models) -> Chain:
    shot, card = board.shots[index], models.of_shots[index]
    said = shot.chain or (board.chain if index else None)
    if index == 0:
        if said not in {None, "none"}:
            raise InvalidRequestError(f"`chain: {said}` needs a shot before it; leave it out")
        return "none"
    if said is None or (shot.chain is None and shot.image is not None):
        return "none" if shot.image or shot.references or board.references else _usual(card)
    if said != "none" and shot.image is not None:
        raise InvalidRequestError(
            f"it begins with the end of the shot before (`chain: {said}`), and with `image` "
            f"{shot.image}: give one of the two"
        )
    if said in {"last_frame", "first_last"} and card is not None and card.first_frame == "no":
        raise InvalidRequestError(
            f"`{card.id}` takes no first frame, which `chain: {said}` needs: say `chain: none`, "
            "or choose another model (`video-gen models`)"
        )
    if said == "extend" and (card is None or card.extends is None):
        model = "a model that is chosen later" if card is None else f"`{card.id}`"
        extending = ", ".join(f"`{name}`" for name in models.extending)
        raise InvalidRequestError(
            f"{model} is not known to extend videos: say `chain: last_frame`, or name one of {extending}"
        )
    return said


def _usual(card: ModelCard | None) -> Chain:
    if card is None or card.first_frame != "no":  # one that is chosen later is chosen among those that take a frame
        return "last_frame"
    return "none" if card.extends is None else "extend"


def _link(board: Storyboard, index: int, chains: Sequence[Chain]) -> Link:
    chain = chains[index]
    if chain == "none":
        return Link(chain=chain)
    if chain != "first_last" or board.shots[index].last_frame is not None:
        return Link(chain=chain, after=index - 1)
    behind = index + 1
    if behind < len(chains) and chains[behind] == "none":
        known = board.shots[behind].image is not None
        return Link(chain=chain, after=index - 1, before=None if known else behind)
    raise InvalidRequestError(
        "`chain: first_last` needs a picture to end with: give `last_frame`, or let the next "
        "shot begin with an `image` or anew (`chain: none`)"
    )
