"""Residents on a Zalo OA: dialogues over the wire, the webhook's bad days, receipts, and who leaves."""

import asyncio
import datetime as dt
import random
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import structlog
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from bot.channels.zalo_oa import BODY_BYTES, WEBHOOK, ZaloOaPlatform
from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage.database import Database
from storage.tables import completions, deliveries, seen
from tests.dialogue import stored, stored_texts
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.zalo_oa_server import buttons_of
from tests.fakes.zalo_oa_webhooks import LADDER, OA_ID, signature
from tests.zalo_stage import Talk, gone, settings_of, talking, until


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
    assert titles(await tap("2."))[0] == "1. Học bài: Bước đầu"
    assert "Bước 1/3" in (await tap("1."))["text"]
    assert "Bước 2/3" in (await talk.says(person, "tiep"))["text"]
    assert titles(await tap("1. Tiếp"))[0] == "1. Làm 2 câu hỏi ngắn"
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


@pytest.mark.parametrize("kind", ["image", "sticker", "audio", "video", "file", "location", "gif", "business_card"])
async def test_what_is_no_text_gets_a_kind_answer_and_the_ways_on(core: Core, kind: str) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.says(person, "#kp5")
        answer = await talk.answer(person, await talk.fake.sends(person, kind))
        assert "Bà con gõ chữ, hoặc chọn một số dưới đây." in answer["text"]
        assert titles(answer)[0] == "1. Bắt đầu"


