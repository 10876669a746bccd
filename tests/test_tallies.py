"""Tallies: whatever is written, in whatever order, they say what counting live says."""

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, update

from storage import learning, links, live, residents
from storage.conversations import begin, belong
from storage.coverage import coverage
from storage.database import Database
from storage.facts import AgeTold, Answered, Completed, Consented, Erased, Linked, LinkOffered, Placed, Reached
from storage.journey import journey
from storage.neighbourhoods import NeighbourhoodRow as Row
from storage.neighbourhoods import Ward, all_of, save, ward_of
from storage.tables import (
    ADULT_BANDS,
    AGE_BANDS,
    BASIC,
    COVERING_GRADES,
    GRADES,
    attainments,
    attempts,
    completions,
    positions,
    tallies,
)
from storage.tables import residents as people
from storage.tallies import Tally, agree, by_place, fold, recount
from tests.dialogue import NOON
from tests.test_figures import filled

TOPICS = ("a", "b", "c")
CORE = ("a", "b")

who = st.integers(0, 2)
topic = st.sampled_from(("a", "a", "b", "c"))
FACTS = st.one_of(
    st.tuples(st.just("join"), who, st.sampled_from(AGE_BANDS)),
    st.tuples(st.just("complete"), who, topic, st.sampled_from(GRADES)),
    st.tuples(st.just("complete"), who, topic, st.sampled_from(GRADES)),
    st.tuples(st.just("reach"), who, topic),
    st.tuples(st.just("answer"), who, topic),
    st.tuples(st.just("consent"), who, st.booleans()),
    st.tuples(st.just("age"), who, st.sampled_from(AGE_BANDS)),
    st.tuples(st.just("move"), who, st.sampled_from((None, 0, 1))),
    st.tuples(st.just("merge")),
    st.tuples(st.just("erase"), who),
    st.tuples(st.just("link"), who, who),
    st.tuples(st.just("verdict"), st.integers(0, 9), st.sampled_from((None, "verified", "rejected"))),
    st.tuples(st.just("forget"), who, topic),
    st.tuples(st.just("core"), st.sampled_from(((), ("a",), ("a", "c"), TOPICS))),
    st.tuples(st.just("fold")),
)


