"""What is past its time is tidied away; nothing that is still needed is."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from bot.settings import Settings
from bot.tidying import every_night, seconds_to_night, tidied, tidy_now
from handlers.core import Core
from handlers.messages import Inbound
from storage.conversations import Known, known
from storage.database import Database
from storage.neighbourhoods import Ward
from storage.tables import (
    campaigns,
    completions,
    conversations,
    deliveries,
    help_messages,
    help_requests,
    link_misses,
    local_warnings,
    reminders,
    residents,
    seen,
    unanswered,
    warned,
)
from tests.dialogue import NOON, Resident

LATER = NOON + dt.timedelta(days=31)
SETTINGS = Settings(_env_file=None)


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def told(connection: Connection, address: str) -> str:
    found: str = connection.execute(
        select(conversations.c.reply).where(conversations.c.address == address)
    ).scalar_one()
    return found


async def test_quiet_conversations_are_emptied_and_whoever_comes_back_is_answered(
    core: Core, database: Database
) -> None:
    quiet, lively = Resident(core, "quiet", now=NOON), Resident(core, "lively", now=LATER)
    for resident in (quiet, lively):
        await resident.says("/start kp5", "/count adult kp5", "/place kp5 join")
    before = await database.read(count, completions)
    assert await tidied(database, SETTINGS, LATER) == 1
    assert await database.read(told, "quiet") == ""
    assert await database.read(told, "lively") != ""
    assert await database.read(count, seen) == 3
    assert await database.read(count, completions) == before
    assert await tidied(database, SETTINGS, LATER) == 0
    back: Known = await database.read(known, "console", "phuong-thu", quiet.address, "next")
    assert back.counted
    quiet.now = LATER
    await quiet.says("1", "/menu")
    assert await database.read(told, "quiet") != ""


async def test_a_message_sent_again_after_the_tidying_is_answered_anew(core: Core, database: Database) -> None:
    inbound = Inbound("web", "phuong-thu", "quiet", "one", "/menu", NOON)
    first = await core.answer(inbound)
    await tidied(database, SETTINGS, LATER)
    assert await core.answer(replace(inbound, at=LATER)) == first


async def test_messages_settled_long_ago_are_emptied_and_those_waiting_are_not(core: Core, database: Database) -> None:
    await Resident(core, "somebody", now=LATER).says("/menu")

    def queue(connection: Connection) -> None:
        conversation = connection.execute(select(conversations.c.id)).scalar_one()
        row = {
            "conversation_id": conversation,
            "channel": "telegram",
            "account": "a",
            "lane": "answer",
            "reply": "x",
            "due_at": NOON,
            "created_at": NOON,
        }
        for status, settled in (("sent", NOON), ("failed", NOON), ("queued", None), ("sent", LATER)):
            connection.execute(insert(deliveries).values(row | {"status": status, "settled_at": settled}))

    await database.write(queue)
    assert await tidied(database, SETTINGS, LATER) == 2
    rows = await database.read(
        lambda connection: connection.execute(
            select(deliveries.c.status, deliveries.c.reply).order_by(deliveries.c.id)
        ).all()
    )
    assert [tuple(row) for row in rows] == [("sent", ""), ("failed", ""), ("queued", "x"), ("sent", "x")]


async def test_old_questions_misses_and_warnings_nobody_approved_go(core: Core, database: Database, ward: Ward) -> None:
    def keep(connection: Connection) -> None:
        for text, at in (("cu", NOON), ("moi", NOON + dt.timedelta(days=170))):
            connection.execute(
                insert(unanswered).values(ward_id=ward.id, text=text, times=1, first_at=NOON, last_at=at)
            )
        for text, days in (("bo lau", 150), ("bo moi", 152)):
            aside = {"last_at": NOON + dt.timedelta(days=149), "aside_at": NOON + dt.timedelta(days=days)}
            connection.execute(insert(unanswered).values(ward_id=ward.id, text=text, times=1, first_at=NOON, **aside))
        for status in ("pending", "rejected", "approved"):
            values = {"ward_id": ward.id, "text": "tin", "kind": "link", "status": status, "at": NOON}
            connection.execute(insert(local_warnings).values(values))
        conversation = connection.execute(select(conversations.c.id)).scalar_one()
        connection.execute(insert(link_misses).values(conversation_id=conversation, at=NOON))
        connection.execute(update(conversations).values(reply=""))

    await Resident(core, "somebody", now=NOON).says("/menu")
    await database.write(keep)
    assert await tidied(database, SETTINGS, NOON + dt.timedelta(days=181)) == 5
    assert await database.read(count, unanswered) == 2
    assert await database.read(count, local_warnings) == 1
    assert await database.read(count, link_misses) == 0


async def test_what_was_said_to_a_helper_goes_before_what_was_asked(core: Core, database: Database) -> None:
    resident = Resident(core, "somebody", now=NOON)
    await resident.join()
    await resident.says("9", "quên mật khẩu VNeID thì làm sao", "/help_leave")
    await resident.says("9", "bài này khó quá cháu ơi")
    await tidied(database, SETTINGS, NOON + dt.timedelta(days=31))
    assert await database.read(count, help_messages) == 1  # of the request that is open
    assert await database.read(count, help_requests) == 2
    await tidied(database, SETTINGS, NOON + dt.timedelta(days=181))
    assert await database.read(count, help_requests) == 0


async def test_who_was_reminded_or_warned_is_kept_two_years_and_a_series_goes_from_its_end(
    core: Core, database: Database, ward: Ward
) -> None:
    await Resident(core, "somebody", now=NOON).join()

    def remind(connection: Connection) -> None:
        resident = connection.execute(select(residents.c.id)).scalar_one()
        about = {"ward_id": ward.id, "topic": "first_steps", "topics": "first_steps", "audience": "not_passed"}
        first = None
        for number, status in enumerate(("done", "done", "cancelled")):
            times = {"starts_at": NOON + dt.timedelta(days=number), "created_at": NOON}
            row = {**about, **times, "status": status, "campaign_id": first, "number": number}
            made = connection.execute(insert(campaigns).values(**row).returning(campaigns.c.id)).scalar_one()
            first = first or made
            sent = {"campaign_id": made, "resident_id": resident, "outcome": "sent", "at": NOON}
            connection.execute(insert(reminders).values(sent))
        connection.execute(insert(campaigns).values(**about, status="draft", starts_at=NOON, created_at=NOON))
        values = {"ward_id": ward.id, "text": "tin", "kind": "link", "status": "approved", "at": NOON}
        warning = connection.execute(insert(local_warnings).values(values).returning(local_warnings.c.id)).scalar_one()
        connection.execute(insert(warned).values(local_warning_id=warning, resident_id=resident, outcome="sent"))

    await database.write(remind)
    for days, left in ((731, (3, 4, 1, 1)), (733, (1, 3, 0, 0)), (740, (0, 1, 0, 0))):
        await tidied(database, SETTINGS, NOON + dt.timedelta(days=days))
        tables = (reminders, campaigns, warned, local_warnings)
        assert tuple([await database.read(count, table) for table in tables]) == left, days


async def test_more_than_a_batch_is_tidied_to_the_end(database: Database, ward: Ward) -> None:
    rows = [
        {"ward_id": ward.id, "text": str(number), "times": 1, "first_at": NOON, "last_at": NOON}
        for number in range(1201)
    ]
    await database.write(lambda connection: connection.execute(insert(unanswered), rows).rowcount)
    assert await tidied(database, SETTINGS, NOON + dt.timedelta(days=200)) == 1201


async def test_the_command_says_what_it_did(database_url: str) -> None:
    said, code = await tidy_now(Settings(_env_file=None, database_url=database_url), lambda: NOON)
    assert code == 0
    assert said.startswith("Không có gì phải dọn.")


@pytest.mark.parametrize(("hour", "hours"), [(19, 1), (20, 24), (21, 23), (0, 20)])
def test_the_night_begins_at_three_in_viet_nam(hour: int, hours: int) -> None:
    assert seconds_to_night(NOON.replace(hour=hour, minute=0)) == hours * 3600


async def test_every_night_is_tidied_also_after_one_that_failed(core: Core, database: Database) -> None:
    await Resident(core, "quiet", now=NOON).says("/menu")
    times = iter([LATER, NOON.replace(tzinfo=None), LATER, LATER, LATER])
    nights: asyncio.Queue[float] = asyncio.Queue()
    asked = asyncio.Queue[float]()

    async def wait(seconds: float) -> None:
        asked.put_nowait(seconds)
        await nights.get()

    async with every_night(database, SETTINGS, lambda: next(times), wait):
        for _ in range(2):
            await asked.get()
            nights.put_nowait(0)
        await asked.get()
        assert await database.read(told, "quiet") == ""