async def test_fifty_copies_of_an_event_get_one_answer(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        body, headers = talk.fake.webhooks.signed(talk.fake.written(person, text="#kp5"))
        statuses = await asyncio.gather(*(talk.fake.webhooks.post(body, headers) for _ in range(50)))
        assert statuses == [200] * 50
        await talk.settled()
        assert len(person.messages) == 1


async def test_events_out_of_order_are_each_answered_once(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        said = [f"câu hỏi số {number}" for number in range(12)]
        events = [talk.fake.webhooks.signed(talk.fake.written(person, text=text)) for text in said] * 3
        random.Random(7).shuffle(events)
        assert set(await asyncio.gather(*(talk.fake.webhooks.post(*event) for event in events))) == {200}
        assert await talk.settled() == ["sent"] * 12
        assert len(person.messages) == 12


async def test_a_follow_told_twice_is_one_welcome(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.answer(person, await talk.fake.follows(person))
        (_, body), headers = talk.fake.webhooks.told[0], talk.fake.webhooks.signed(_follow(talk))[1]
        assert talk.fake.webhooks.told[0][0] == 200
        headers["X-ZEvent-Signature"] = "mac=" + signature(body, _stamp(body))
        assert await talk.fake.webhooks.post(body, headers, 1) == 200
        await talk.settled()
        assert len(person.messages) == 1


def _follow(talk: Talk) -> dict[str, Any]:
    return talk.fake.webhooks.event("follow")


def _stamp(body: bytes) -> str:
    return body.decode().partition('"timestamp":"')[2].partition('"')[0]


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
            for name in ("user_submit_info", "user_reacted_message", "oa_send_consent", "next_year's_event"):
                event = talk.fake.webhooks.event(name, sender={"id": person.id}, recipient={"id": OA_ID})
                assert await talk.fake.webhooks.tell(event) == 200
        assert await talk.settled() == []
        assert (await stored(core.house.database))["conversations"] == []
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
        await until(lambda: not talk.fake.telling)
        assert all(arrived for arrived, _ in await core.house.database.read(reported))


async def test_receipts_of_others_and_of_unknown_messages_change_nothing(core: Core) -> None:
    async with talking(core) as talk:
        person, other = talk.fake.person(), talk.fake.person("7300000000000000009")
        await talk.says(person, "#kp5")
        await talk.settled()
        event = talk.fake.webhooks.event("user_seen_message", sender={"id": OA_ID}, recipient={"id": other.id})
        for numbers in ([f"m-{person.id}-1"], ["unknown"], []):
            assert await talk.fake.webhooks.tell({**event, "message": {"msg_ids": numbers}}) == 200
        assert await core.house.database.read(reported) == [(None, None)]


async def refusals(talk: Talk) -> AsyncIterator[tuple[str, bytes, dict[str, str], int]]:
    """Yield bad requests, each with the status it deserves."""
    person = talk.fake.person()
    body, headers = talk.fake.webhooks.signed(talk.fake.written(person, text="#kp5"))
    yield "no signature", body, {}, 401
    yield "forged", body, {**headers, "X-ZEvent-Signature": "mac=" + signature(body, _stamp(body), secret="x")}, 401  # noqa: S106
    yield "another body", body.replace(b"kp5", b"kp6"), headers, 401
    yield "truncated", body[:-9], headers, 401
    yield "another time", body, {**headers, "X-ZEvent-Timestamp": "1"}, 401
    yield "signature of nonsense", body, {**headers, "X-ZEvent-Signature": "\xff" * 64}, 401
    yield "empty", b"", {}, 401
    big = b" " * BODY_BYTES + body
    yield "too big", big, {**headers, "X-ZEvent-Signature": signature(big, _stamp(body))}, 413
    for content in (b"", b"{", b"[1]", b"null", b"\xff\xfe", b"<html>", b'{"event_name": 5}', b"[" * 100_000):
        yield f"signed {content[:9]!r}", content, {"X-ZEvent-Signature": signature(content, "")}, 200


async def test_bad_requests_get_the_right_status_at_once_and_leave_nothing(core: Core) -> None:
    async with talking(core) as talk:
        loop = asyncio.get_running_loop()
        async for name, body, headers, status in refusals(talk):
            begun = loop.time()
            assert (name, await talk.fake.webhooks.post(body, headers)) == (name, status)
            assert loop.time() - begun < 0.5
        assert await talk.settled() == []
    tables = await stored(core.house.database)
    assert not tables["conversations"]
    assert not tables["seen"]


async def test_a_replayed_event_changes_nothing(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        await talk.says(person, "#kp5")
        await talk.says(person, "1")
        body, headers = talk.fake.webhooks.signed(_replayed(talk))
        before = await talk.settled(), (await stored(core.house.database))["conversations"]
        talk.clock.move(days=30)
        assert await talk.fake.webhooks.post(body, headers) == 200
        assert (await talk.settled(), (await stored(core.house.database))["conversations"]) == before


def _replayed(talk: Talk) -> dict[str, Any]:
    import json

    event: dict[str, Any] = json.loads(talk.fake.webhooks.told[0][1])
    return event


async def test_a_request_cut_short_by_its_sender_is_not_an_event(core: Core) -> None:
    async with talking(core) as talk:
        host, port = talk.fake.webhooks.url.split("/")[2].split(":")
        with socket.socket() as wire:
            wire.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(wire, (host, int(port)))
            request = f"POST {WEBHOOK} HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{{"
            await loop.sock_sendall(wire, request.encode())
        assert await talk.answer(talk.fake.person(), await talk.fake.says(talk.fake.person(), "#kp5"))


async def test_only_post_is_heard(core: Core) -> None:
    async with talking(core) as talk, httpx2.AsyncClient() as client:
        assert (await client.get(talk.fake.webhooks.url)).status_code == 405


async def test_what_matched_is_logged_once_and_never_a_word_or_a_name(core: Core) -> None:
    with structlog.testing.capture_logs() as logs:
        async with talking(core) as talk:
            person = talk.fake.person()
            for text in ("chuyện riêng", "#kp5", "1"):
                await talk.says(person, text)
    assert [line["way"] for line in logs if "way" in line] == ["app_id, timestamp of the body, OA secret"]
    assert not [line for line in logs if any(word in str(line) for word in (person.id, "riêng", "access-", "refresh-"))]


async def test_the_verification_page_is_there_only_with_its_code(database: Database) -> None:
    async def receive(inbound: Inbound) -> None:
        raise AssertionError

    for code, status in (("AbC_-9", 200), ("", 404)):
        platform = ZaloOaPlatform(settings_of("http://zalo.test", zalo_oa_verifier=code), database)
        async with serving(Starlette(routes=platform.routes(receive))) as url, httpx2.AsyncClient() as client:
            found = await client.get(f"{url}/zalo_verifierAbC_-9.html")
            assert found.status_code == status
            assert (await client.get(f"{url}/zalo_verifierother.html")).status_code == 404
        await platform.close()
        if code:
            assert '<meta property="zalo-platform-site-verification" content="AbC_-9" />' in found.text
            assert found.headers["content-type"].startswith("text/html")


async def test_an_event_that_cannot_be_recorded_is_told_again_and_then_answered(core: Core) -> None:
    async with talking(core) as talk:
        person, database = talk.fake.person(), core.house.database
        await asyncio.to_thread(database.close)
        assert await talk.fake.says(person, "#kp5") == 503
        database.start()
        for seconds in (29, 1):
            talk.clock.move(seconds=seconds)
            await talk.fake.webhooks.again()
        assert [status for status, _ in talk.fake.webhooks.told] == [503, 200]
        assert "Khu phố 5" in (await talk.answer(person))["text"]
        assert talk.fake.webhooks.untold == []


async def test_a_turn_that_takes_too_long_is_told_again_and_answered_once(core: Core) -> None:
    async with talking(core) as talk:
        person, database = talk.fake.person(), core.house.database
        release = asyncio.Event()
        platform = ZaloOaPlatform(talk.settings, database, talk.clock)

        async def receive(inbound: Inbound) -> None:
            await release.wait()
            await core.answer(inbound)
            talk.sender.wake()

        async with serving(Starlette(routes=platform.routes(receive))) as slow:
            talk.fake.webhooks.url = slow + WEBHOOK
            begun = asyncio.get_running_loop().time()
            assert await talk.fake.says(person, "#kp5") == 503
            assert asyncio.get_running_loop().time() - begun < 2
            release.set()
            await talk.answer(person)
            talk.clock.move(seconds=30)
            await talk.fake.webhooks.again()
            assert talk.fake.webhooks.told[-1][0] == 200
        await talk.settled()
        assert len(person.messages) == 1
        await platform.close()


async def test_a_webhook_that_stays_silent_is_switched_off_after_the_ladder(core: Core) -> None:
    async with talking(core) as talk:
        talk.fake.webhooks.url = "http://127.0.0.1:1/"
        assert await talk.fake.says(talk.fake.person(), "#kp5") == 0
        for seconds in LADDER:
            assert talk.fake.webhooks.enabled
            talk.clock.move(seconds=seconds)
            await talk.fake.webhooks.again()
        assert not talk.fake.webhooks.enabled
        assert len(talk.fake.webhooks.told) == 6


async def test_an_answer_waits_out_trouble_and_arrives_in_order(core: Core) -> None:
    async with talking(core) as talk:
        person = talk.fake.person()
        talk.fake.mishaps.extend([Mishap(502, HTML), Mishap(200, HTML)])
        for text in ("#kp5", "9", "1"):
            assert await talk.fake.says(person, text) == 200
        for _ in range(3):
            await until(lambda: not talk.fake.mishaps or bool(person.messages))
            talk.clock.move(minutes=20)
            talk.sender.wake()
        await talk.settled()
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
            answer = await talk.says(person, text)
        await talk.answer(person, await talk.fake.taps(person, titles(answer)[0][:2]))
        await talk.settled()
    assert not (await stored(core.house.database))["residents"]
    assert "trần thị" not in await stored_texts(core.house.database)


async def test_listening_keeps_the_token_fresh_though_nobody_writes(database: Database) -> None:
    async def receive(inbound: Inbound) -> None:
        raise AssertionError

    from tests.zalo_stage import staged

    async with staged(database) as stage:
        listening = asyncio.create_task(stage.platform.listen(receive))
        while await stage.pair() is None:
            await asyncio.sleep(0.005)
        listening.cancel()
        assert Reply  # the task never ends by itself
        with pytest.raises(asyncio.CancelledError):
            await listening


def test_nothing_is_seen_twice(database: Database) -> None:
    assert seen.primary_key.columns.keys() == ["conversation_id", "event"]
