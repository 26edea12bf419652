"""Facts about providers and models, and the planning that needs nothing else.

Belongs here: what a model accepts, what it costs, when it dies, as TOML in `data/`, and the pure functions that
resolve a request against them. Does not belong here: anything said on a provider's wire (`protocols/`), and any
choice between models (`routing/`).
"""

from video_gen.catalog.card import FreeSize, Lifecycle, ModelCard, Price, Range, Rule
from video_gen.catalog.chain import Candidate, plan_chain
from video_gen.catalog.load import Catalog, load_catalog
from video_gen.catalog.plan import plan
from video_gen.catalog.price import quote

__all__ = [
    "Candidate",
    "Catalog",
    "FreeSize",
    "Lifecycle",
    "ModelCard",
    "Price",
    "Range",
    "Rule",
    "load_catalog",
    "plan",
    "plan_chain",
    "quote",
]
