"""Completions that look odd: found with the reason, judged by the office, counted nowhere once rejected."""

import datetime as dt
import json
import re

from sqlalchemy import Connection

from bot.reports import show_coverage
from handlers.core import Core
from storage import learning, residents
from storage.coverage import coverage
from storage.database import Database
from storage.facts import AgeTold, Answered, AttemptEnded, Completed, Consented, Placed
from storage.learning import record_of
from storage.neighbourhoods import Ward, all_of
from storage.suspicions import judged, suspicions
from storage.tables import conversations, members, observations
from storage.tallies import recount
from tests.clerks import Office
from tests.dialogue import NOON
from tests.visits import settings_of

PAGE = "/van-phong/so-lieu/dang-ngo"
BEFORE = NOON - dt.timedelta(hours=3)


def settle(connection: Connection, ward: Ward, place: int | None) -> int:
    who = residents.create(connection, ward.id, BEFORE)
    residents.consent(connection, who, Consented("count", True, "1"), "web", BEFORE)
    residents.tell_age(connection, who, AgeTold("adult"))
    residents.place(connection, who, Placed(place))
    return who


def passed(connection: Connection, who: int, topic: str, at: dt.datetime, options: tuple[int, ...] = ()) -> None:
    for question, option in enumerate(options, 1):
        learning.answer(connection, who, Answered(topic, 1, question, option, option == 1), at)
    learning.end_attempt(connection, who, AttemptEnded(topic), at)
    learning.complete(connection, who, Completed(topic, 1, "passed"), "web", at)


async def found(database: Database, ward: Ward) -> dict[tuple[int, str], tuple[str, ...]]:
    listed = await database.report(suspicions, ward.id, NOON)
    return {(one.resident_id, one.topic): one.reasons for one in listed}


async def test_what_was_passed_too_fast_or_alike_or_noted_in_a_burst_is_found(database: Database, ward: Ward) -> None:
    minute = dt.timedelta(minutes=1)

    def happen(connection: Connection) -> None:
        place = all_of(connection, ward.id)[4].id
        hasty = settle(connection, ward, place)
        passed(connection, hasty, "first_steps", BEFORE)
        passed(connection, hasty, "second_steps", BEFORE + minute / 2)
        passed(connection, hasty, "qr_pay", BEFORE + 3 * minute)
        for number in range(6):  # five of them with the same wrong answer
            options = (1, 2, 1) if number else (1, 1, 1)
            passed(connection, settle(connection, ward, place), "qr_pay", BEFORE + number * minute, options)
        values = {"channel": "web", "account": "p", "address": "m", "version": 0, "reply": "", "event": ""}
        opened = conversations.insert().values(**values, started_at=BEFORE, seen_at=BEFORE)
        talk = connection.execute(opened.returning(conversations.c.id)).scalar_one()
        member = {"neighbourhood_id": place, "conversation_id": talk, "role": "member"}
        connection.execute(members.insert().values(**member, since=BEFORE))
        for number in range(12):
            seen, at = settle(connection, ward, place), BEFORE + number * minute * (0.5 if number < 10 else 9)
            connection.execute(observations.insert().values(resident_id=seen, topic="otp", member_id=1, at=at))
            learning.complete(connection, seen, Completed("otp", 1, "observed"), "web", at)

    await database.write(happen)
    listed = await found(database, ward)
    assert listed.pop((1, "second_steps")) == ("fast",)
    alike = {who for (who, topic), reasons in listed.items() if topic == "qr_pay" and reasons == ("alike",)}
    burst = {who for (who, topic), reasons in listed.items() if topic == "otp" and reasons == ("burst",)}
    assert alike == {3, 4, 5, 6, 7}
    assert burst == set(range(8, 18))
    assert len(listed) == 15
    assert await database.report(suspicions, ward.id, NOON + dt.timedelta(days=100)) == []


async def test_a_rejected_one_counts_nowhere_and_can_be_taken_back(
    core: Core, database: Database, ward: Ward, database_url: str
) -> None:
    def happen(connection: Connection) -> None:
        who = settle(connection, ward, all_of(connection, ward.id)[4].id)
        passed(connection, who, "second_steps", BEFORE)
        passed(connection, who, "first_steps", BEFORE + dt.timedelta(seconds=20))

    await database.write(happen)
    settings = settings_of(database_url=database_url, content_dir="tests/content", faq_dir="tests/bank")

    async def covered() -> set[int]:
        rows = await database.report(coverage, ward.id, ("first_steps",), 80)
        told = json.loads((await show_coverage(settings, "first_steps", "json", lambda: NOON))[0])
        page = (await clerk.client.get("/van-phong/noi/kp5?bai=first_steps")).text
        shown = re.search(r"<strong>(\d+)/10 người trưởng thành", page)
        assert shown is not None
        record = await database.read(record_of, 1)
        assert await database.write(recount) == 0
        return {rows[4].covered, told["total"]["covered"], int(shown[1]), int(record.has("first_steps"))}

    async def waits() -> str:
        page = (await clerk.client.get("/van-phong/viec")).text
        return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())

    clerk = await Office(core).logged_in("office")
    assert await covered() == {1}
    assert "Kết quả đáng ngờ 1 đang chờ" in await waits()
    page = await clerk.client.get(PAGE)
    number = re.search(r'name="id" value="(\d+)"', page.text)
    assert number is not None
    for wrong in ({"verdict": "rejected"}, {"verdict": "x"}, {"verdict": "verified", "id": "99"}, {"id": "²"}):
        said = await clerk.send(PAGE, **{"id": number[1], **wrong})
        assert (said.status_code, "Chưa ghi gì" in said.text) == (422, True)
    said = await clerk.send(PAGE, id=number[1], verdict="rejected", note="Hỏi lại, chưa làm được")
    assert "Đã bác bỏ" in said.text
    assert "Kết quả đáng ngờ" in (await waits()).partition("Không có gì chờ")[2]
    assert await covered() == {0}
    assert await found(database, ward) == {}
    assert (
        f"bác bỏ kết quả số {number[1]}. Ghi chú: Hỏi lại, chưa làm được"
        in (await clerk.client.get("/van-phong/nhat-ky")).text
    )
    await clerk.send(PAGE, id=number[1], verdict="back")
    assert await covered() == {1}
    await clerk.send(PAGE, id=number[1], verdict="verified")
    assert await covered() == {1}
    assert await found(database, ward) == {}
    await clerk.send(PAGE, id=number[1], verdict="rejected", note="x")
    later = NOON + dt.timedelta(hours=1)
    await database.write(lambda connection: passed(connection, 1, "first_steps", later))  # and now really
    assert await covered() == {1}
    assert (await clerk.send(PAGE, id=number[1], verdict="back")).status_code == 422
    assert [one.verdict for one in await database.report(judged, ward.id)] == ["rejected"]


