"""Chooses a model where a request says `auto`: gathers what `routing` goes by, and asks it."""

from collections.abc import Mapping
from datetime import date

from video_gen.catalog import Candidate, Catalog, ModelCard
from video_gen.client.wiring import Drivers, load_protocol
from video_gen.config import Config
from video_gen.exceptions import ConfigurationError
from video_gen.routing import Contender, Demand, rank
from video_gen.spec import Decision, Health, Request


class Chooser:
    """Knows every model of a catalog, and which of them can be reached as configured."""

    def __init__(self, catalog: Catalog, config: Config, drivers: Drivers) -> None:
        self._catalog = catalog
        self._config = config
        self._drivers = drivers

    def candidate(self, card: ModelCard) -> Candidate:
        """Return a model with the service that runs it, as configured."""
        provider = self._catalog.provider_of(card)
        relayed = self._config.base_url_for(provider) is not None
        return Candidate(card, self._config.configured(provider), relayed)

    def decide(self, request: Request, demand: Demand, health: Mapping[str, Health], today: date) -> Decision:
        """Return which models can do it, the best first, and why the others are left out.

        Raises:
            InvalidRequestError: a filter of the request fits no model.
        """
        problems = {provider: self._problem(provider) for provider in self._catalog.providers}
        contenders = [Contender(self.candidate(card), problems[card.provider]) for card in self._catalog.cards.values()]
        return rank(request, contenders, health, demand=demand, today=today)

    def _problem(self, provider_id: str) -> str:
        """Return why a provider cannot be reached as configured; empty where it can."""
        provider = self._config.configured(self._catalog.provider(provider_id))
        try:
            load_protocol(provider.protocol)
            self._drivers.check(provider)
        except ConfigurationError as error:
            return error.message
        return ""
