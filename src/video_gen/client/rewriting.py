"""Makes a prompt say more, by fixed rules: what a film needs and the caller left open is added, in plain words.

The caller's own words stay as they are and come first. The same prompt always gives the same text.
"""

import re
from typing import Final, NamedTuple


class _Part(NamedTuple):
    """Something a film needs: the words by which a prompt says it, and what is added where none of them is there."""

    said_by: re.Pattern[str]
    added: str


def _part(words: str, added: str) -> _Part:
    return _Part(re.compile(rf"\b(?:{'|'.join(words.split())})", re.IGNORECASE), added)


_PARTS: Final = (
    _part(
        "camera pan tilt zoom doll tracking orbit static handheld drone aerial close-up closeup wide-angle shot",
        "Slow, steady camera movement",
    ),
    _part(
        "light lit sun dawn dusk golden night neon shadow bright dark candle moon overcast glow",
        "natural light with soft shadows",
    ),
    _part(
        "move moving motion walk run drift flow wave sway fall fly rotat spin danc swim driv rain wind gentle",
        "gentle, continuous motion",
    ),
    _part(
        "cinematic realistic photoreal anime cartoon watercolor watercolour painting style film render illustration 3d",
        "cinematic composition, realistic textures, fine detail",
    ),
)


def enriched(prompt: str) -> str:
    """Return the prompt with what it leaves open; one that leaves nothing open, and an empty one, as it is.

    >>> enriched("A lake at dawn, cinematic, slow pan, drifting mist")
    'A lake at dawn, cinematic, slow pan, drifting mist'
    """
    text = prompt.strip()
    missing = [part.added for part in _PARTS if not part.said_by.search(text)]
    if not text or not missing:
        return prompt
    addition = ", ".join(missing)
    end = "" if text.endswith((".", "!", "?", "。")) else "."
    return f"{text}{end} {addition[0].upper()}{addition[1:]}."
