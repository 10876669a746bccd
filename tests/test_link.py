"""One person on several channels: joined by a code, counted once, parted again, erased together."""

import datetime as dt
import re
from dataclasses import replace

from sqlalchemy import Connection, func, select

from handlers.core import Core
from handlers.link import ALL_MISSES, OWN_MISSES
from handlers.messages import Reply
from storage.coverage import coverage
from storage.database import Database
from storage.tables import completions, conversations, link_codes, residents
from tests.dialogue import NOON, Resident, verify_dialogue

LEARN = ("/lesson first_steps 3", "/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3")


def code_in(reply: Reply) -> str:
    """Return what is to be typed on the other channel."""
    found = re.search(r"nối \d{3} \d{3}", reply.text)
    assert found, reply.text
    return found[0]


def counts(connection: Connection) -> tuple[int, int, int]:
    """Return how many residents, completions and conversations of residents there are."""
    joined = select(func.count()).select_from(conversations).where(conversations.c.resident_id.is_not(None))
    return (
        connection.execute(select(func.count()).select_from(residents)).scalar_one(),
        connection.execute(select(func.count()).select_from(completions)).scalar_one(),
        connection.execute(joined).scalar_one(),
    )


async def two(core: Core) -> tuple[Resident, Resident]:
    """Return the same person on the web and on Zalo, known on the web only."""
    web, zalo = Resident(core, address="w", channel="web"), Resident(core, address="z", channel="zalo_oa")
    await web.join()
    return web, zalo


async def test_a_newcomer_on_another_channel_goes_on_as_the_same_person(core: Core, database: Database) -> None:
    web, zalo = await two(core)
    await web.say("/lesson first_steps 2")
    typed = code_in(await web.say("/link"))
    await verify_dialogue(zalo, [("/start", "Chào bà con"), (typed, "Đã nối xong"), ("1", "[1] Học tiếp: Bước đầu")])
    await verify_dialogue(zalo, [("1", "Bước 2/3"), ("/mydata", "Đang nối chung: trang web, Zalo")])
    assert await database.read(counts) == (1, 0, 2)


async def test_of_two_who_both_learnt_one_remains_and_is_counted_once(core: Core, database: Database) -> None:
    web, zalo = await two(core)
    await zalo.join("kp5")
    for resident in (web, zalo):
        for said in LEARN:
            await resident.say(said)
    await zalo.say("/lesson second_steps 4")
    assert await database.read(counts) == (2, 5, 2)
    await verify_dialogue(zalo, [(code_in(await web.say("/link")), "Đã nối xong")])
    assert await database.read(counts) == (1, 3, 2)
    rows = await database.read(coverage, core.house.ward.id, ("first_steps",), 80)
    assert [(row.code, row.joined, row.covered) for row in rows if row.joined] == [("kp5", 1, 1)]
    await verify_dialogue(web, [("/results", "1/1"), ("/lesson second_steps", "mấy câu hỏi ngắn")])


async def test_a_code_is_good_once_and_for_ten_minutes(core: Core) -> None:
    web, zalo = await two(core)
    typed = code_in(await web.say("/link"))
    late = replace(zalo, now=NOON + dt.timedelta(minutes=10))
    await verify_dialogue(late, [(typed, "quá mười phút")])
    await verify_dialogue(zalo, [(typed, "Đã nối xong")])
    third = Resident(core, address="t", channel="telegram")
    await verify_dialogue(third, [(typed, "quá mười phút")])


async def test_a_new_code_ends_the_one_before(core: Core, database: Database) -> None:
    web, zalo = await two(core)
    first, second = code_in(await web.say("/link")), code_in(await web.say("/link"))
    assert (
        await database.read(lambda connection: connection.execute(select(func.count(link_codes.c.code))).scalar()) == 1
    )
    await verify_dialogue(zalo, [(first, "quá mười phút"), (second, "Đã nối xong")])


async def test_only_digits_are_asked_for_where_a_code_is_expected(core: Core) -> None:
    web, zalo = await two(core)
    typed = code_in(await web.say("/link")).removeprefix("nối ")
    await verify_dialogue(zalo, [("/mydata", "Tôi có mã nối"), ("toi co ma noi", "sáu số"), (typed, "Đã nối xong")])


async def test_own_code_typed_in_the_same_chat_changes_nothing(core: Core, database: Database) -> None:
    web, _ = await two(core)
    await verify_dialogue(web, [(code_in(await web.say("/link")), "đã nối chung")])
    assert await database.read(counts) == (1, 0, 1)


async def test_nobody_guesses(core: Core) -> None:
    web, zalo = await two(core)
    right = code_in(await web.say("/link"))
    wrong = "nối 100001" if right != "nối 100 001" else "nối 100002"
    for _ in range(OWN_MISSES):
        await verify_dialogue(zalo, [(wrong, "quá mười phút")])
    await verify_dialogue(zalo, [(right, "chờ mười phút")])
    later = replace(zalo, now=NOON + dt.timedelta(minutes=11))
    await verify_dialogue(later, [(wrong, "quá mười phút")])


async def test_many_guessers_together_are_stopped_as_well(core: Core) -> None:
    web, zalo = await two(core)
    right = code_in(await web.say("/link"))
    wrong = "nối 100001" if right != "nối 100 001" else "nối 100002"
    for number in range(ALL_MISSES):
        await Resident(core, address=f"thief-{number}", channel="web").say(wrong)
    await verify_dialogue(zalo, [(right, "chờ mười phút")])


async def test_a_chat_can_be_parted_again(core: Core, database: Database) -> None:
    web, zalo = await two(core)
    await zalo.say(code_in(await web.say("/link")))
    lines = [("/mydata", "Tách chỗ này ra"), ("tach cho nay ra", "phải không?"), ("1", "Đã tách xong")]
    await verify_dialogue(zalo, lines)
    await verify_dialogue(zalo, [("/mydata", "**chưa giữ**")])
    assert await database.read(counts) == (1, 0, 1)
    await verify_dialogue(web, [("/unlink yes", "Hôm nay")])  # the last chat of a person is not parted
    assert await database.read(counts) == (1, 0, 1)


async def test_erasing_on_one_channel_erases_all(core: Core, database: Database) -> None:
    web, zalo = await two(core)
    await zalo.say(code_in(await web.say("/link")))
    await zalo.say("/erase yes")
    assert await database.read(counts) == (0, 0, 0)
    await verify_dialogue(web, [("/mydata", "**chưa giữ**")])


async def test_somebody_without_a_code_to_give_is_asked_for_one(core: Core) -> None:
    await verify_dialogue(Resident(core), [("/start", "Chào"), ("/link", "sáu số"), ("123456", "quá mười phút")])
