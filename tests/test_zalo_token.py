"""The token pair of a Zalo OA: renewed early and once, committed before it is used; what is left when that fails."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import structlog

from bot.channels.base import SendFailed
from storage import tokens
from storage.database import Database
from storage.tokens import Pair
from tests.dialogue import NOON
from tests.fakes.mishaps import HTML, Mishap
from tests.fakes.zalo_oa_server import ACCESS_LIFE
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.zalo_stage import HI, heard, staged, tokens_of

OAUTH = "/v4/oa/access_token"
OLD = Pair("access-old", "refresh-old", NOON + ACCESS_LIFE, NOON)


async def test_the_first_pair_comes_from_the_refresh_token_of_the_settings(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        assert await held.access() == "access-1"
        assert await stage.pair() == Pair("access-1", "refresh-1", NOON + ACCESS_LIFE, NOON)
        assert await held.access() == "access-1"
        assert stage.fake.renewals == 1


async def test_the_pair_is_renewed_at_four_fifths_of_its_life_and_the_one_before_is_kept(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        await held.access()
        stage.clock.move(hours=19.9)
        assert await held.access() == "access-1"
        stage.clock.move(hours=0.1)
        assert await held.access() == "access-2"
        at = stage.clock.now
        assert await stage.pair() == Pair("access-2", "refresh-2", at + ACCESS_LIFE, at, "refresh-1")


async def test_twenty_messages_at_once_with_an_expired_token_renew_it_once(database: Database) -> None:
    async with staged(database) as stage:
        person = heard(stage)
        await stage.send(person)
        stage.clock.move(hours=26)
        person.heard_at = stage.clock.now
        await asyncio.gather(*(stage.send(person) for _ in range(20)))
        assert stage.fake.calls.count(OAUTH) == 2
        assert len(person.messages) == 21


async def test_a_token_zalo_refuses_before_its_time_is_renewed_once_and_the_messages_arrive(database: Database) -> None:
    async with staged(database) as stage:
        person = heard(stage)
        await stage.send(person)
        stage.fake.access = "of somebody else"
        await asyncio.gather(*(stage.send(person) for _ in range(20)))
        assert stage.fake.calls.count(OAUTH) == 2
        assert len(person.messages) == 21


async def test_whoever_comes_late_with_the_old_token_gets_the_new_one(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        await held.access()
        assert await held.renewed("access-1") == "access-2"
        assert await held.renewed("access-1") == "access-2"
        assert stage.fake.calls == [OAUTH] * 2


async def test_a_message_is_not_tried_for_ever_with_tokens_that_are_refused(database: Database) -> None:
    async with staged(database) as stage:
        person = heard(stage)
        await stage.send(person)
        refusals = [Mishap(body={"error": -216, "message": "Access token is invalid"})] * 2
        stage.fake.mishaps.extend(refusals)
        with pytest.raises(SendFailed, match="zalo -216"):
            await stage.send(person)
        assert [path for path in stage.fake.calls if path != OAUTH] == ["/v3.0/oa/message/cs"] * 3
        assert stage.fake.renewals == 2


@pytest.mark.parametrize(
    "mishap", [Mishap(502, HTML), Mishap(200, HTML), Mishap(200, []), Mishap(cut=True), Mishap(wait=1.5)]
)
async def test_while_zalo_cannot_be_reached_the_token_that_is_still_valid_serves(
    database: Database, mishap: Mishap
) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        await held.access()
        stage.clock.move(hours=21)
        failed_at = stage.clock.now
        stage.fake.token_mishaps.append(mishap)
        with structlog.testing.capture_logs() as logs:
            assert await held.access() == "access-1"
        assert [line["log_level"] for line in logs] == ["error"]
        assert (pair := await stage.pair())
        assert pair.failed_at == failed_at
        if not mishap.wait:  # that one has been carried out, late
            stage.clock.move(minutes=1)
            assert await held.access() == "access-2"
            assert (pair := await stage.pair())
            assert pair.failed_at is None


async def test_when_no_refresh_token_is_taken_it_is_said_loudly_and_everybody_waits(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        await held.access()
        stage.fake.refresh = "of a new consent"
        stage.clock.move(hours=26)
        failed_at = stage.clock.now
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(SendFailed) as raised:
                    await held.access()
        assert (raised.value.failure, raised.value.retry_in) == ("slow_down", 60)
        assert [(line["event"], line["log_level"]) for line in logs] == [
            ("Zalo takes no refresh token: an OA admin must consent again", "error")
        ]
        stage.clock.move(minutes=6)
        with pytest.raises(SendFailed):
            await held.access()
        assert (pair := await stage.pair())
        assert pair.failed_at == failed_at  # since when, not the last time
        assert not any("refresh-" in str(line) or "access-" in str(line) for line in logs)


async def test_a_new_consent_in_the_settings_mends_a_lost_pair(database: Database) -> None:
    async with staged(database) as stage:
        await database.write(tokens.replace, "zalo_oa", OA_ID, replace(OLD, previous_refresh=""), "")
        stage.clock.move(hours=26)
        person = heard(stage)
        await stage.send(person, HI)
        assert (pair := await stage.pair())
        assert (pair.access, pair.previous_refresh) == ("access-1", "refresh-old")
        assert person.texts == ["Xin chào"]


async def test_the_refresh_token_before_is_tried_when_the_newest_is_refused(database: Database) -> None:
    async with staged(database, zalo_oa_refresh_token="") as stage, tokens_of(stage) as held:
        kept = replace(OLD, refresh="refresh-lost")
        await database.write(tokens.replace, "zalo_oa", OA_ID, replace(OLD, refresh="refresh-0"), "")
        await database.write(tokens.replace, "zalo_oa", OA_ID, kept, "refresh-0")
        stage.clock.move(hours=26)
        assert await held.access() == "access-1"


async def test_a_life_told_in_any_way_is_understood(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        for number, life in enumerate(["90000", 90000, "", None, "a day", "9" * 30]):
            answer = {"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": life}
            stage.fake.token_mishaps.append(Mishap(body=answer))
            assert await held.access() == f"a{number}"
            assert (pair := await stage.pair())
            told = 90000 if str(life) == "90000" else 3600
            assert (pair.expires_at - stage.clock.now).total_seconds() == told
            stage.clock.move(hours=26)


async def test_what_goes_to_zalo_is_a_form_with_the_secret_in_its_header(database: Database) -> None:
    wrong: dict[str, Any] = {"zalo_oa_app_secret": "another"}
    async with staged(database, **wrong) as stage, tokens_of(stage) as held:
        with pytest.raises(SendFailed):
            await held.access()
        assert stage.fake.renewals == 0


async def test_a_wrong_proof_of_the_secret_makes_everybody_wait(database: Database) -> None:
    await database.write(tokens.replace, "zalo_oa", OA_ID, OLD, "")
    wrong: dict[str, Any] = {"zalo_oa_app_secret": "another"}
    async with staged(database, **wrong) as stage:
        stage.fake.access, stage.fake.access_until = OLD.access, OLD.expires_at
        with pytest.raises(SendFailed, match="zalo -242") as raised:
            await stage.send(heard(stage))
        assert raised.value.retry_in == 3600
