"""Seals: what a month said stays said; what was changed behind the program's back is found, and the month is named."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, update

from bot.sealing import seal_again, seal_due, seal_now, verify
from bot.settings import Settings
from handlers.core import Core
from office.period import months_over, period_of
from office.report import Report, read_report
from office.report_files import as_csv
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from storage.seals import all_seals
from storage.tables import residents, sealed_figures, seals
from tests.clerks import Office
from tests.dialogue import NOON
from tests.examined import found
from tests.test_figures import filled
from tests.visits import settings_of

SETTINGS = settings_of(report_cutoff_day=14)
TOPICS = ("first_steps", "second_steps")
LATER = NOON + dt.timedelta(days=60)


async def report_of(core: Core, code: str) -> Report:
    period = period_of(code, 14)
    assert period is not None
    house = core.house
    skills = {lesson.topic: lesson.title for lesson in house.library if lesson.core}
    return await house.database.report(read_report, house.ward, "khu phố", skills, 80, period, LATER)


def upset(connection: Connection, ward: Ward) -> None:
    """Let everybody take their consent back, and the office rename and count anew."""
    connection.execute(update(residents).values(counted=False))
    rows = [NeighbourhoodRow(f"kp{one}", f"Tổ {one}", 999, "Văn bản mới", None) for one in range(1, 10)]
    save(connection, ward.id, rows)


def test_the_months_that_are_over() -> None:
    told = [month.code for month in months_over(dt.date(2026, 11, 21), 14, None)]
    assert told == ["2026-09", "2026-10", "2026-11"]
    told = [month.code for month in months_over(dt.date(2027, 1, 15), 14, dt.date(2026, 11, 15))]
    assert told == ["2026-12", "2027-01"]
    assert months_over(dt.date(2027, 1, 14), 14, dt.date(2026, 12, 15)) == []


async def test_a_sealed_month_says_what_it_said_whatever_happens_later(
    core: Core, database: Database, ward: Ward
) -> None:
    await filled(database, ward)
    live = await report_of(core, "2026-11")
    made = (await seal_due(database, ward, TOPICS, SETTINGS, NOON))[-1]
    assert made.period == "2026-11"
    before = await report_of(core, "2026-11")
    assert before.lines == live.lines
    assert before.skills == live.skills
    assert before.whole.row.covered > 0
    await database.write(upset, ward)
    after = await report_of(core, "2026-11")
    assert after.lines[:9] == before.lines[:9]
    assert after.skills == before.skills
    assert [line.name for line in after.places] == [f"Khu phố {one}" for one in range(1, 10)]
    assert (await report_of(core, "2026-12")).whole.row.covered == 0
    page = await (await Office(core).logged_in("view")).client.get("/van-phong/bao-cao?ky=2026-11")
    assert f"dấu chốt {made.seal[:12]}" in page.text
    assert as_csv(after).splitlines()[1].startswith("kp1;Khu phố 1;10;")


async def test_every_month_is_sealed_once_and_those_missed_are_caught_up(database: Database, ward: Ward) -> None:
    assert [seal.period for seal in await seal_due(database, ward, TOPICS, SETTINGS, NOON)][-1:] == ["2026-11"]
    assert await seal_due(database, ward, TOPICS, SETTINGS, NOON) == []
    caught = await seal_due(database, ward, TOPICS, SETTINGS, LATER)
    assert [seal.period for seal in caught] == ["2026-12", "2027-01"]
    known = await database.read(all_seals, ward.id)
    assert [seal.number for seal in known] == [1, 2, 3, 4, 5]
    assert len({seal.seal for seal in known}) == 5


def clock_at(moment: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: moment


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_of(database_url=database_url)


async def test_the_command_seals_checks_and_names_the_first_month_that_was_changed(
    settings: Settings, database: Database, ward: Ward
) -> None:
    for at in (NOON, LATER):
        told, code = await seal_now(settings, clock_at(at))
        assert (code, "Đã chốt số của kỳ 20" in told) == (0, True)
    assert (await verify(settings))[1] == 0
    assert await seal_again(settings, "2026-12", "", clock_at(LATER)) == (
        'Chưa chốt lại. Hãy ghi rõ vì sao, ví dụ --note "Sửa theo công văn 12/UBND".',
        2,
    )
    for wrong in ("2026-q4", "2027-06", "x", ""):
        assert (await seal_again(settings, wrong, "vì", clock_at(LATER)))[1] == 2
    told, code = await seal_again(settings, "2026-12", "Sửa theo công văn 12", clock_at(LATER))
    assert (code, "chốt lại vì: Sửa theo công văn 12" in told) == (0, True)
    known = await database.read(all_seals, ward.id)
    assert [seal.period for seal in known][2:] == ["2026-11", "2026-12", "2027-01", "2026-12"]
    assert (await verify(settings))[0] == "Số đã chốt còn nguyên: 6 lần chốt, từ kỳ 2026-09 đến kỳ 2026-12."

    assert [*(await found(settings, "seals"))[0]] == ["seals.good"]

    def spoil(connection: Connection) -> None:
        one = sealed_figures.c
        changed = update(sealed_figures).where(one.seal_id == known[3].id, one.skill == "*", one.code == "kp3")
        assert connection.execute(changed.values(covered=9)).rowcount == 1

    await database.write(spoil)
    told, code = await verify(settings)
    assert (code, told.startswith("Số của kỳ 2026-12 không còn như lúc chốt")) == (1, True)
    findings, code = await found(settings, "seals")
    assert (code, [*findings], "2026-12" in findings["seals.broken"]["todo"]) == (2, ["seals.broken"], True)

    def remove(connection: Connection) -> None:
        for table, column in ((sealed_figures, sealed_figures.c.seal_id), (seals, seals.c.id)):
            connection.execute(delete(table).where(column == known[0].id))

    await database.write(remove)
    told, code = await verify(settings)
    assert (code, told.startswith("Số của kỳ 2026-10")) == (1, True)
