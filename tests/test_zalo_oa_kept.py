"""What a Zalo OA was found to take is kept: a restart asks for nothing it knew, and spends nothing that is spent."""

import pytest

from bot.channels.base import SendFailed
from storage import conversations, tokens
from storage.database import Database
from storage.tokens import Package
from tests.dialogue import NOON
from tests.fakes.zalo_oa_people import Person
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.zalo_stage import Stage, heard, staged

V3, V2 = "/v3.0/oa/message/cs", "/v2.0/oa/message"


async def paying(stage: Stage) -> Person:
    """Return a person to whom messages are not free any more."""
    person = heard(stage)
    await stage.database.write(conversations.begin, "zalo_oa", OA_ID, person.id, NOON)
    stage.clock.move(hours=49)
    return person


async def test_the_api_that_takes_messages_is_not_looked_for_again_after_a_restart(database: Database) -> None:
    async with staged(database, {"oa_type": 4}) as stage:
        await stage.send(heard(stage))
        assert stage.fake.calls[1:] == [V3, V2]
        stage.restart()
        await stage.send(heard(stage))
        assert stage.fake.calls[3:] == [V2]
        stage.fake.oa_type = 2  # Zalo has made it another type meanwhile
        stage.restart()
        await stage.send(heard(stage))
        stage.restart()
        await stage.send(heard(stage))
        assert stage.fake.calls[4:] == [V2, V3, V3]


async def test_a_setting_is_stronger_than_what_was_kept(database: Database) -> None:
    async with staged(database, {"oa_type": 4}) as stage:
        await stage.send(heard(stage))
        stage.restart(zalo_oa_send_api="v3")
        with pytest.raises(SendFailed, match="-235"):
            await stage.send(heard(stage))
        assert stage.fake.calls[3:] == [V3]


async def test_what_the_package_pays_for_is_kept_as_zalo_tells_it(database: Database) -> None:
    async with staged(database, {"cap": 2}) as stage:
        person = heard(stage)
        person.free = 2
        await stage.send(person)
        assert await database.read(tokens.learnt, "zalo_oa", OA_ID) == ("v3", None)  # it was free
        for _ in range(2):
            await stage.send(person)
        assert await database.read(tokens.learnt, "zalo_oa", OA_ID) == ("v3", Package(499, 500, NOON))
        assert (await stage.platform.api.quota_of(person.id))["cs_reply"] == {"remain": 0, "total": 2}
        assert (await stage.platform.api.about())["oa_type"] == 2


async def test_a_package_that_is_spent_is_not_asked_again_for_a_day_and_what_is_free_goes_on(
    database: Database,
) -> None:
    async with staged(database, zalo_oa_paid_sends=True) as stage:
        person = await paying(stage)
        person.refusal = -211
        with pytest.raises(SendFailed, match="quota"):
            await stage.send(person)
        person.refusal, calls = 0, len(stage.fake.calls)
        stage.restart()
        with pytest.raises(SendFailed, match="quota"):
            await stage.send(person)
        assert len(stage.fake.calls) == calls
        other = stage.fake.person("7300000000000000009")
        other.heard_at = stage.clock.now
        await stage.send(other)
        stage.clock.move(hours=24)
        await stage.send(person)
        assert (len(other.texts), len(person.texts)) == (1, 1)
