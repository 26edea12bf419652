"""What a client can do only where its jobs are in its own process: for the command line and the server."""

from video_gen.catalog import Catalog
from video_gen.client.chat import Chat
from video_gen.client.embedded import Embedded
from video_gen.client.installation import Installation
from video_gen.engine.keys import Keys
from video_gen.engine.owned import OwnedJobs
from video_gen.engine.service import Jobs
from video_gen.exceptions import ConfigurationError
from video_gen.routing import Demand
from video_gen.spec import Decision, Plan, Request


class Inside:
    """The half of an `AsyncClient` that a server's jobs are out of reach of; each of its words refuses them.

    Raises:
        ConfigurationError: the client is not open, or works with a server.
    """

    _installation: Installation

    @property
    def embedded(self) -> Embedded:
        """The installation of this process.

        Raises:
            ConfigurationError: the client works with a server.
        """
        if not isinstance(self._installation, Embedded):
            raise ConfigurationError(
                "this is done where the jobs are, and this client works with a server: make one without `base_url`"
            )
        return self._installation

    @property
    def engine(self) -> Jobs:
        """The engine room's jobs.

        Raises:
            ConfigurationError: the client is not open, or works with a server.
        """
        return self.embedded.jobs

    @property
    def catalog(self) -> Catalog:
        """The models, as cards."""
        return self.embedded.catalog

    @property
    def keys(self) -> Keys:
        """The API keys of those who may ask a server over this store."""
        return self.engine.keys

    def jobs_of(self, owner: str | None) -> OwnedJobs:
        """Return one API key's jobs, by its id, or the installation's own (None); others do not exist there."""
        return OwnedJobs(self.engine, owner)

    def plan_request(self, request: Request, decision: Decision | None = None) -> Plan:
        """Return the plan of a request in its normal form; its media must be in the store. Errors as `plan`.

        Args:
            request: What is wanted.
            decision: Which models are taken, where the request leaves that open.
        """
        return self.embedded.planned(request, decision)

    async def demand(self, prompt: str, topic: str = "") -> Demand:
        """Return how much a prompt demands: as the language model says that the settings name, else by rules.

        Raises:
            ConfigurationError: the settings name the language model by half.
        """
        return await self.embedded.demand(prompt, topic)

    @property
    def chat(self) -> Chat | None:
        """The language model that the settings name; None where they name none."""
        return self.embedded.chat

    def run_in_background(self) -> None:
        """Start a process of its own that carries jobs out until none is unfinished, where no workers do."""
        self.embedded.run_in_background()
