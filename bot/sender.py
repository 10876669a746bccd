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
        self._room = asyncio.Semaphore(channel.limits.at_once)
        self._claimed: dict[str, deque[Delivery]] = {"answer": deque(), "campaign": deque()}
        self._woken = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Say that something was queued."""
        self._woken.set()

    def stop(self) -> None:
        """Ask to finish what is under way, and no more."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until asked to stop. What was claimed and not sent by then is given back."""
        await self._database.write(deliveries.recover, self._channel.name, self._channel.account)
        self._woken.set()
        while not self._stopping:
            await self._look()
            if not any(self._claimed.values()):
                await self._wait()
                continue
            await self._room.acquire()
            await self._pace.slot()
            await self._look()  # an answer may have been queued while a slot was waited for
            if self._stopping:
                self._room.release()
                break
            self._begin(self._next())
        await asyncio.gather(*self._under_way)
        await self._give_back()

    async def _look(self) -> None:
        """Claim what is due: answers when there are new ones, reminders when all claimed have left."""
        if self._woken.is_set() and not self._claimed["answer"]:
            self._woken.clear()
            await self._claim("answer", ANSWERS_AHEAD)
            if len(self._claimed["answer"]) == ANSWERS_AHEAD:
                self._woken.set()
        if not self._claimed["answer"] and not self._claimed["campaign"]:
            await self._claim("campaign", max(1, round(self._channel.limits.per_second)))

    async def _claim(self, lane: str, most: int) -> None:
        name, account = self._channel.name, self._channel.account
        claimed = await self._database.write(deliveries.claim, name, account, lane, self._clock(), most)
        self._claimed[lane].extend(claimed)

    def _next(self) -> Delivery:
        return (self._claimed["answer"] or self._claimed["campaign"]).popleft()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            self._woken.set()  # something may have come due by itself

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one delivery and settle it."""
        try:
            outcome = await self._send(delivery)
            await self._database.write_together(deliveries.settle, (outcome, self._clock()))
            if outcome.status != "queued":
                self._woken.set()  # the same conversation's next answer may leave now
        except Exception as error:
            # left claimed: freed as after a crash, for nobody knows what became of it
            log.error(
                "delivery not settled", delivery=delivery.id, channel=self._channel.name, kind=type(error).__name__
            )
        finally:
            self._room.release()

    async def _send(self, delivery: Delivery) -> Settled:
        now = self._clock()
        try:
            message = await self._channel.send(delivery.address, Reply.from_json(delivery.reply))
        except SendFailed as failed:
            return self._failed(delivery, failed, now)
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
        for delivery in (*self._claimed["answer"], *self._claimed["campaign"]):
            await self._database.write_together(deliveries.settle, (Settled(delivery.id, "queued", now), now))


def _usual_wait(tries: int) -> float:
    """Return seconds: about 1, 2, 4, … after each try, at most a quarter of an hour, never the same for all."""
    return float(min(2 ** (tries - 1), LONGEST_WAIT_SECONDS) * random.uniform(0.75, 1.25))  # noqa: S311  not a secret