class World:
    """A ward of two neighbourhoods in which things happen, an hour or two days apart."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.ward = ward_of(connection, "p", "P").id
        save(connection, self.ward, [Row("k1", "K1", 10, "", None), Row("k2", "K2", 10, "", None)])
        self.places = [place.id for place in all_of(connection, self.ward)]
        self.people: dict[int, int] = {}
        self.now = NOON
        self.asked: tuple[str, ...] = CORE
        agree(connection, self.ward, CORE)

    def happen(self, kind: str, *about: Any) -> None:
        self.now += dt.timedelta(hours=17)
        if kind in ("merge", "core", "fold", "verdict"):
            getattr(self, kind)(*about)
            return
        first, *rest = about
        if kind == "join":
            self.join(first, *rest)
        elif first in self.people:
            getattr(self, kind)(self.people[first], *rest)

    def join(self, number: int, age: str) -> None:
        if number not in self.people:
            made = residents.create(self.connection, self.ward, self.now)
            self.people[number] = made
            self.consent(made, True)
            self.age(made, age)

    def consent(self, one: int, agreed: bool) -> None:
        residents.consent(self.connection, one, Consented("count", agreed, "1"), "web", self.now)

    def age(self, one: int, age: str) -> None:
        residents.tell_age(self.connection, one, AgeTold(age))

    def move(self, one: int, place: int | None) -> None:
        residents.place(self.connection, one, Placed(None if place is None else self.places[place]))

    def complete(self, one: int, topic: str, grade: str) -> None:
        channel = ("web", "zalo_oa")[self.now.hour % 2]
        learning.complete(self.connection, one, Completed(topic, 1, grade), channel, self.now)

    def reach(self, one: int, topic: str) -> None:
        learning.reach(self.connection, [(one, Reached(topic, 1, 1), self.now)])

    def answer(self, one: int, topic: str) -> None:
        learning.answer(self.connection, one, Answered(topic, 1, 1, 1, True), self.now)

    def verdict(self, number: int, verdict: str | None) -> None:
        found = self.connection.scalars(select(completions.c.id).order_by(completions.c.id)).all()
        which = found[number % len(found)] if found else 0
        with self.connection.begin_nested() as attempt:
            try:
                self.connection.execute(update(completions).where(completions.c.id == which).values(verdict=verdict))
            except Exception:  # another valid one is there already
                attempt.rollback()

    def forget(self, one: int, topic: str) -> None:
        for table in (positions, attempts):
            self.connection.execute(delete(table).where(table.c.resident_id == one, table.c.topic == topic))

    def erase(self, one: int) -> None:
        conversation = begin(self.connection, "web", "p", f"e{self.now}", self.now)
        belong(self.connection, conversation, one)
        residents.erase(self.connection, one, conversation, Erased(f"r{self.now}"), self.now)
        self.gone(one)

    def link(self, one: int, other: int) -> None:
        if self.people.get(other) in (None, one):
            return
        conversation = begin(self.connection, "web", "p", f"l{self.now}", self.now)
        belong(self.connection, conversation, one)
        links.offer(self.connection, self.people[other], LinkOffered("123456"), self.now)
        links.link(self.connection, one, conversation, Linked("123456"), self.now)
        self.gone(one)

    def gone(self, one: int) -> None:
        self.people = {number: known for number, known in self.people.items() if known != one}

    def merge(self) -> None:
        here = people.c.neighbourhood_id == self.places[0]
        self.connection.execute(update(people).where(here).values(neighbourhood_id=self.places[1]))

    def core(self, topics: tuple[str, ...]) -> None:
        self.asked = topics
        agree(self.connection, self.ward, topics)

    def fold(self) -> None:
        fold(self.connection)


def by_hand(world: World, topics: tuple[str, ...], until: dt.date) -> dict[tuple[Any, ...], int]:
    """Count in the plainest way: by stage and neighbourhood, and the covered by age and by channel."""
    connection, found = world.connection, Counter[tuple[Any, ...]]()
    ledger = connection.execute(select(completions).order_by(completions.c.at, completions.c.id)).all()
    begun = {
        (row.resident_id, row.topic)
        for table in (positions, attempts, completions)
        for row in connection.execute(select(table.c.resident_id, table.c.topic))
    }
    for one in connection.execute(select(people)).all():
        if not one.counted or one.age_band not in ADULT_BANDS:
            continue
        own = [row for row in ledger if row.resident_id == one.id and row.topic in topics]
        valid = [row for row in own if row.verdict != "rejected" and day_of(row.at) < until]
        place = one.neighbourhood_id
        found["joined", place] += day_of(one.created_at) < until
        found["started", place] += any((one.id, topic) in begun for topic in topics)
        for stage, grades in (("learned", GRADES), ("covered", COVERING_GRADES), ("observed", ("observed",))):
            first: dict[str, Any] = {}
            for row in valid:
                if row.grade in grades:
                    first.setdefault(row.topic, row)
            if topics and set(first) == set(topics):
                found[stage, place] += 1
                if stage == "covered":
                    found["age", one.age_band] += 1
                    found["channel", max(first.values(), key=lambda row: row.at).channel] += 1
    return {key: count for key, count in found.items() if count}


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(dt.timezone(dt.timedelta(hours=7))).date()


def tallied(world: World, skill: str, until: dt.date | None) -> dict[tuple[Any, ...], int]:
    """Return what the tallies say of the same."""
    places = by_place(world.connection, world.ward, [skill], until)[skill]
    found: dict[tuple[Any, ...], int] = {}
    for place, tally in places.items():
        found |= {(stage, place): getattr(tally, stage) for stage in Tally._fields}
    if until is None:
        for code, place in zip(("k1", "k2", ""), (*world.places, None), strict=True):
            own = journey(world.connection, world.ward, skill, NOON.date(), code)
            found |= {("started", place): own.started, ("observed", place): own.observed}
        way = journey(world.connection, world.ward, skill, NOON.date())
        found |= {("age", age): count for age, count in way.ages.items()}
        found |= {("channel", channel): count for channel, count in way.channels.items()}
    return {key: count for key, count in found.items() if count}


def check(world: World) -> None:
    """Hold the tallies against counting by hand and against counting live."""
    for skill, topics in {**{topic: (topic,) for topic in TOPICS}, BASIC: world.asked}.items():
        assert tallied(world, skill, None) == by_hand(world, topics, dt.date.max)
        for days in (1, 3):
            day = NOON.date() + dt.timedelta(days=days)
            expected = by_hand(world, topics, day)
            dated = {key: count for key, count in expected.items() if key[0] in ("joined", "learned", "covered")}
            assert tallied(world, skill, day) == dated
        for until in (None, NOON.date() + dt.timedelta(days=2)):
            moment = dt.datetime.combine(until, dt.time(), live.HERE).astimezone(dt.UTC) if until else None
            counted = live.counted(world.connection, world.ward, topics, moment)
            places = by_place(world.connection, world.ward, [skill], until)[skill]
            for place in {*counted, *places}:
                assert counted.get(place, Tally()) == places.get(place, Tally())


async def test_after_any_facts_the_tallies_say_what_counting_says(database: Database) -> None:
    """One database for all examples, each in a transaction that is rolled back."""

    class Done(Exception):
        pass

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @example(facts=[("complete", 0, "a", "passed"), ("complete", 0, "a", "observed"), ("verdict", 0, "rejected")])
    @example(facts=[("complete", 0, "a", "observed"), ("complete", 0, "b", "passed"), ("complete", 0, "a", "passed")])
    @example(facts=[("complete", 0, "a", "passed"), ("complete", 0, "a", "observed")])
    @example(facts=[("reach", 0, "a"), ("answer", 0, "b"), ("forget", 0, "a"), ("forget", 0, "b")])
    @example(facts=[("complete", 0, "a", "passed"), ("link", 0, 1), ("move", 1, 0), ("merge",), ("core", ("a",))])
    @given(facts=st.lists(FACTS, min_size=8, max_size=30))
    def holds(connection: Connection, facts: list[tuple[Any, ...]]) -> None:
        with connection.begin_nested() as attempt:
            world = World(connection)
            for number in range(3):
                world.happen("join", number, "adult")
            for fact in facts:
                world.happen(*fact)
            check(world)
            attempt.rollback()

    await database.write(holds)


async def test_a_recount_repairs_and_says_how_much_was_wrong(database: Database, ward: Ward) -> None:
    def spoilt(connection: Connection) -> int:
        one = residents.create(connection, ward.id, NOON)
        residents.consent(connection, one, Consented("count", True, "1"), "web", NOON)
        residents.tell_age(connection, one, AgeTold("adult"))
        learning.complete(connection, one, Completed("first_steps", 1, "passed"), "web", NOON)
        connection.execute(delete(tallies).where(tallies.c.skill == "first_steps"))
        connection.execute(update(attainments).values(covered_at=None))
        return recount(connection)

    assert await database.write(spoilt) > 0
    assert await database.write(recount) == 0
    rows = await database.read(coverage, ward.id, ("first_steps",), 80)
    assert rows[-1].covered == 1


async def test_folding_changes_no_figure_and_leaves_fewer_rows(database: Database, ward: Ward) -> None:
    await filled(database, ward)
    skills = ("first_steps", "second_steps", BASIC)
    before = await database.read(by_place, ward.id, skills)
    assert await database.write(fold) > 0
    assert await database.write(fold) == 0
    assert await database.read(by_place, ward.id, skills) == before


async def test_two_writers_at_once_lose_nothing(database: Database, ward: Ward) -> None:
    def settle(connection: Connection, number: int) -> None:
        one = residents.create(connection, ward.id, NOON)
        residents.consent(connection, one, Consented("count", True, "1"), "web", NOON)
        residents.tell_age(connection, one, AgeTold("adult"))
        learning.complete(connection, one, Completed("first_steps", 1, "passed"), "web", NOON)
        if number % 10 == 0:
            fold(connection)

    await asyncio.gather(*(database.write(settle, number) for number in range(60)))
    rows = await database.read(coverage, ward.id, ("first_steps",), 80)
    assert rows[-1].covered == 60
    assert await database.write(recount) == 0