async def test_one_story_is_decided_at_once_and_undone_at_once(core: Core, database: Database, ward: Ward) -> None:
    def happen(connection: Connection) -> None:
        place = all_of(connection, ward.id)[4].id
        for number in range(6):
            at = BEFORE + number * dt.timedelta(minutes=1)
            passed(connection, settle(connection, ward, place), "qr_pay", at, (1, 2, 1))

    await database.write(happen)
    clerk = await Office(core).logged_in("office")
    page = (await clerk.client.get(PAGE)).text
    assert page.count("<article") == 1
    assert "Giống nhau: Khu phố 5" in page
    ids = re.findall(r'name="id" value="(\d+)" checked', page)
    assert len(ids) == 6
    assert "đánh dấu ít nhất một" in (await clerk.send(PAGE, verdict="verified")).text
    refused = (await clerk.send(PAGE, id=ids[:5], verdict="rejected")).text
    assert "hãy ghi chú vì sao" in refused
    assert re.findall(r'name="id" value="(\d+)" checked', refused) == ids[:5]  # what was unticked stays so
    said = (await clerk.send(PAGE, id=ids[:5], verdict="rejected", note="một người làm thay")).text
    assert "</strong> 5 kết quả" in said
    left = await database.report(suspicions, ward.id, NOON)
    assert [str(one.id) for one in left] == ids[5:]
    undo = re.findall(r'<input type="hidden" name="id" value="(\d+)">', said.partition("Hoàn tác")[0])
    assert sorted(undo) == sorted(ids[:5])
    assert "Đã lấy lại" in (await clerk.send(PAGE, id=undo, verdict="back")).text
    assert await database.report(judged, ward.id) == []
    assert len(await database.report(suspicions, ward.id, NOON)) == 6


async def test_a_members_bursts_are_one_story_whatever_the_lesson(core: Core, database: Database, ward: Ward) -> None:
    def happen(connection: Connection) -> None:
        here, there = (place.id for place in all_of(connection, ward.id)[3:5])
        for member in (1, 2):
            values = {"channel": "web", "account": "p", "address": str(member), "version": 0, "reply": "", "event": ""}
            opened = conversations.insert().values(**values, started_at=BEFORE, seen_at=BEFORE)
            talk = connection.execute(opened.returning(conversations.c.id)).scalar_one()
            joined = {"neighbourhood_id": here, "conversation_id": talk, "role": "member", "since": BEFORE}
            connection.execute(members.insert().values(**joined))
        for number in range(24):
            seen, at = (
                settle(connection, ward, here if number % 3 else there),
                BEFORE + number * dt.timedelta(seconds=5),
            )
            topic, noted = ("otp", "qr_pay")[number // 2 % 2], {"resident_id": seen, "member_id": number % 2 + 1}
            connection.execute(observations.insert().values(**noted, topic=topic, at=at))
            learning.complete(connection, seen, Completed(topic, 1, "observed"), "web", at)
        passed(connection, seen, "first_steps", BEFORE)
        passed(connection, seen, "second_steps", BEFORE + dt.timedelta(seconds=9))

    await database.write(happen)
    page = (await (await Office(core).logged_in("view")).client.get(PAGE)).text
    heads = [" ".join(head.split()) for head in re.findall(r"<h2>(.*?)</h2>", page, re.DOTALL)]
    assert sorted(heads) == [
        "Ghi dồn: Khu phố 4, Khu phố 5, thành viên tổ số 1",
        "Ghi dồn: Khu phố 4, Khu phố 5, thành viên tổ số 2",
        "Quá nhanh: Khu phố 4, người số 24",
    ]
    assert page.count("<p>12 kết quả, lúc") == 2


async def test_whoever_only_sees_judges_nothing(core: Core) -> None:
    clerk = await Office(core).logged_in("lead")
    assert (await clerk.client.get(PAGE)).status_code == 200
    assert (await clerk.send(PAGE, id="1", verdict="verified")).status_code == 403
