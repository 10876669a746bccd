"""Coverage: who counts, and where."""

import random
from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import Connection

from handlers.core import Core
from storage import learning, residents
from storage.coverage import CoverageRow, coverage
from storage.database import Database
from storage.facts import AgeTold, Completed, Consented, Placed
from storage.neighbourhoods import NeighbourhoodRow, Ward, all_of, save, ward_of
from storage.tables import ADULT_BANDS, AGE_BANDS, COVERING_GRADES, GRADES
from tests.dialogue import NOON, Resident

BOTH = ("first_steps", "second_steps")
PASS_FIRST = ("/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3")


def settle(
    connection: Connection,
    ward_id: int,
    place: int | None,
    grades: Mapping[str, Sequence[str]],
    age: str = "adult",
    agreed: bool = True,
) -> int:
    """Add a resident with these grades by topic."""
    who = residents.create(connection, ward_id, NOON)
    residents.consent(connection, who, Consented("count", agreed, "1"), "web", NOON)
    residents.tell_age(connection, who, AgeTold(age))
    residents.place(connection, who, Placed(place))
    for topic, found in grades.items():
        for grade in found:
            learning.complete(connection, who, Completed(topic, 1, grade), "web", NOON)
    return who


async def rows_of(database: Database, ward: Ward, *topics: str, target: int = 80) -> dict[str, CoverageRow]:
    """Return the coverage by neighbourhood code."""
    return {row.code: row for row in await database.read(coverage, ward.id, topics, target)}


async def place_of(database: Database, ward: Ward, code: str) -> int:
    return next(place.id for place in await database.read(all_of, ward.id) if place.code == code)


def figures(row: CoverageRow) -> tuple[int, int, int]:
    return row.joined, row.learned, row.covered


async def test_who_learns_and_passes_in_the_chat_is_one_more_in_their_neighbourhood(
    core: Core, database: Database, ward: Ward
) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    assert figures((await rows_of(database, ward, "first_steps"))["kp5"]) == (1, 0, 0)
    await resident.say("/lesson first_steps 3")
    assert figures((await rows_of(database, ward, "first_steps"))["kp5"]) == (1, 1, 0)
    for said in PASS_FIRST:
        await resident.say(said)
    found = await rows_of(database, ward, "first_steps")
    assert figures(found["kp5"]) == (1, 1, 1)
    assert found["kp5"].missing == 7
    assert all(figures(row) == (0, 0, 0) for code, row in found.items() if code != "kp5")


async def test_a_resident_who_moves_is_counted_where_they_live_now(core: Core, database: Database, ward: Ward) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    for said in ("/lesson first_steps 3", *PASS_FIRST, "/place kp7"):
        await resident.say(said)
    found = await rows_of(database, ward, "first_steps")
    assert (figures(found["kp5"]), figures(found["kp7"])) == ((0, 0, 0), (1, 1, 1))


async def test_who_does_not_know_the_neighbourhood_is_counted_in_the_row_without_code(
    core: Core, database: Database, ward: Ward
) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    for said in (*PASS_FIRST, "/place -"):
        await resident.say(said)
    found = await rows_of(database, ward, "first_steps")
    assert figures(found[""]) == (1, 1, 1)
    assert (found[""].adults, found[""].share, found[""].missing) == (None, None, None)


async def test_who_takes_the_consent_back_or_erases_everything_is_counted_no_more(
    core: Core, database: Database, ward: Ward
) -> None:
    for address, ending in (("ba-tu", "/uncounted"), ("ong-ba", "/erase yes")):
        resident = Resident(core, address)
        await resident.join("kp5")
        for said in PASS_FIRST:
            await resident.say(said)
        assert figures((await rows_of(database, ward, "first_steps"))["kp5"]) == (1, 1, 1)
        await resident.say(ending)
        assert figures((await rows_of(database, ward, "first_steps"))["kp5"]) == (0, 0, 0)


