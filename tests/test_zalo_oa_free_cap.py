"""What Zalo lets an OA say at no charge after a resident's last word: counted, and kept for answers."""

import datetime as dt

import pytest
from sqlalchemy import Connection, select

from bot.channels.base import SendFailed
from handlers.core import Core
from handlers.messages import Reply
from storage import releasing
from storage.audience import Ways, way
from storage.tables import conversations, deliveries
from tests.fakes.zalo_oa_people import Person
from tests.zalo_stage import HI, Talk, talking, until

LONG = Reply("a" * 1900 + "\n\n" + "b" * 1900)


def remind(connection: Connection, at: dt.datetime, reply: Reply) -> None:
    """Queue a reminder to the only conversation."""
    [place] = connection.execute(select(conversations.c.id)).scalars()
    releasing.queue(connection, [(place, reply.to_json())], at, at + dt.timedelta(hours=1))


def outcomes(connection: Connection) -> list[tuple[str, str]]:
    columns = deliveries.c.status, deliveries.c.reason
    return [(row[0], row[1] or "") for row in connection.execute(select(*columns).order_by(deliveries.c.id))]


def ways_on(connection: Connection, now: dt.datetime, ways: Ways) -> list[str | None]:
    return list(connection.execute(select(way(now, ways)).select_from(conversations)).scalars())


async def reminded(talk: Talk, times: int, reply: Reply = HI) -> list[tuple[str, str]]:
    """Send so many reminders, one after the other; return what became of them."""
    for _ in range(times):
        await talk.database.write(remind, talk.clock.now, reply)
        talk.sender.wake()
        await talk.settled()
    return (await talk.database.read(outcomes))[-times:]


async def joined(talk: Talk) -> Person:
    """Return somebody who wrote once, and got one answer."""
    person = talk.fake.person()
    await talk.says(person, "#kp5")
    await talk.settled()
    talk.clock.move(minutes=1)
    return person


async def test_reminders_use_up_what_is_free_and_no_more_until_the_next_word(core: Core) -> None:
    async with talking(core) as talk:
        person = await joined(talk)
        assert await reminded(talk, 8) == [("sent", "")] * 7 + [("failed", "window")]
        assert (len(person.messages), talk.fake.package) == (8, 500)
        await talk.send(person)  # an answer, for the package if it must be
        assert (len(person.messages), talk.fake.package) == (9, 499)
        with pytest.raises(SendFailed, match="window"):
            await talk.send(person, urgent=False)
        talk.clock.move(minutes=1)
        assert await talk.fake.says(person, "1") == 200
        await until(lambda: len(person.messages) == 10)
        assert await reminded(talk, 1) == [("sent", "")]
        assert talk.fake.package == 499


async def test_every_message_of_a_reply_counts(core: Core) -> None:
    async with talking(core, {"cap": 4}, zalo_oa_free_cap=4) as talk:
        person = await joined(talk)
        assert await reminded(talk, 2, LONG) == [("sent", ""), ("failed", "window")]  # there is room for one more
        assert await reminded(talk, 2) == [("sent", ""), ("failed", "window")]
        assert (len(person.messages), talk.fake.package) == (4, 500)


async def test_two_reminders_at_once_do_not_both_take_what_is_left(core: Core) -> None:
    async with talking(core, {"cap": 2}, zalo_oa_free_cap=2) as talk:
        person = await joined(talk)
        await talk.database.write(remind, talk.clock.now, HI)
        await talk.database.write(remind, talk.clock.now, Reply("Chào lần nữa"))
        talk.sender.wake()
        await talk.settled()
        assert (await talk.database.read(outcomes))[-2:] == [("sent", ""), ("failed", "window")]
        assert (len(person.messages), talk.fake.package) == (2, 500)


async def test_a_tap_on_nhan_tin_opens_the_window_anew(core: Core) -> None:
    async with talking(core, {"cap": 2}, zalo_oa_free_cap=2) as talk:
        person = await joined(talk)
        assert await reminded(talk, 2) == [("sent", ""), ("failed", "window")]
        talk.clock.move(minutes=1)
        assert await talk.fake.opens(person) == 200
        assert await reminded(talk, 3) == [("sent", ""), ("sent", ""), ("failed", "window")]
        talk.clock.move(hours=49)
        assert await reminded(talk, 1) == [("failed", "window")]
        assert await talk.fake.opens(person) == 200
        assert await reminded(talk, 1) == [("sent", "")]
        assert talk.fake.package == 500
        assert await talk.fake.opens(talk.fake.person("7300000000000000009")) == 200  # whom nobody knows yet


@pytest.mark.parametrize("paid", [True, False])
async def test_beyond_what_is_free_the_package_pays_where_the_office_allows_it(core: Core, paid: bool) -> None:
    async with talking(core, {"cap": 2}, zalo_oa_free_cap=2, zalo_oa_paid_sends=paid) as talk:
        await joined(talk)
        assert await reminded(talk, 2) == [("sent", ""), ("sent", "") if paid else ("failed", "window")]
        assert talk.fake.package == 500 - paid


async def test_beyond_what_is_free_an_approved_template_goes(core: Core) -> None:
    async with talking(
        core, {"cap": 1, "templates": {"42": "noi_dung"}}, zalo_oa_free_cap=1, zalo_oa_template_id="42"
    ) as talk:
        person = await joined(talk)
        assert await reminded(talk, 1, Reply("Nhắc", about="Bước đầu")) == [("sent", "")]
        assert person.messages[-1] == {"template": "42", "noi_dung": "Bước đầu"}


@pytest.mark.parametrize(
    ("templates", "about"),
    [({}, "Bước đầu"), ({"42": "ten"}, "Bước đầu"), ({"42": "noi_dung"}, "Bước đầu " * 20)],
    ids=["not approved", "another parameter", "too long"],
)
async def test_a_template_that_zalo_does_not_take_leaves_the_reminder_to_another_way(
    core: Core, templates: dict[str, str], about: str
) -> None:
    switches = {"cap": 1, "templates": templates}
    async with talking(core, switches, zalo_oa_free_cap=1, zalo_oa_template_id="42") as talk:
        person = await joined(talk)
        sent = len(person.messages)
        assert await reminded(talk, 1, Reply("Nhắc", about=about)) == [("failed", "window")]
        assert len(person.messages) == sent


async def test_who_counts_less_than_zalo_is_refused_and_the_reason_kept(core: Core) -> None:
    async with talking(core, {"package": 0}, zalo_oa_free_cap=0) as talk:
        person = await joined(talk)
        assert await reminded(talk, 8) == [("sent", "")] * 7 + [("failed", "quota")]
        assert len(person.messages) == 8


async def test_a_campaign_looks_for_another_way_to_whom_nothing_is_free_any_more(core: Core) -> None:
    async with talking(core) as talk:
        await joined(talk)
        wanted = [(Ways(), "zalo_oa"), (Ways(free_cap=2), None), (Ways(paid=True, free_cap=2), "zalo_oa_paid")]
        for ways, found in [*wanted[:1], (Ways(free_cap=2), "zalo_oa")]:
            assert await talk.database.read(ways_on, talk.clock.now, ways) == [found]
        await reminded(talk, 1)
        for ways, found in wanted:
            assert await talk.database.read(ways_on, talk.clock.now, ways) == [found]
