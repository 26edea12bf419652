"""What Prometheus reads: requests as this process counts them, jobs and money as the rows say."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from video_gen.client import AsyncClient
from video_gen.engine.ledger import Balance
from video_gen.engine.tally import Tally
from video_gen.spec import AttemptState, Status
from video_gen.spec.money import MICRO

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of this process, and the page."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "video_gen_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "video_gen_http_request_seconds",
            "Seconds to the end of an answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is its path with names instead of ids."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    async def page(self, client: AsyncClient) -> bytes:
        """Return all metrics in Prometheus' text format."""
        stored = CollectorRegistry()
        stored.register(_Stored(await client.engine.tally(), await client.engine.balance()))
        return generate_latest(self._registry) + generate_latest(stored)


class _Stored(Collector):
    """What the rows say at one moment."""

    def __init__(self, tally: Tally, balance: Balance) -> None:
        self._tally = tally
        self._balance = balance

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        jobs = GaugeMetricFamily("video_gen_jobs", "Jobs by where they stand.", labels=("status", "provider"))
        waiting = GaugeMetricFamily("video_gen_queue_length", "Jobs that wait to be begun.", labels=("provider",))
        for (status, provider), count in self._tally.jobs.items():
            jobs.add_metric((status.value, provider), count)
            if status is Status.QUEUED:
                waiting.add_metric((provider,), count)
        outcomes = CounterMetricFamily(
            "video_gen_provider_outcomes", "Submits to providers that ended, and how.", labels=("model", "outcome")
        )
        for (state, model), count in self._tally.attempts.items():
            if state not in {AttemptState.INTENT, AttemptState.SUBMITTED}:
                outcomes.add_metric((model, state.value), count)
        spent = CounterMetricFamily("video_gen_spent_dollars", "Money spent, in US dollars.")
        spent.add_metric((), self._balance.spent / MICRO)
        held = GaugeMetricFamily("video_gen_held_dollars", "Money held for what has not ended, in US dollars.")
        held.add_metric((), self._balance.held / MICRO)
        yield from (jobs, waiting, outcomes, spent, held)