@pytest.mark.parametrize("age", AGE_BANDS)
async def test_a_child_is_never_among_the_adults(age: str, database: Database, ward: Ward) -> None:
    place = await place_of(database, ward, "kp1")
    await database.write(settle, ward.id, place, {"first_steps": GRADES}, age)
    expected = (0, 0, 0) if age == "child" else (1, 1, 1)
    assert figures((await rows_of(database, ward, "first_steps"))["kp1"]) == expected


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ([], (1, 0, 0)),
        (["learned"], (1, 1, 0)),
        (["passed"], (1, 1, 1)),
        (["observed"], (1, 1, 1)),
        (["learned", "passed", "observed"], (1, 1, 1)),
    ],
)
async def test_a_resident_with_several_grades_counts_once(
    grades: list[str], expected: tuple[int, int, int], database: Database, ward: Ward
) -> None:
    place = await place_of(database, ward, "kp1")
    await database.write(settle, ward.id, place, {"first_steps": grades})
    assert figures((await rows_of(database, ward, "first_steps"))["kp1"]) == expected


async def test_basic_coverage_needs_every_core_topic(database: Database, ward: Ward) -> None:
    place = await place_of(database, ward, "kp1")
    await database.write(settle, ward.id, place, {"first_steps": ["passed", "observed"], "qr_pay": ["passed"]})
    await database.write(settle, ward.id, place, {"first_steps": ["passed"], "second_steps": ["learned"]})
    await database.write(settle, ward.id, place, {"first_steps": ["passed"], "second_steps": ["observed"]})
    assert figures((await rows_of(database, ward, *BOTH))["kp1"]) == (3, 2, 1)
    assert figures((await rows_of(database, ward, *BOTH, *BOTH))["kp1"]) == (3, 2, 1)


async def test_without_topics_nobody_is_covered(database: Database, ward: Ward) -> None:
    await database.write(settle, ward.id, None, {"first_steps": ["passed"]})
    assert figures((await rows_of(database, ward))[""]) == (1, 0, 0)


async def test_the_rows_stand_in_the_order_of_the_office_and_the_one_without_neighbourhood_last(
    database: Database, ward: Ward
) -> None:
    backwards = [NeighbourhoodRow(f"kp{number}", f"Khu phố {number}", 10, "", None) for number in range(9, 0, -1)]
    await database.write(save, ward.id, backwards)
    assert list(await rows_of(database, ward, "first_steps")) == [row.code for row in backwards] + [""]


async def test_residents_of_another_ward_are_not_counted(database: Database, ward: Ward) -> None:
    other = await database.write(ward_of, "xa-khac", "Xã Khác")
    await database.write(settle, other.id, None, {"first_steps": ["passed"]})
    assert all(figures(row) == (0, 0, 0) for row in (await rows_of(database, ward, "first_steps")).values())


async def test_the_query_counts_as_one_would_by_hand(database: Database, ward: Ward) -> None:
    chance = random.Random(20261121)  # noqa: S311, a test's dice
    places = [None, *(place.id for place in await database.read(all_of, ward.id))]
    people = [
        (
            chance.choice(places),
            chance.choice(AGE_BANDS),
            chance.random() < 0.8,
            {topic: [grade for grade in GRADES if chance.random() < 0.5] for topic in (*BOTH, "qr_pay")},
        )
        for _ in range(120)
    ]

    def fill(connection: Connection) -> None:
        for place, age, agreed, grades in people:
            settle(connection, ward.id, place, grades, age, agreed)

    await database.write(fill)
    for topics in (BOTH, ("qr_pay",)):
        adults = [person for person in people if person[2] and person[1] in ADULT_BANDS]
        by_hand = [
            (
                sum(person[0] == place for person in adults),
                sum(person[0] == place and all(person[3][topic] for topic in topics) for person in adults),
                sum(
                    person[0] == place and all(set(person[3][topic]) & set(COVERING_GRADES) for topic in topics)
                    for person in adults
                ),
            )
            for place in [*places[1:], None]
        ]
        assert [figures(found) for found in await database.read(coverage, ward.id, topics, 80)] == by_hand
