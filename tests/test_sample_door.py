"""The sample ward's door: its link leads into the office for a day; a real ward has no such door."""

import datetime as dt

from bot.app import now
from handlers.core import Core
from office.sample_door import open_door
from storage.database import Database
from storage.neighbourhoods import Ward
from tests.visits import client_of


async def test_the_link_that_is_printed_leads_into_the_office(core: Core, database: Database, ward: Ward) -> None:
    path = await open_door(database, ward, now())
    async with client_of(core, sample=True) as client:
        entered = await client.get(path)
        assert entered.headers["location"] == "/van-phong"
        home = await client.get("/van-phong")
        assert home.status_code == 200
        assert "Cán bộ mẫu" in home.text


async def test_an_older_link_ends_when_the_sample_ward_is_started_anew(
    core: Core, database: Database, ward: Ward
) -> None:
    older = await open_door(database, ward, now())
    await open_door(database, ward, now())
    over = await open_door(database, ward, now() - dt.timedelta(hours=13))
    async with client_of(core, sample=True) as client:
        for path in (older, over, "/van-phong/xem-thu/khong-co"):
            assert (await client.get(path)).headers["location"] == "/van-phong/dang-nhap"


async def test_a_real_ward_has_no_such_door(core: Core, database: Database, ward: Ward) -> None:
    path = await open_door(database, ward, now())
    async with client_of(core) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/van-phong")).headers["location"] == "/van-phong/dang-nhap"
