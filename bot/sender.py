"""The sender of one platform account: claims deliveries, sends them at an even pace, settles them."""

import asyncio
import datetime as dt
import random
import time
from collections import deque
from collections.abc import Callable
from functools import partial

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
CLAIMED_SECONDS = 0.5
"""For how long the reminders claimed at once last."""
STALE = dt.timedelta(seconds=5)
"""How old a claim of reminders may be: who stood still for longer, or had to wait, claims anew, for another sender may
have been told that they never left."""
APART_SECONDS = 0.04
"""How long an answer waits for the one before it to be settled: what is under way when the program dies is sent again,
so no more is than the journey to the platform demands."""
LONGEST_WAIT_SECONDS = 15 * 60
"""Between two tries. It is tried until it expires: a platform may be out of reach for hours."""

log = structlog.get_logger()


class Sender:
    """Sends what is queued for one account, answers before reminders."""

    def __init__(self, database: Database, channel: Outbound, clock: Callable[[], dt.datetime]) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._pace = Pace(channel.limits.per_second, window=channel.limits.window)
        self._claimed_at = dt.datetime.min.replace(tzinfo=dt.UTC)  # when something was last claimed; never goes back
        self._claimed: dict[str, deque[Delivery]] = {"answer": deque(), "campaign": deque()}
        self._due = True  # whether there may be answers to claim
        self._news = asyncio.Event()
        self._stopping = False
        self._full = False  # whether reminders wait because of a cap
        self._ahead: asyncio.Task[None] | None = None  # reminders being claimed while others leave
        self._broken: BaseException | None = None
        self._under_way: dict[asyncio.Task[None], int] = {}  # with the conversation each is for
        self._answering: set[asyncio.Task[None]] = set()  # of these, the answers
        self._answered = 0.0  # when the last answer left

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
        name, account = self._channel.name, self._channel.account
        await self._database.write(deliveries.recover, name, account, self._clock(), self._reminders_at_once())
        try:
            while not self._stopping:
                if self._broken:  # what was sent cannot be settled: begin anew, as after a crash
                    raise self._broken
                await self._look()
                await self._send_one()
        finally:
            await asyncio.gather(*self._under_way, *filter(None, [self._ahead]), return_exceptions=True)
            self._ahead = None
            for lane in self._claimed:
                await self._give_back(lane)

    async def _look(self) -> None:
        """Claim what is due: answers when there may be new ones, reminders while the last claimed leave."""
        if self._due and not self._claimed["answer"]:
            self._due = False
            await self._claim("answer", ANSWERS_AHEAD)
            self._due = self._due or len(self._claimed["answer"]) == ANSWERS_AHEAD
        most = max(1, round(self._channel.limits.per_second * CLAIMED_SECONDS))
        if self._ahead is None and not self._claimed["answer"] and len(self._claimed["campaign"]) <= most // 2:
            self._ahead = asyncio.create_task(self._claim_reminders(most))
        if self._ahead and (self._ahead.done() or not any(self._claimed.values())):
            ahead, self._ahead = self._ahead, None
            await ahead

    async def _claim_reminders(self, most: int) -> None:
        if room := await self._room():
            await self._claim("campaign", min(room, most))

    async def _room(self) -> int:
        """Return how many reminders may leave before a cap of the account is reached; say once that it is."""
        room = max(0, await self._channel.room(self._clock()))
        if not room and not self._full:
            log.warning("no more reminders for now: the account's cap", channel=self._channel.name)
        self._full = not room
        return room

    async def _claim(self, lane: str, most: int) -> None:
        name, account = self._channel.name, self._channel.account
        now = self._clock()
        self._claimed_at = max(self._claimed_at, now)
        claim = (name, account, lane, now, most, self._claimed_at)
        self._claimed[lane].extend(await self._database.write(deliveries.claim, *claim))

    async def _send_one(self) -> None:
        """Begin to send the next delivery, or rest until it may leave or something new is there."""
        lane = next((lane for lane, claimed in self._claimed.items() if claimed), "")
        urgent = lane == "answer"
        if not lane:
            self._pace.idle()
            await self._rest(IDLE_SECONDS)
        elif pause := max(self._pace.wait(urgent), self._apart() if urgent else 0):
            await self._rest(pause)
        elif not self._has_room(urgent):
            await self._rest(IDLE_SECONDS)
        elif not urgent and self._clock() - self._claimed[lane][0].claimed_at > STALE:
            await self._give_back(lane)
        elif not urgent and self._claimed[lane][0].conversation_id in self._under_way.values():
            await self._rest(IDLE_SECONDS)  # what is free there is counted first
        else:
            self._pace.take(urgent)
            self._begin(self._claimed[lane].popleft())

    def _has_room(self, urgent: bool) -> bool:
        """Return whether one more request may be under way; one place is kept for answers."""
        most = self._channel.limits.at_once if urgent else self._reminders_at_once()
        return not self._broken and len(self._under_way) < most

    def _reminders_at_once(self) -> int:
        return max(1, self._channel.limits.at_once - 1)

    def _apart(self) -> float:
        """Return seconds until the next answer may leave, for the sake of the one before it; 0 for now."""
        return max(0.0, self._answered + APART_SECONDS - time.monotonic()) if self._answering else 0.0

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
        self._under_way[task] = delivery.conversation_id
        if delivery.lane == "answer":
            self._answering.add(task)
            self._answered = time.monotonic()
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        self._answering.discard(task)
        self._broken = self._broken or task.exception()
        self.wake()  # there is room again, and the same conversation's next answer may leave

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one delivery and settle it."""
        outcome = await self._send(delivery)
        await self._database.write_together(deliveries.settle, (outcome, self._clock()))

    async def _send(self, delivery: Delivery) -> Settled:
        now, settled = self._clock(), partial(Settled, delivery.id, delivery.tries)
        if now >= delivery.expires_at:  # it was claimed in time, and had to wait since
            self._pace.done()
            return settled("failed", now, deliveries.EXPIRED)
        try:
            reply, urgent = Reply.from_json(delivery.reply), delivery.lane == "answer"
            messages = await self._channel.send(delivery.address, reply, urgent)
        except SendFailed as failed:
            return self._failed(delivery, failed, now)
        finally:
            self._pace.done()
        last = messages[-1] if messages else ""
        return settled("sent", now, messages=len(messages), message_id=last, offers=delivery.offers)

    def _failed(self, delivery: Delivery, failed: SendFailed, now: dt.datetime) -> Settled:
        """Return what follows from a failure."""
        settled = partial(Settled, delivery.id, delivery.tries)
        if failed.failure == "slow_down":
            pause = failed.retry_in if failed.retry_in is not None else _usual_wait(delivery.tries)
            self._pace.pause(pause)
            return settled("queued", now + dt.timedelta(seconds=pause), failed.reason, failed.taken)
        if failed.failure == "passing":
            wait = failed.retry_in if failed.retry_in is not None else _usual_wait(delivery.tries)
            again = now + dt.timedelta(seconds=wait)
            if again < delivery.expires_at:
                return settled("queued", again, failed.reason, failed.taken)
        status = failed.failure if failed.failure in ("gone", "unsure") else "failed"
        log.warning("delivery failed", delivery=delivery.id, channel=self._channel.name, reason=failed.reason)
        return settled(status, now, failed.reason, failed.taken)

    async def _give_back(self, lane: str) -> None:
        """Let what was claimed and not begun be claimed again, by whoever is to send it."""
        now = self._clock()
        unsent = list(self._claimed[lane])
        self._claimed[lane].clear()
        for delivery in unsent:
            settled = Settled(delivery.id, delivery.tries, "queued", now)
            await self._database.write_together(deliveries.settle, (settled, now))


def _usual_wait(tries: int) -> float:
    """Return seconds: about 1, 2, 4, … after each try, at most a quarter of an hour, never the same for all."""
    doubled = 2.0 ** min(tries - 1, 10)
    return min(doubled * random.uniform(0.75, 1.25), LONGEST_WAIT_SECONDS * random.uniform(0.75, 1))  # noqa: S311
