"""What a task costs, in credits (docs.dev.runwayml.com/guides/pricing, as read for the catalog on 2026-11-21)."""

import math
from collections.abc import Mapping
from typing import Any, Final

from video_gen.testing.emulators.studio import Film

_A_SECOND: Final[Mapping[str, float]] = {
    "gen4.5": 12,
    "gen4_turbo": 5,
    "aleph2": 28,
    "veo3.1": 40,
    "veo3.1 silent": 20,
    "veo3.1_fast": 15,
    "veo3.1_fast silent": 10,
    "gemini_omni_flash": 10,
    "kling3.0_standard": 13,
    "kling3.0_standard silent": 9,
    "kling3.0_pro": 17,
    "kling3.0_pro silent": 12,
    "seedance2": 36,
    "seedance2 1080p": 40,
    "seedance2 2160p": 150,
    "seedance2_fast": 29,
    "seedance2_mini": 16,
    "seedance2_5 480p": 20,
    "seedance2_5": 30,
    "seedance2_5 1080p": 68,
    "wan3 480p": 5,
    "wan3": 10,
    "wan3 1080p": 20,
    "hailuo3": 10,
    "hailuo3 2k": 15,
    "h3_max": 8,
    "h3_max 480p": 5,
    "happyhorse_1_0": 15,
    "happyhorse_1_0 1080p": 30,
    "grok_imagine_1_5 480p": 10,
    "grok_imagine_1_5": 16,
    "grok_imagine_1_5 1080p": 29,
}
_OTHER: Final = 10.0
"""For a model whose price is on no page that could be read."""


def price(body: Mapping[str, Any], film: Film) -> int:
    """Return what a task will cost."""
    model = body["model"]
    tier = body.get("resolution") or f"{min(film.width, film.height)}p"
    marks = [*(["silent"] if body.get("audio") is False else []), tier]
    rate = next((_A_SECOND[f"{model} {mark}"] for mark in marks if f"{model} {mark}" in _A_SECOND), None)
    return math.ceil((_A_SECOND.get(model, _OTHER) if rate is None else rate) * film.seconds)
