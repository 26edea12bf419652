"""Models made up for one question each."""

from datetime import date
from typing import Any

from video_gen.catalog import Candidate, ModelCard
from video_gen.routing import Contender
from video_gen.spec import Provider

TODAY = date(2026, 11, 21)
PROVIDERS = {
    name: Provider(id=name, title=name.title(), protocol="openai", base_url=f"https://{name}.example")
    for name in ("acme", "zeta", "local")
}
KNOWN = {
    "tasks": ["text_to_video", "image_to_video", "first_last_frame"],
    "durations": {"min": 1, "max": 10},
    "duration_default": 5,
    "ratios": ["16:9", "9:16"],
    "ratio_default": "16:9",
    "resolutions": ["720p", "1080p"],
    "resolution_default": "720p",
    "audio": "optional",
    "audio_default": True,
    "first_frame": "optional",
    "last_frame": "optional",
    "references_max": 0,
    "source_video": "no",
    "seed": True,
    "negative_prompt": True,
    "source": "a test",
    "checked": TODAY,
}


def model(name: str, usd: str | None = "0.10", *, problem: str = "", relayed: bool = False, **facts: Any) -> Contender:
    """A model at so many dollars a second that takes nearly everything, but for what is said."""
    prices = {"prices": [{"usd_per_second": usd}], "price_source": "a test"} if usd is not None else {}
    wire = name.partition("/")[2]
    card = ModelCard.model_validate({"id": name, "wire": wire, "title": wire, **KNOWN, **prices, **facts})
    return Contender(Candidate(card, PROVIDERS[card.provider], relayed), problem)


DRAFT = model("local/draft", "0", ai=False, tier="draft")
