"""Metrics for Prometheus, on a port of their own that only this machine reaches; loaded only when that port is set."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily
from starlette.routing import BaseRoute

from bot.channels.base import Outbound, Platform, Receive, SendFailed
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Inbound, Reply
from handlers.speech import known_words
from handlers.turn import Handler, House
from storage.database import Database
from storage.health import figures

ADDRESS = "127.0.0.1"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
FIGURES_SECONDS = 5.0
"""How long the database is waited for; without its figures the others are told all the same."""

Clock = Callable[[], dt.datetime]


class Meters:
    """What is counted as it happens. Names and labels say nothing about anybody."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at nothing, as counters do: Prometheus knows that they begin anew with the program."""
        by_channel = ("channel",)
        self.seconds = Histogram(
            "hocvuso_turn_seconds", "From a message to its answer.", by_channel, registry=registry, buckets=BUCKETS
        )
        self.turns = Counter("hocvuso_turns", "Messages answered.", by_channel, registry=registry)
        self.failures = Counter("hocvuso_turn_failures", "Turns that failed.", by_channel, registry=registry)
        self.deliveries = Counter(
            "hocvuso_deliveries", "Messages handed to platforms.", ("channel", "status"), registry=registry
        )


class MeasuredCore(Core):
    """A core whose turns are counted and timed."""

    def __init__(self, house: House, commands: Mapping[str, Handler], words: Mapping[str, str], meters: Meters) -> None:
        """Take what a core takes, and the meters."""
        super().__init__(house, commands, words)
        self._meters = meters
        self._sorry = self._apology()

    async def answer(self, inbound: Inbound) -> Reply | None:
        """Return the core's answer. An apology is an answer, and a failure."""
        begun = time.perf_counter()
        failures = self._meters.failures.labels(inbound.channel)
        try:
            reply = await super().answer(inbound)
        except Exception:
            failures.inc()
            raise
        self._meters.turns.labels(inbound.channel).inc()
        self._meters.seconds.labels(inbound.channel).observe(time.perf_counter() - begun)
        if reply == self._sorry:
            failures.inc()
        return reply


class MeasuredOutbound:
    """A way out whose messages are counted by what became of them."""

    def __init__(self, outbound: Outbound, meters: Meters) -> None:
        """Send as this one does."""
        self.name, self.account, self.limits = outbound.name, outbound.account, outbound.limits
        self._outbound = outbound
        self._meters = meters

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> Sequence[str]:
        """Send a reply to one person."""
        try:
            messages = await self._outbound.send(address, reply, urgent)
        except SendFailed as failed:
            self._meters.deliveries.labels(self.name, failed.failure).inc()
            raise
        self._meters.deliveries.labels(self.name, "sent").inc()
        return messages

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave."""
        return await self._outbound.room(now)


class MeasuredPlatform:
    """A platform whose way out is measured."""

    def __init__(self, platform: Platform, meters: Meters) -> None:
        """Be this platform in everything else."""
        self.outbound: Outbound = MeasuredOutbound(platform.outbound, meters)
        self._platform = platform

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return the platform's routes."""
        return self._platform.routes(receive)

    async def listen(self, receive: Receive) -> None:
        """Listen as the platform does."""
        await self._platform.listen(receive)

    async def close(self) -> None:
        """Close the platform's connections."""
        await self._platform.close()


class Stored:
    """What is counted in the database when Prometheus asks."""

    def __init__(self, database: Database, channels: Sequence[str], clock: Clock) -> None:
        """Ask the database on the loop that runs now."""
        self._database = database
        self._channels = channels
        self._clock = clock
        self._loop = asyncio.get_running_loop()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the figures, or that the database does not answer. This runs on a thread of the metrics' server."""
        asked = asyncio.run_coroutine_threadsafe(self._database.report(figures, self._channels), self._loop)
        try:
            found = asked.result(FIGURES_SECONDS)
        except Exception:
            asked.cancel()
            yield GaugeMetricFamily("hocvuso_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("hocvuso_database_up", "Whether the database answers.", value=1)
        since, now = found.waiting_since, self._clock()
        age = max(0.0, (now - since).total_seconds()) if since else 0
        yield GaugeMetricFamily("hocvuso_outbox_age_seconds", "Age of the oldest answer that waits.", value=age)
        yield GaugeMetricFamily("hocvuso_residents", "Residents.", value=found.residents)
        waiting = GaugeMetricFamily("hocvuso_deliveries_waiting", "Messages that wait.", labels=("channel", "lane"))
        for channel_and_lane, count in found.waiting.items():
            waiting.add_metric(channel_and_lane, count)
        completions = GaugeMetricFamily("hocvuso_completions", "Completions.", labels=("grade",))
        for grade, count in found.completions.items():
            completions.add_metric((grade,), count)
        yield from (waiting, completions)


@contextmanager
def measured(
    core: Core, platforms: Sequence[Platform], port: int, clock: Clock
) -> Iterator[tuple[Core, list[Platform]]]:
    """Give the core and the platforms, measured, and serve the metrics. OSError: the port is taken."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    meters = Meters(registry)
    measured_platforms: list[Platform] = [MeasuredPlatform(platform, meters) for platform in platforms]
    registry.register(Stored(core.house.database, [one.outbound.name for one in platforms], clock))
    server, thread = start_http_server(port, ADDRESS, registry)
    try:
        yield MeasuredCore(core.house, COMMANDS, known_words(), meters), measured_platforms
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
