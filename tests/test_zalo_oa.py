"""Residents on a Zalo OA, over the wire: dialogues, copies and disorder, receipts, and who leaves."""

import asyncio
import datetime as dt
from typing import Any

import structlog
from sqlalchemy import Connection, select

from handlers.core import Core
from storage.tables import completions, deliveries
from tests.dialogue import stored
from tests.fakes.mishaps import HTML, Mishap
from tests.fakes.zalo_oa_people import buttons_of
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.zalo_stage import Talk, gone, talking, until


def titles(message: dict[str, Any]) -> list[str]:
    return [button["title"] for button in buttons_of(message)]


def completed(connection: Connection) -> list[tuple[str, str, str]]:
    columns = completions.c.topic, completions.c.grade, completions.c.channel
    return sorted((row[0], row[1], row[2]) for row in connection.execute(select(*columns)))


async def learn(talk: Talk, number: str) -> None:
    """Follow, join by typing the neighbourhood's code, learn a lesson and pass its quiz, by taps and by typing."""
    fake, person = talk.fake, talk.fake.person(number)

    async def tap(title: str) -> dict[str, Any]:
        return await talk.answer(person, await fake.taps(person, title))

    assert "tổ số" in (await talk.answer(person, await fake.follows(person)))["text"]
    assert "Chào bà con Khu phố 5" in (await talk.says(person, "#kp5"))["text"]
    asked = await tap("1.")  # six ways on: a list, and no buttons
    assert titles(asked) == []
    assert "Bà con nhắn số để chọn:\n1. Đồng ý" in asked["text"]
    assert titles(await talk.says(person, "1"))[0] == "1. Đúng rồi"
    assert titles(await tap("1."))[:2] == ["1. Có, nhắc tôi", "2. Không cần nhắc"]
    assert "\n1. Học bài: Bước đầu\n" in (await tap("2."))["text"]
    assert "Bước 1/3" in (await talk.says(person, "1"))["text"]
    assert "Bước 2/3" in (await talk.says(person, "tiep"))["text"]
    assert titles(await tap("1. Tiếp"))[0] == "1. Làm mấy câu hỏi ngắn"
    assert "Câu 1/2" in (await tap("1. Làm"))["text"]
    assert "Câu 2/2" in (await talk.says(person, "nut thu nhat"))["text"]
    assert "đã đạt bài Bước đầu" in (await tap("3."))["text"]


async def test_a_resident_follows_joins_learns_and_is_counted(core: Core) -> None:
    async with talking(core) as talk:
        await learn(talk, "7300000000000000003")
        assert set(await talk.settled()) == {"sent"}
    counted = await core.house.database.read(completed)
    assert counted == [("first_steps", "learned", "zalo_oa"), ("first_steps", "passed", "zalo_oa")]


async def test_it_is_the_same_at_a_state_agency_whose_oa_has_the_older_api(core: Core) -> None:
    async with talking(core, {"oa_type": 4, "cap": None, "echoes": True, "receipts": True}) as talk:
        await asyncio.gather(*(learn(talk, number) for number in ("7300000000000000003", "7300000000000000004")))
        assert talk.platform.api.send_api == "v2"
    assert len(await core.house.database.read(completed)) == 4


