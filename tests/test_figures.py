"""The office's figures: all parts of a page count the same people."""

import datetime as dt
import random
import re

import pytest
from sqlalchemy import Connection

from handlers.core import Core
from handlers.speech import VIET_NAM
from office.figures import Figures, figures
from office.trend import since
from storage import learning, residents
from storage.coverage import CoverageRow, coverage
from storage.database import Database
from storage.facts import AgeTold, Completed, Consented, Placed, Reached
from storage.neighbourhoods import Ward, all_of
from storage.tables import AGE_BANDS, GRADES
from storage.tallies import agree
from tests.clerks import Office
from tests.dialogue import NOON

TOPICS = ("first_steps", "second_steps")


async def filled(database: Database, ward: Ward, people: int = 80) -> None:
    """Let residents of all kinds have all kinds of completions, over ten weeks."""
    chance = random.Random(57)  # noqa: S311, a test's dice
    places = [None, *(place.id for place in await database.read(all_of, ward.id))]

    def fill(connection: Connection) -> None:
        for _ in range(people):
            begun = NOON - dt.timedelta(days=chance.uniform(1, 70))
            who = residents.create(connection, ward.id, begun)
            residents.consent(connection, who, Consented("count", chance.random() < 0.9, "1"), "web", begun)
            residents.tell_age(connection, who, AgeTold(chance.choice(AGE_BANDS)))
            residents.place(connection, who, Placed(chance.choice(places)))
            for topic in TOPICS:
                if chance.random() < 0.8:
                    learning.reach(connection, [(who, Reached(topic, 1, 2), begun)])
                for grade in GRADES:
                    if chance.random() < 0.5:
                        at = begun + (NOON - begun) * chance.random()
                        channel = chance.choice(("web", "zalo_oa"))
                        learning.complete(connection, who, Completed(topic, 1, grade), channel, at)

    await database.write(agree, ward.id, TOPICS)
    await database.write(fill)


async def found_in(database: Database, ward: Ward, topics: tuple[str, ...], code: str | None = None) -> Figures:
    found = await database.report(figures, ward.id, topics, 80, since(NOON.date()), code)
    assert found is not None
    return found


@pytest.mark.parametrize("topics", [TOPICS, TOPICS[:1]])
async def test_every_part_counts_the_same_people(database: Database, ward: Ward, topics: tuple[str, ...]) -> None:
    await filled(database, ward)
    whole = await found_in(database, ward, topics)
    assert whole.total.covered > 5
    parts = [await found_in(database, ward, topics, row.code) for row in whole.rows]
    for found in (whole, *parts):
        assert found.journey.covered == sum(found.journey.days.values()) == found.total.covered
        for what in ("age_band", "channel"):
            assert sum(people for _, people in found.counted(what)) == found.total.covered
        stages = [people for _, people in found.funnel]
        assert stages == sorted(stages, reverse=True)
    for at in range(5):
        assert sum(part.funnel[at][1] for part in parts) == whole.funnel[at][1]


def lived(connection: Connection, ward_id: int, moment: dt.datetime) -> list[CoverageRow]:
    """Return the same rows as a moment within the day gives them: counted live."""
    return coverage(connection, ward_id, TOPICS, 80, moment + dt.timedelta(microseconds=1))


async def test_coverage_until_a_day_counts_who_was_there_before(database: Database, ward: Ward) -> None:
    await filled(database, ward)
    whole = await found_in(database, ward, TOPICS)
    for days in (0, 10, 30, 69):
        day = NOON.date() - dt.timedelta(days=days)
        moment = dt.datetime.combine(day, dt.time(), VIET_NAM).astimezone(dt.UTC)
        rows = await database.report(coverage, ward.id, TOPICS, 80, moment)
        assert rows == await database.report(lived, ward.id, moment)
        came = sum(people for arrived, people in whole.journey.days.items() if arrived < day)
        assert sum(row.covered for row in rows) == came
        for row in rows:
            found = await found_in(database, ward, TOPICS, row.code)
            assert row.covered == sum(new for arrived, new in found.journey.days.items() if arrived < day)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2].replace("\u00a0", " ")).split())


async def test_the_pages_show_these_figures(core: Core, database: Database, ward: Ward) -> None:
    await filled(database, ward)
    clerk = await Office(core).logged_in("view")
    topics = core.house.library.core_topics
    whole = await found_in(database, ward, topics)
    told = text_of((await clerk.client.get("/van-phong")).text)
    assert f"Đã đạt đủ các bài cơ bản: {whole.total.covered}/90 người trưởng thành" in told
    assert f"Tổng {whole.total.share:.1%}".replace(".", ",").replace("%", " %") in told
    assert f"Có người thấy tự làm được {whole.journey.observed} người" in told
    row = whole.rows[4]
    told = text_of((await clerk.client.get("/van-phong/noi/kp5")).text)
    assert f"Đã đạt đủ các bài cơ bản: {row.covered}/10 người trưởng thành" in told
    assert text_of((await clerk.client.get("/van-phong/noi/-")).text).startswith('id="main"> ← Cả Phường Thử Chưa rõ')
    for path in ("/van-phong/noi/kp99", "/van-phong/noi/%00", "/van-phong/noi/a%2Fb"):
        assert (await clerk.client.get(path)).status_code == 404
    assert (await clerk.client.get("/van-phong?bai=%00")).status_code == 200


async def test_lessons_that_nobody_has_passed_do_not_push_down_what_is_below(core: Core) -> None:
    clerk = await Office(core).logged_in("view")
    shown = (await clerk.client.get("/van-phong/noi/kp5")).text
    rest = [lesson for lesson in core.house.library if not lesson.core]
    assert rest
    table, _, folded = shown.partition("<details>")
    assert f"<summary>{len(rest)} bài khác chưa có ai đạt</summary>" in folded
    for lesson in core.house.library:
        assert (f"bai={lesson.topic}" in table) == lesson.core
        assert (f"bai={lesson.topic}" in folded) != lesson.core
