"""The sender of one platform account: claims deliveries, sends them at an even pace, settles them."""

import asyncio
import datetime as dt
import random
from collections import deque
from collections.abc import Callable

import structlog

from bot.channels.base import Outbound, SendFailed
from bot.pace import Pace
from handlers.messages import Reply
from storage import deliveries
from storage.database import Database
from storage.deliveries import Delivery, Settled

IDLE_SECONDS = 1.0
"""How long nothing is looked for when nothing is due: what other processes queue waits at most so long."""
ANSWERS_AHEAD = 32
TRIES = 8
LONGEST_WAIT_SECONDS = 15 * 60

log = structlog.get_logger()


class Sender:
    """Sends what is queued for one account, answers before reminders."""

    def __init__(self, database: Database, channel: Outbound, clock: Callable[[], dt.datetime]) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._pace = Pace(channel.limits.per_second)
        self._claimed: dict[str, deque[Delivery]] = {"answer": deque(), "campaign": deque()}
        self._due = True  # whether there may be answers to claim
        self._news = asyncio.Event()
        self._stopping = False
        self._broken: BaseException | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Say that something was queued."""
        self._due = True
        self._news.set()

    def stop(self) -> None:
        """Ask to finish what is under way, and no more."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Send until asked to stop. What was claimed and not sent by then is given back."""
        self._broken, self._due = None, True
        await self._database.write(deliveries.recover, self._channel.name, self._channel.account)
        try:
            while not self._stopping:
                if self._broken:  # what was sent cannot be settled: begin anew, as after a crash
                    raise self._broken
                await self._look()
                await self._send_one()
        finally:
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._give_back()

    async def _look(self) -> None:
        """Claim what is due: answers when there may be new ones, reminders when all claimed have left."""
        if self._due and not self._claimed["answer"]:
            self._due = False
            await self._claim("answer", ANSWERS_AHEAD)
            self._due = self._due or len(self._claimed["answer"]) == ANSWERS_AHEAD
        if not any(self._claimed.values()):
            await self._claim("campaign", max(1, round(self._channel.limits.per_second)))

    async def _claim(self, lane: str, most: int) -> None:
        name, account = self._channel.name, self._channel.account
        claimed = await self._database.write(deliveries.claim, name, account, lane, self._clock(), most)
        self._claimed[lane].extend(claimed)

    async def _send_one(self) -> None:
        """Begin to send the next delivery, or rest until it may leave or something new is there."""
        lane = next((lane for lane, claimed in self._claimed.items() if claimed), "")
        urgent = lane == "answer"
        if not lane:
            await self._rest(IDLE_SECONDS)
        elif pause := self._pace.wait(urgent):
            await self._rest(pause)
        elif not self._has_room(urgent):
            await self._rest(IDLE_SECONDS)
        else:
            self._pace.take(urgent)
            self._begin(self._claimed[lane].popleft())

    def _has_room(self, urgent: bool) -> bool:
        """Return whether one more request may be under way; one place is kept for answers."""
        at_once = self._channel.limits.at_once
        return len(self._under_way) < (at_once if urgent or at_once == 1 else at_once - 1)

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until there is news."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            self._due = self._due or seconds == IDLE_SECONDS  # something may have come due by itself
        self._news.clear()

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._broken = self._broken or task.exception()
        self.wake()  # there is room again, and the same conversation's next answer may leave

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one delivery and settle it."""
        outcome = await self._send(delivery)
        await self._database.write_together(deliveries.settle, (outcome, self._clock()))

    async def _send(self, delivery: Delivery) -> Settled:
        now = self._clock()
        try:
            message = await self._channel.send(delivery.address, Reply.from_json(delivery.reply))
        except SendFailed as failed:
            return self._failed(delivery, failed, now)
        finally:
            self._pace.done()
        return Settled(delivery.id, "sent", now, message_id=message)

    def _failed(self, delivery: Delivery, failed: SendFailed, now: dt.datetime) -> Settled:
        """Return what follows from a failure."""
        if failed.failure == "slow_down":
            pause = failed.retry_in if failed.retry_in is not None else _usual_wait(delivery.tries)
            self._pace.pause(pause)
            return Settled(delivery.id, "queued", now + dt.timedelta(seconds=pause), failed.reason)
        if failed.failure == "passing" and delivery.tries < TRIES:
            wait = failed.retry_in if failed.retry_in is not None else _usual_wait(delivery.tries)
            return Settled(delivery.id, "queued", now + dt.timedelta(seconds=wait), failed.reason)
        status = failed.failure if failed.failure in ("gone", "unsure") else "failed"
        log.warning("delivery failed", delivery=delivery.id, channel=self._channel.name, reason=failed.reason)
        return Settled(delivery.id, status, now, failed.reason)

    async def _give_back(self) -> None:
        """Let others send what was claimed and not begun."""
        now = self._clock()
        unsent = [*self._claimed["answer"], *self._claimed["campaign"]]
        for claimed in self._claimed.values():
            claimed.clear()
        for delivery in unsent:
            await self._database.write_together(deliveries.settle, (Settled(delivery.id, "queued", now), now))


def _usual_wait(tries: int) -> float:
    """Return seconds: about 1, 2, 4, … after each try, at most a quarter of an hour, never the same for all."""
    return float(min(2 ** (tries - 1), LONGEST_WAIT_SECONDS) * random.uniform(0.75, 1.25))  # noqa: S311  not a secret
