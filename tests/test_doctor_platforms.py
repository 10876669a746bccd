"""`hocvuso doctor` and the platforms: what they tell is held against the settings, and they cannot hang the rest."""

import asyncio
import datetime as dt
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot.doctor import CHECKS, examine
from handlers.core import Core
from storage.database import Database
from storage.neighbourhoods import Ward
from storage.tables import tokens
from tests.dialogue import NOON, Resident
from tests.examined import OA, TOKEN, found, settings_of
from tests.live import free_port
from tests.stand_in import HOOK, StandIn, ok, refused

ACCOUNT = {
    "oaid": "5",
    "name": "Phường Thử",
    "oa_type": 4,
    "is_verified": True,
    "package_name": "Tăng trưởng",
    "package_valid_through_date": "31/12/2030",
}


def bots(base: str) -> dict[str, Any]:
    return {
        "telegram_token": TOKEN,
        "telegram_api_base": base,
        "zalo_bot_token": TOKEN,
        "zalo_bot_api_base": base,
        "zalo_bot_secret": "bimat-secret",
    }


async def test_bots_that_are_known_and_reached_are_well() -> None:
    hooked = ok(url=f"{HOOK}zalo-bot")
    telegram = StandIn(getMe=ok(username="hocvuso_bot"), getWebhookInfo=ok(url=""))
    zalo = StandIn(getMe=ok(account_name="Bot Học"), getWebhookInfo=hooked)
    async with telegram.open(), zalo.open():
        settings = settings_of(**{**bots(zalo.url), "telegram_api_base": telegram.url})
        findings, code = await found(settings, "platforms", "telegram")
        more, code_of_zalo = await found(settings, "zalo_bot")
    assert (code, [*findings]) == (0, ["platform.known", "webhook.polling"])
    assert (code_of_zalo, [*more]) == (0, ["platform.known", "webhook.right"])
    assert "hocvuso_bot" in findings["platform.known"]["seen"]
    assert "Bot Học" in more["platform.known"]["seen"]


@pytest.mark.parametrize("channel", ["telegram", "zalo_bot"])
async def test_a_token_that_is_not_accepted_is_told_even_when_the_platform_repeats_it(channel: str) -> None:
    told: list[tuple[Any, str]] = [
        (refused(401, f"bad {TOKEN}"), f"{channel}.token"),
        ((401, refused(401)), f"{channel}.token"),
        ((403, refused(403, f"/bot{TOKEN}/getMe")), "platform.refused"),
    ]
    for answer, expected in told:
        async with StandIn(getMe=answer, getWebhookInfo=answer).open() as platform:
            findings, code = await found(settings_of(**bots(platform.url)), channel)
        assert (code, [*findings]) == (2, [expected])


async def test_telegram_out_of_reach_is_told_and_everything_else_looked_at(database_url: str, ward: Ward) -> None:
    settings = settings_of(
        database_url, telegram_token=TOKEN, telegram_api_base=f"http://127.0.0.1:{free_port()}", zalo_oa_id=""
    )
    findings, code = await found(settings)
    assert code == 2
    assert [name for name, finding in findings.items() if finding["mark"] != "good"] == ["telegram.unreachable"]
    assert "chặn Telegram; Zalo và trang web vẫn chạy" in findings["telegram.unreachable"]["seen"]
    assert {"settings.good", "content.good", "database.good", "neighbourhoods.good"} <= set(findings)


