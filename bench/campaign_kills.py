"""A campaign for thousands on four channels while the program is killed: everybody once, or with a reason."""

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert, select
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.campaign import ask
from bench.chaos_worlds import Program
from bot.app import opened
from bot.settings import Settings
from handlers.hours import VIET_NAM, hours
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, save, ward_of
from storage.tables import campaigns, conversations, reminders, residents
from tests.fakes.mishaps import serving
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa, settings_for
from tests.fakes.zalo_oa_webhooks import OA_ID

SHARES = {"telegram": 55, "zalo_oa": 25, "zalo_bot": 5, "web": 15}
"""Of a hundred residents; a Zalo bot says five messages a second, and nobody wants to wait for long."""
BREAK = 20
"""Seconds between the two windows, in which nothing may leave."""
FIRST_WINDOW = 45
UNDER_WAY = 1.0
"""Seconds a message needs from the last look at the clock to the platform."""
SENDS = ("/sendMessage", "/oa/message/cs")


class Crowd(FakeTelegram):
    """Telegram with people who wrote before."""

    def knows(self, people: list[str]) -> None:
        """Let these have begun."""
        self._people.update(people)


class BotCrowd(FakeZaloBot):
    """A Zalo bot with people who wrote before."""

    def knows(self, people: list[str]) -> None:
        """Let these have written."""
        self._people.update(dict.fromkeys(people, "PRIVATE"))


