"""The webhook of a Zalo OA on bad days: forged, cut, replayed, too big, too slow; and what it says of itself."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import structlog
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from bot.channels.base import Receive
from bot.channels.zalo_oa import BODY_BYTES, WEBHOOK, ZaloOaPlatform
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import Database
from tests.dialogue import stored
from tests.fakes.mishaps import serving
from tests.fakes.zalo_oa_webhooks import LADDER, signature
from tests.zalo_stage import Talk, settings_of, staged, talking


def _stamp(body: bytes) -> str:
    return body.decode().partition('"timestamp":"')[2].partition('"')[0]


async def refusals(talk: Talk) -> AsyncIterator[tuple[str, bytes, dict[str, str], int]]:
    """Yield bad requests, each with the status it deserves."""
    person = talk.fake.person()
    body, headers = talk.fake.webhooks.signed(talk.fake.written(person, text="#kp5"))
    yield "no signature", body, {}, 401
    yield "forged", body, {**headers, "X-ZEvent-Signature": "mac=" + signature(body, _stamp(body), secret="x")}, 401  # noqa: S106
    yield "another body", body.replace(b"kp5", b"kp6"), headers, 401
    yield "truncated", body[:-9], headers, 401
    yield "another time", body, {**headers, "X-ZEvent-Signature": "mac=" + signature(body, "1")}, 401
    yield "signature of nonsense", body, {**headers, "X-ZEvent-Signature": "mac=" + "g" * 64}, 401
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
        for text in ("#kp5", "1"):
            await talk.says(person, text)
        before = await talk.settled(), (await stored(core.house.database))["conversations"]
        talk.clock.move(days=30)
        for told in list(talk.fake.webhooks.told):
            assert await talk.fake.webhooks.post(told.body, told.headers) == 200
        assert (await talk.settled(), (await stored(core.house.database))["conversations"]) == before


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
    assert [line["way"] for line in logs if "way" in line] == ["app_id-body-oa_secret"]
    assert not [line for line in logs if any(word in str(line) for word in (person.id, "riêng", "access-", "refresh-"))]


async def test_the_verification_page_is_there_only_with_its_code(database: Database) -> None:
    for code, status in (("AbC_-9", 200), ("", 404)):
        platform = ZaloOaPlatform(settings_of("http://zalo.test", zalo_oa_verifier=code), database)
        async with serving(Starlette(routes=platform.routes(_nobody))) as url, httpx2.AsyncClient() as client:
            await asyncio.sleep(0)
            found = await client.get(f"{url}/zalo_verifierAbC_-9.html")
            assert found.status_code == status
            assert (await client.get(f"{url}/zalo_verifierother.html")).status_code == 404
        await platform.close()
        if code:
            assert '<meta property="zalo-platform-site-verification" content="AbC_-9" />' in found.text
            assert found.headers["content-type"].startswith("text/html")


@asynccontextmanager
async def hearing(talk: Talk, receive: Receive) -> AsyncIterator[None]:
    """Have what is told now received so."""
    platform = ZaloOaPlatform(talk.settings, talk.database, talk.clock)
    async with serving(Starlette(routes=platform.routes(receive))) as url:
        talk.fake.webhooks.url = url + WEBHOOK
        yield
    await platform.close()


async def test_an_event_that_cannot_be_recorded_is_told_again_and_then_answered(core: Core) -> None:
    failures = [OperationalError("COMMIT", None, Exception("disk full: chuyện riêng"))]
    async with talking(core) as talk:

        async def receive(inbound: Inbound) -> None:
            if failures:
                raise failures.pop()
            await core.answer(inbound)
            talk.sender.wake()

        person = talk.fake.person()
        async with hearing(talk, receive):
            with structlog.testing.capture_logs() as logs:
                assert await talk.fake.says(person, "#kp5") == 503
            assert "riêng" not in str(logs)
            for seconds in (29, 1):
                talk.clock.move(seconds=seconds)
                await talk.fake.webhooks.again()
        assert [told.status for told in talk.fake.webhooks.told] == [503, 200]
        assert "Khu phố 5" in (await talk.answer(person))["text"]
        assert talk.fake.webhooks.untold == []


async def test_a_turn_that_takes_too_long_is_told_again_and_answered_once(core: Core) -> None:
    release = asyncio.Event()
    async with talking(core) as talk:

        async def receive(inbound: Inbound) -> None:
            await release.wait()
            await core.answer(inbound)
            talk.sender.wake()

        person = talk.fake.person()
        async with hearing(talk, receive):
            assert await talk.fake.says(person, "#kp5") == 503  # before the two seconds are over
            release.set()
            await talk.answer(person)
            talk.clock.move(seconds=30)
            await talk.fake.webhooks.again()
        assert [told.status for told in talk.fake.webhooks.told] == [503, 200]
        await talk.settled()
        assert len(person.messages) == 1


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


async def test_listening_keeps_the_token_fresh_though_nobody_writes(database: Database) -> None:
    async with staged(database) as stage:
        listening = asyncio.create_task(stage.platform.listen(_nobody))
        while await stage.pair() is None:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert not listening.done()
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening


async def test_listening_outlives_a_zalo_that_cannot_be_reached(database: Database) -> None:
    platform = ZaloOaPlatform(settings_of("http://127.0.0.1:1"), database)
    listening = asyncio.create_task(platform.listen(_nobody))
    with structlog.testing.capture_logs() as logs:
        while not logs:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert not listening.done()
    listening.cancel()
    await platform.close()


async def _nobody(inbound: Inbound) -> None:
    raise AssertionError
