"""What share of a platform's limit a campaign reaches, and how long answers take meanwhile: against a fake Telegram."""

import argparse
import asyncio
import json
import statistics
import time
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from pydantic import SecretStr
from sqlalchemy import Connection, insert
from starlette.responses import Response

from bot.app import build_core, now, opened
from bot.channels.telegram import TelegramPlatform
from bot.sender import Sender
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage.tables import conversations, deliveries
from tests.fakes.mishaps import serving
from tests.fakes.telegram import FakeTelegram, Sent
from tests.fakes.telegram_wire import Fields

LIMIT = 30
ANSWERS = 100
ASKED_EVERY = 0.3
"""Seconds between two questions of residents."""
FIRST = 1_000_000
"""Number of the first resident of the campaign."""


class FarTelegram(FakeTelegram):
    """A Telegram on the other side of the sea."""

    journey: float = 0  # seconds there and back

    async def call_send_message(self, fields: Fields) -> Response:
        """Take a message after half the journey."""
        await asyncio.sleep(self.journey / 2)
        response = await super().call_send_message(fields)
        await asyncio.sleep(self.journey / 2)
        return response


class Meter:
    """Notes when the fake accepts each message."""

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake
        self.arrived: dict[str, asyncio.Future[float]] = {}
        fake.on_sent = self.note

    def note(self, sent: Sent) -> None:
        """Tell whoever waits for a message to this chat."""
        if waiting := self.arrived.pop(sent.chat, None):
            waiting.set_result(time.perf_counter())

    async def answer_ms(self, core: Core, sender: Sender, number: int) -> float:
        """Return milliseconds from a resident's message to the answer at Telegram."""
        address = str(number)
        self.arrived[address] = asyncio.get_running_loop().create_future()
        waiting = self.arrived[address]
        account = self.fake.token.partition(":")[0]
        begun = time.perf_counter()
        await core.answer(Inbound("telegram", account, address, f"q{number}", "/start", now(), immediate=False))
        sender.wake()
        return (await waiting - begun) * 1000


def queue(connection: Connection, account: str, messages: int) -> None:
    """Queue one reminder to each of so many residents."""
    at = now()
    people = [
        {
            "channel": "telegram",
            "account": account,
            "address": str(FIRST + number),
            "version": 0,
            "reply": "",
            "event": "",
            "started_at": at,
            "seen_at": at,
        }
        for number in range(messages)
    ]
    ids = connection.execute(insert(conversations).returning(conversations.c.id), people).scalars().all()
    reply = Reply("Bài học đang chờ bác. Mời bác học tiếp, chỉ mất bốn phút.").to_json()
    common = {"channel": "telegram", "account": account, "lane": "campaign", "reply": reply, "status": "queued"}
    rows = [{"conversation_id": identity, **common, "due_at": at, "created_at": at} for identity in ids]
    connection.execute(insert(deliveries), rows)


async def measure(path: Path, messages: int, journey: float) -> dict[str, float]:
    """Return the figures of one campaign."""
    fake = FarTelegram(per_second=LIMIT, strangers=True)
    fake.journey = journey
    async with serving(fake.application()) as address:
        settings = Settings(
            database_url=f"sqlite:///{path}",
            telegram_token=SecretStr(fake.token),
            telegram_api_base=address,
            telegram_per_second=LIMIT,
            _env_file=None,
        )
        async with opened(settings) as database:
            core = await build_core(settings, database)
            platform = TelegramPlatform(settings, database)
            sender = Sender(database, platform.outbound, now)
            meter = Meter(fake)
            running = asyncio.create_task(sender.run())
            idle = [await asked(meter, core, sender, 1000 + number) for number in range(ANSWERS)]
            await asyncio.sleep(1.5)
            fake.sent.clear()
            await database.write(queue, platform.outbound.account, messages)
            sender.wake()
            during: list[float] = []
            while sum(sent.chat >= str(FIRST) and len(sent.chat) == 7 for sent in fake.sent) < messages:
                if len(during) < max(ANSWERS, messages // 20):
                    during.append(await asked(meter, core, sender, 5000 + len(during)))
                else:
                    await asyncio.sleep(0.2)
            sender.stop()
            await running
            await platform.close()
    return figures(fake, [sent.at for sent in fake.sent], idle, during)


async def asked(meter: Meter, core: Core, sender: Sender, number: int) -> float:
    """Return the milliseconds of one answer, after a pause."""
    await asyncio.sleep(ASKED_EVERY)
    return await meter.answer_ms(core, sender, number)


def figures(fake: FakeTelegram, times: Sequence[float], idle: list[float], during: list[float]) -> dict[str, float]:
    """Return what is printed; all messages that left count towards the limit."""
    ordered = sorted(times)
    worst = max(bisect_left(ordered, begun + 1) - place for place, begun in enumerate(ordered))
    return {
        "limit": LIMIT,
        "share_of_limit": round((len(ordered) - 1) / (ordered[-1] - ordered[0]) / LIMIT, 3),
        "worst_1s": worst,
        "refused": len(fake.slowed),
        "p99_idle_ms": round(statistics.quantiles(idle, n=100)[98], 1),
        "p99_during_ms": round(statistics.quantiles(during, n=100)[98], 1),
        "p50_idle_ms": round(statistics.median(idle), 1),
        "p50_during_ms": round(statistics.median(during), 1),
    }


def main() -> None:
    """Run one campaign and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--journey", type=float, default=0, help="seconds to the platform and back")
    options = parser.parse_args()
    with TemporaryDirectory(dir=".") as folder:
        print(json.dumps(uvloop.run(measure(Path(folder) / "outbound.sqlite3", options.messages, options.journey))))


if __name__ == "__main__":
    main()