@dataclass
class Watched:
    """The platforms, with when each message came in."""

    telegram: Crowd
    oa: FakeZaloOa
    bot: BotCrowd
    clock: Callable[[], dt.datetime]
    came: list[dt.datetime] = field(default_factory=list)

    def watching(self, app: ASGIApp) -> ASGIApp:
        """Return the platform that notes when it is sent something."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].endswith(SENDS):
                self.came.append(self.clock())
            await app(scope, receive, send)

        return watched

    def shown(self) -> Counter[tuple[str, str]]:
        """Return how many messages each person got."""
        told = Counter(("telegram", sent.chat) for sent in self.telegram.sent)
        told.update(("zalo_bot", sent.chat) for sent in self.bot.sent)
        told.update({("zalo_oa", one.id): len(one.messages) for one in self.oa.people.values() if one.messages})
        return told


def fill(connection: Connection, ward_id: int, people: int, at: dt.datetime, accounts: dict[str, str]) -> None:
    """Enter adults with one conversation each; one in ten does not want to be reminded."""
    channels = [channel for channel, share in SHARES.items() for _ in range(share)]
    everyone = range(1, people + 1)
    own = {"ward_id": ward_id, "neighbourhood_id": 1, "age_band": "adult", "counted": True, "created_at": at}
    connection.execute(insert(residents), [{**own, "id": one, "reminded": one % 10 != 0} for one in everyone])
    begun = {"version": 1, "reply": "", "event": "", "started_at": at, "seen_at": at - dt.timedelta(hours=1)}
    connection.execute(
        insert(conversations),
        [
            {
                **begun,
                "channel": (channel := channels[one * 37 % 100]),
                "account": accounts[channel],
                "address": str(10_000_000 + one),
                "resident_id": one,
            }
            for one in everyone
        ],
    )


def entered(connection: Connection) -> list[tuple[str, str, str | None]]:
    """Return channel and address of everybody, with the outcome of their reminder."""
    joined = conversations.outerjoin(reminders, reminders.c.resident_id == conversations.c.resident_id)
    columns = (conversations.c.channel, conversations.c.address, reminders.c.outcome)
    return [tuple(row) for row in connection.execute(select(*columns).select_from(joined))]


def status(connection: Connection) -> str:
    """Return the status of the campaign."""
    found: str = connection.execute(select(campaigns.c.status)).scalar_one()
    return found


def judged(
    rows: list[tuple[str, str, str | None]], watched: Watched, closed: tuple[dt.datetime, dt.datetime]
) -> dict[str, int]:
    """Return what became of everybody, and what of it should not be."""
    told = watched.shown()
    counts = Counter(outcome or "unaccounted" for _, _, outcome in rows)
    lied = sum(told[channel, address] != 1 for channel, address, outcome in rows if outcome == "sent")
    lied += sum(told[channel, address] > 0 for channel, address, outcome in rows if outcome not in ("sent", "unsure"))
    late = closed[0] + dt.timedelta(seconds=UNDER_WAY)
    return {
        **dict(sorted(counts.items())),
        "duplicates": sum(count - 1 for count in told.values() if count > 1),
        "receipt_wrong": lied + len(rows) - sum(counts.values()),
        "outside_hours": sum(late <= came < closed[1] for came in watched.came),
    }


async def trial(people: int, kills: int) -> dict[str, float]:
    """Return the figures of one campaign during which the program is killed so often."""
    today = dt.datetime.now(VIET_NAM)
    eight = today.replace(hour=8, minute=0, second=0, microsecond=0)
    ahead = eight - today
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC) + ahead  # noqa: E731
    opens = eight + dt.timedelta(seconds=FIRST_WINDOW + BREAK)
    windows = f"07:30-{eight + dt.timedelta(seconds=FIRST_WINDOW):%H:%M:%S},{opens:%H:%M:%S}-20:30"
    closed = (hours(windows).end(eight) or eight, opens.astimezone(dt.UTC))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir="."))).absolute()  # noqa: ASYNC240
        oa = FakeZaloOa(clock, cap=None, package=10**6, forgives=True)
        watched = Watched(Crowd(per_second=10**6), oa, BotCrowd(users=10**6, messages=10**6), clock)
        urls = [
            await stack.enter_async_context(serving(watched.watching(app)))
            for app in (watched.telegram.application(), oa.app(), watched.bot.application())
        ]
        url = f"sqlite:///{folder}/kills.sqlite3"
        own = {
            "reminder_hours": windows,
            "telegram_token": watched.telegram.token,
            "telegram_api_base": urls[0],
            "telegram_per_second": 30,
            **settings_for(urls[1]),
            "zalo_oa_per_minute": 1200,
            "zalo_bot_token": watched.bot.token,
            "zalo_bot_api_base": urls[2],
            "zalo_bot_monthly_cap": 10**6,
        }
        accounts = {
            "telegram": watched.telegram.token.partition(":")[0],
            "zalo_oa": OA_ID,
            "zalo_bot": watched.bot.token.partition(":")[0],
            "web": "phuong-mau",
        }
        database = await stack.enter_async_context(opened(Settings(database_url=url, _env_file=None)))
        await _enter(database, people, clock(), accounts)
        addresses = [str(10_000_000 + one) for one in range(1, people + 1)]
        watched.telegram.knows(addresses)
        watched.bot.knows(addresses)
        for address in addresses:
            oa.person(address).heard_at = clock() - dt.timedelta(hours=1)
        program = Program(url, folder, **own)
        program.arguments = ("-m", "bench.ahead", str(ahead.total_seconds()))
        begun = time.perf_counter()
        try:
            await _killed(database, program, watched, people, kills)
        finally:
            program.kill()
            watched.telegram.turn_away()
        found = judged(await database.read(entered), watched, closed)
    return {"people": people, "kills": kills, "seconds": round(time.perf_counter() - begun), **found}


async def _enter(database: Database, people: int, at: dt.datetime, accounts: dict[str, str]) -> None:
    ward = await database.write(ward_of, "phuong-mau", "Phường Mẫu")
    await database.write(save, ward.id, [NeighbourhoodRow("kp1", "Khu phố 1", people, "", None)])
    await database.write(fill, ward.id, people, at, accounts)
    await database.write(ask, ward.id, at)


async def _killed(database: Database, program: Program, watched: Watched, people: int, kills: int) -> None:
    """Let the program work until the campaign is done, killing it at even distances on the way."""
    reached = sum(people * share // 100 for channel, share in SHARES.items() if channel != "web") * 9 // 10
    marks = [reached * number // (kills + 1) for number in range(1, kills + 1)]
    program.start()
    async with asyncio.timeout(900):
        while await database.read(status) != "done":
            program.check()
            if marks and len(watched.came) >= marks[0]:
                marks.pop(0)
                program.kill()
                program.start()
            await asyncio.sleep(0.02 if marks else 0.5)
