"""Choosing between models: (request, cards, health, policy) -> ranked candidates with reasons. Pure.

Belongs here: preferring one model to another, reading how much a prompt demands, and saying why. Does not belong
here: what a model can do or costs (`catalog/`), whether a key is set (that is handed in), and sending anything.
"""

from video_gen.routing.chain import fallbacks
from video_gen.routing.demand import Demand, analyze
from video_gen.routing.rank import Contender, rank
from video_gen.routing.verdict import choose

__all__ = ["Contender", "Demand", "analyze", "choose", "fallbacks", "rank"]