async def test_a_platform_that_never_answers_keeps_nobody_waiting() -> None:
    async with silent() as address:
        begun = time.perf_counter()
        findings, code = await found(settings_of(**bots(address)), "telegram", "content", seconds=0.3)
        assert time.perf_counter() - begun < 3
    assert (code, [*findings]) == (1, ["check.slow", "content.good"])
    assert "Telegram trong 0.3 giây" in findings["check.slow"]["seen"]


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """Give the address of something that takes connections and says nothing."""
    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: taken.append(writer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in taken:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def account(
    database: Database, url: str, answer: Any, settings: Mapping[str, Any] = OA, **pair: Any
) -> tuple[list[str], int, StandIn]:
    """Return what is found about the official account while Zalo answers so, and the pair is so."""
    usual = {"access": "bimat-access", "refresh": "bimat-refresh", "expires_at": NOON + dt.timedelta(hours=20)}
    row = {**usual, "changed_at": NOON - dt.timedelta(hours=5), **pair}

    def write(connection: Connection) -> None:
        connection.execute(insert(tokens).values(channel="zalo_oa", account="5", **row))

    await database.write(write)
    async with StandIn(getoa=answer).open() as zalo:
        own = settings_of(url, **{**settings, "zalo_oa_api_base": zalo.url})
        findings, code = await found(own, "zalo_oa", now=NOON)
    return [*findings], code, zalo


KNOWN = ["zalo_oa.token", "platform.known"]


@pytest.mark.parametrize(
    ("changed", "settings", "expected"),
    [
        ({}, {}, ["zalo_oa.state_agency", "zalo_oa.package"]),
        ({"oa_id": "5", "oaid": None}, {}, ["zalo_oa.state_agency", "zalo_oa.package"]),
        ({"oa_type": "2"}, {}, ["zalo_oa.kind", "zalo_oa.package"]),
        ({"oa_type": 2}, {"zalo_oa_send_api": "v2"}, ["zalo_oa.wrong_api", "zalo_oa.package"]),
        ({}, {"zalo_oa_send_api": "v3"}, ["zalo_oa.wrong_api", "zalo_oa.package"]),
        ({"is_verified": False}, {}, ["zalo_oa.state_agency", "zalo_oa.not_verified", "zalo_oa.package"]),
        ({}, {"zalo_oa_per_minute": 101}, ["zalo_oa.state_agency", "zalo_oa.too_fast"]),
        ({"package_name": "Gói Toàn diện"}, {"zalo_oa_per_minute": 101}, ["zalo_oa.state_agency", "zalo_oa.package"]),
        ({"package_name": "Cơ bản"}, {}, ["zalo_oa.state_agency", "zalo_oa.package_of_state_agency"]),
        ({"package_name": "Cơ bản", "oa_type": 2}, {}, ["zalo_oa.kind", "zalo_oa.package_without_api"]),
        (
            {"package_valid_through_date": "01/12/2026"},
            {},
            ["zalo_oa.state_agency", "zalo_oa.package", "zalo_oa.package_ends"],
        ),
        ({"package_valid_through_date": "soon"}, {}, ["zalo_oa.state_agency", "zalo_oa.package"]),
    ],
)
async def test_what_zalo_tells_of_the_account_is_held_against_the_settings(
    database: Database, database_url: str, changed: dict[str, Any], settings: dict[str, Any], expected: list[str]
) -> None:
    answer = {"error": 0, "data": {**ACCOUNT, **changed}}
    names, code, zalo = await account(database, database_url, answer, {**OA, **settings})
    assert names == [*KNOWN, *expected, "webhook.never_heard"]
    assert code == (2 if "zalo_oa.wrong_api" in expected else 1)
    assert (zalo.headers["access_token"], len(zalo.headers["appsecret_proof"])) == ("bimat-access", 64)


@pytest.mark.parametrize(("left", "expected"), [(12, "zalo_oa.package_left"), (0, "zalo_oa.package_spent")])
async def test_what_the_package_still_pays_for_is_told(
    database: Database, database_url: str, left: int, expected: str
) -> None:
    package = {"package_left": left, "package_total": 500, "package_at": NOON}
    names, _, _ = await account(database, database_url, {"error": 0, "data": ACCOUNT}, OA, **package)
    assert names[-2:] == [expected, "webhook.never_heard"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": -216, "message": "bimat-access is invalid"}, "zalo_oa.token_refused"),
        ({"error": "-220", "message": ""}, "zalo_oa.token_refused"),
        ({"error": -32, "message": "bimat-access"}, "platform.refused"),
        ({"error": 0, "data": {**ACCOUNT, "oaid": "77"}}, "zalo_oa.other_account"),
        ((502, "<html>Bad Gateway</html>"), "platform.strange"),
        (["?"], "platform.strange"),
    ],
)
async def test_what_zalo_refuses_is_told(database: Database, database_url: str, answer: Any, expected: str) -> None:
    names, code, _ = await account(database, database_url, answer)
    assert (code, names) == (2, ["zalo_oa.token", expected, "webhook.never_heard"])


@pytest.mark.parametrize(
    ("pair", "expected", "code", "calls"),
    [
        ({}, "zalo_oa.token", 1, 1),
        ({"failed_at": NOON - dt.timedelta(hours=1)}, "zalo_oa.not_renewed", 2, 1),
        ({"expires_at": NOON}, "zalo_oa.expired", 1, 0),
        ({"expires_at": NOON, "changed_at": NOON - dt.timedelta(days=90)}, "zalo_oa.dead", 2, 0),
    ],
)
async def test_the_age_of_the_token_pair_is_told(
    database: Database, database_url: str, pair: dict[str, Any], expected: str, code: int, calls: int
) -> None:
    names, left, zalo = await account(database, database_url, {"error": 0, "data": ACCOUNT}, **pair)
    assert (left, names[0], len(zalo.asked)) == (code, expected, calls)


async def test_without_a_token_pair_the_remedy_depends_on_what_is_at_hand(
    database_url: str, core: Core, ward: Ward
) -> None:
    await Resident(core, channel="zalo_oa", now=NOON).say("/start")
    settings = settings_of(database_url, **OA)
    findings, code = await found(settings, "zalo_oa", now=NOON + dt.timedelta(hours=3))
    assert (code, [*findings]) == (2, ["zalo_oa.no_token", "webhook.heard"])
    assert findings["webhook.heard"]["seen"] == "Zalo OA: tin gần nhất tới 3 giờ trước."
    settings = settings_of(database_url, **OA, zalo_oa_refresh_token="bimat", public_url="")  # noqa: S106
    findings, code = await found(settings, "zalo_oa", now=NOON)
    assert (code, [*findings]) == (2, ["zalo_oa.no_token_yet", "webhook.no_address"])


@pytest.mark.parametrize(
    ("minutes", "name"), [(0, "clock.good"), (1.9, "clock.good"), (10, "clock.fast"), (-10, "clock.slow")]
)
async def test_the_clock_is_held_against_a_platform_s(minutes: float, name: str) -> None:
    ahead = dt.timedelta(minutes=minutes)
    async with StandIn(getMe=ok(username="b"), getWebhookInfo=ok(url="")).open() as platform:
        told, code = await examine(
            settings_of(**bots(platform.url)),
            True,
            lambda: dt.datetime.now(dt.UTC) + ahead,
            {"telegram": CHECKS["telegram"]},
        )
    last = json.loads(told)["findings"][-1]
    assert (last["name"], code) == (name, 0 if name == "clock.good" else 1)
    assert last["mark"] == "good" or re.search("(10 phút|9 phút 59 giây) so với Telegram", last["seen"])