async def test_what_is_no_text_gets_a_kind_answer_and_the_ways_on(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.says(person, "#kp5")
        for kind in ("image", "sticker", "audio", "video", "file", "location", "gif", "business_card"):
            answer = await talk.answer(person, await talk.fake.sends(person, kind))
            assert "Bà con gõ chữ, hoặc chọn một số dưới đây." in answer["text"]
            assert titles(answer)[0] == "1. Bắt đầu"


async def test_fifty_copies_of_an_event_get_one_answer(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        body, headers = talk.fake.webhooks.signed(talk.fake.written(person, text="#kp5"))
        for _ in range(5):  # ten at once: with more a busy machine is later than Zalo waits
            statuses = await asyncio.gather(*(talk.fake.webhooks.post(body, headers) for _ in range(10)))
            assert statuses == [200] * 10
        await talk.settled()
        assert len(person.messages) == 1


async def test_events_out_of_order_are_each_answered_once(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        said = [f"câu hỏi số {number}" for number in range(12)]
        events = [talk.fake.webhooks.signed(talk.fake.written(person, text=text)) for text in said] * 3
        shuffled = events[::-2] + events[::2]
        assert {await talk.fake.webhooks.insist(*event) for event in shuffled} == {200}
        assert await talk.settled() == ["sent"] * 12
        assert len(person.messages) == 12


async def test_a_follow_told_twice_is_one_welcome(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.answer(person, await talk.fake.follows(person))
        told = talk.fake.webhooks.told[0]
        assert await talk.fake.webhooks.post(told.body, told.headers, 1) == 200
        await talk.settled()
        assert len(person.messages) == 1


async def test_who_unfollows_is_marked_until_they_come_back(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.answer(person, await talk.fake.follows(person))
        assert await talk.fake.unfollows(person) == 200
        assert await core.house.database.read(gone) == [True]
        await talk.answer(person, await talk.fake.follows(person))
        assert await core.house.database.read(gone) == [False]


async def test_who_cannot_be_reached_is_marked_by_the_refusal(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        person.refusal = -244
        assert await talk.fake.says(person, "#kp5") == 200
        assert await talk.settled() == ["gone"]
        assert await core.house.database.read(gone) == [True]


async def test_opening_the_chat_forms_and_the_oas_own_messages_are_not_answered(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        with structlog.testing.capture_logs() as logs:
            assert await talk.fake.opens(person) == 200
            assert await talk.fake.staff_says(person, "Chị để em giúp") == 200
            for name in ("user_submit_info", "user_reacted_message", "oa_send_consent", "of next year"):
                event = talk.fake.webhooks.event(name, sender={"id": person.id}, recipient={"id": OA_ID})
                assert await talk.fake.webhooks.tell(event) == 200
        assert await talk.settled() == []
        rows = await stored(core.house.database)
        assert [(row["reply"], row["resident_id"]) for row in rows["conversations"]] == [("", None)]  # staff talk there
        assert [line for line in logs if line["event"] == "staff answered in the OA"]
        assert not [line for line in logs if person.id in str(line) or "Chị" in str(line)]


def reported(connection: Connection) -> list[tuple[dt.datetime | None, dt.datetime | None]]:
    columns = deliveries.c.delivered_at, deliveries.c.read_at
    return [(row[0], row[1]) for row in connection.execute(select(*columns).order_by(deliveries.c.id))]


async def test_receipts_are_kept_with_the_first_time_they_told(core: Core) -> None:
    async with talking(core) as talk:
        person, database = talk.fake.person(), core.house.database
        for text in ("#kp5", "1"):
            await talk.says(person, text)
        await talk.settled()
        talk.clock.move(seconds=5)
        arrived = talk.clock.now
        assert await talk.fake.gets(person) == 200
        assert await database.read(reported) == [(None, None), (arrived, None)]
        talk.clock.move(seconds=5)
        for _ in range(2):
            assert await talk.fake.sees(person) == 200
            talk.clock.move(hours=1)
        read = arrived + dt.timedelta(seconds=5)
        assert await database.read(reported) == [(read, read), (arrived, read)]


async def test_a_receipt_that_comes_before_the_message_is_settled_is_kept(core: Core) -> None:
    async with talking(core, {"receipts": True}) as talk:
        person = talk.fake.person()
        for text in ("#kp5", "1", "9"):
            await talk.says(person, text)
        await talk.settled()
        async with asyncio.timeout(20):
            while not all(arrived for arrived, _ in await core.house.database.read(reported)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_receipts_of_others_and_of_unknown_messages_change_nothing(core: Core) -> None:
    async with talking(core) as talk:
        person, other = talk.fake.person(), talk.fake.person("7300000000000000009")
        await talk.says(person, "#kp5")
        await talk.settled()
        event = talk.fake.webhooks.event("user_seen_message", sender={"id": OA_ID}, recipient={"id": other.id})
        for numbers in ([f"m-{person.id}-1"], ["unknown"], []):
            assert await talk.fake.webhooks.tell({**event, "message": {"msg_ids": numbers}}) == 200
        assert await core.house.database.read(reported) == [(None, None)]


async def test_answers_wait_out_trouble_and_arrive_in_order(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        talk.fake.mishaps.extend([Mishap(502, HTML), Mishap(200, HTML)])
        for text in ("#kp5", "9", "1"):
            assert await talk.fake.says(person, text) == 200

        def arrived() -> bool:
            talk.clock.move(seconds=1)  # what was put off comes due
            talk.sender.wake()
            return len(person.messages) == 3

        await until(arrived)
        assert [text[:12] for text in person.texts] == ["Chào bà con ", "Mời bà con g", "Tổ số xin ph"]


async def test_an_answer_that_may_have_arrived_is_not_repeated(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        talk.fake.mishaps.append(Mishap(cut=True, accept=True))
        assert await talk.fake.says(person, "#kp5") == 200
        assert await talk.settled() == ["unsure"]
        assert len(person.messages) == 1


async def test_erasing_leaves_nothing_of_the_person(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        for text in ("#kp5", "1", "1", "1", "2", "/erase"):
            await talk.says(person, text)
        await talk.answer(person, await talk.fake.taps(person, "1."))
        await talk.settled()
    tables = await stored(core.house.database)
    assert not tables["residents"]
    assert len(tables["data_requests"]) == 1
