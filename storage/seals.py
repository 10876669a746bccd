"""Seals: a month's figures as they stood when it was over, in a chain of hashes that shows what was changed later."""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage import counters
from storage.coverage import CoverageRow, coverage_by_skill, row_of
from storage.live import HERE
from storage.neighbourhoods import NeighbourhoodRow
from storage.tables import BASIC, COUNTERS, sealed_figures, seals, wards
from storage.tallies import Tally, core_of

_FIGURES = [column for column in sealed_figures.c if column.name != "seal_id"]


@dataclass(frozen=True, slots=True)
class Seal:
    """A month that was sealed."""

    id: int
    number: int
    period: str
    until: dt.date  # the day after its last
    target: int
    core: frozenset[str]
    note: str
    seal: str
    at: dt.datetime


def seal(
    connection: Connection,
    ward_id: int,
    month: tuple[str, dt.date],
    topics: Sequence[str],
    target: int,
    now: dt.datetime,
    note: str = "",
) -> Seal | None:
    """Seal a month, its code and the day after its last; None: it is sealed already, and there is no note why anew."""
    connection.execute(select(wards.c.id).where(wards.c.id == ward_id).with_for_update())  # one after the other
    period, until = month
    if not note and sealed(connection, ward_id, until):
        return None
    last = _last(connection, ward_id)
    core = sorted(core_of(connection, ward_id))
    moment = dt.datetime.combine(until, dt.time(), HERE).astimezone(dt.UTC)
    names = [BASIC, *topics]
    skills = [core, *([topic] for topic in topics)]
    rows = [
        _values(skill, position, row)
        for skill, found in zip(names, coverage_by_skill(connection, ward_id, skills, target, moment), strict=True)
        for position, row in enumerate(found)
    ]
    counted = counters.latest(connection, ward_id, until)
    rows += [
        _values(kind, position, NeighbourhoodRow(code, "", None, counter.source, counter.date), counter.people)
        for position, ((kind, code), counter) in enumerate(counted.items())
    ]
    head = {
        "number": last.number + 1 if last else 1,
        "period": period,
        "until": until,
        "target": target,
        "core": " ".join(core),
        "note": note,
        "at": now,
    }
    made = _hash(last.seal if last else "", head, rows)
    statement = insert(seals).values(ward_id=ward_id, seal=made, **head).returning(seals.c.id)
    identity = connection.execute(statement).scalar_one()
    connection.execute(insert(sealed_figures), [{"seal_id": identity, **row} for row in rows])
    return sealed(connection, ward_id, until)


def sealed(connection: Connection, ward_id: int, until: dt.date) -> Seal | None:
    """Return the seal that holds for a month, the last one of it."""
    statement = select(seals).where(seals.c.ward_id == ward_id, seals.c.until == until).order_by(seals.c.number.desc())
    row = connection.execute(statement.limit(1)).first()
    return _seal(row) if row else None


def all_seals(connection: Connection, ward_id: int) -> list[Seal]:
    """Return every seal, in the order of the chain."""
    statement = select(seals).where(seals.c.ward_id == ward_id).order_by(seals.c.number)
    return [_seal(row) for row in connection.execute(statement)]


def broken(connection: Connection, ward_id: int) -> Seal | None:
    """Return the first seal that does not fit what it seals, or the one before it; None: all of them fit."""
    before = ""
    for number, found in enumerate(all_seals(connection, ward_id), 1):
        statement = select(*_FIGURES).where(sealed_figures.c.seal_id == found.id)
        rows = [dict(row._mapping) for row in connection.execute(statement)]
        head = {name: getattr(found, name) for name in ("number", "period", "until", "target", "note", "at")}
        head["core"] = " ".join(sorted(found.core))
        if found.number != number or found.seal != _hash(before, head, rows):
            return found
        before = found.seal
    return None


def coverage_at(
    connection: Connection, ward_id: int, skills: Sequence[Sequence[str]], target: int, moment: dt.datetime
) -> tuple[Seal | None, list[list[CoverageRow]]]:
    """Return the rows of each of these groups of topics as a month that ends then was sealed, or else as counted."""
    found = sealed(connection, ward_id, moment.astimezone(HERE).date()) if _midnight(moment) else None
    if found is None:
        return None, coverage_by_skill(connection, ward_id, skills, target, moment)
    statement = select(sealed_figures).where(
        sealed_figures.c.seal_id == found.id, sealed_figures.c.skill.not_in(COUNTERS)
    )
    by_skill: Mapping[str, list[CoverageRow]] = defaultdict(list)
    for row in connection.execute(statement.order_by(sealed_figures.c.position)):
        place = NeighbourhoodRow(row.code, row.name, row.adults, row.source, row.date)
        by_skill[row.skill].append(row_of(place, Tally(row.joined, row.learned, row.covered), found.target))
    none = [row_of(_place(row), Tally(row.joined), found.target) for row in by_skill[BASIC]]
    return found, [by_skill.get(topics[0] if len(topics) == 1 else BASIC, none) for topics in skills]


def counters_at(connection: Connection, ward_id: int, until: dt.date) -> Mapping[tuple[str, str], counters.Counter]:
    """Return what was counted elsewhere, as a month that ends before this day was sealed, or else as typed in."""
    found = sealed(connection, ward_id, until)
    if found is None:
        return counters.latest(connection, ward_id, until)
    statement = select(sealed_figures).where(sealed_figures.c.seal_id == found.id, sealed_figures.c.skill.in_(COUNTERS))
    return {
        (row.skill, row.code): counters.Counter(row.skill, row.covered, row.source, row.date)
        for row in connection.execute(statement)
    }


def _last(connection: Connection, ward_id: int) -> Seal | None:
    statement = select(seals).where(seals.c.ward_id == ward_id).order_by(seals.c.number.desc()).limit(1)
    row = connection.execute(statement).first()
    return _seal(row) if row else None


def _seal(row: Row[*tuple[Any, ...]]) -> Seal:
    core = frozenset(row.core.split())
    return Seal(row.id, row.number, row.period, row.until, row.target, core, row.note, row.seal, row.at)


def _values(skill: str, position: int, row: CoverageRow | NeighbourhoodRow, people: int = 0) -> dict[str, Any]:
    """Return a row to be kept: of coverage, or of a counter with its people."""
    tally = Tally(row.joined, row.learned, row.covered) if isinstance(row, CoverageRow) else Tally(0, 0, people)
    place = {"code": row.code, "position": position, "name": row.name}
    official = {"adults": row.adults, "source": row.source, "date": row.date}
    return {"skill": skill, **place, **official, **tally._asdict()}


def _hash(before: str, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the seal over the one before it and the figures, written in the one way that there is."""
    told = {**head, "at": head["at"].isoformat(), "rows": sorted(rows, key=lambda row: (row["skill"], row["code"]))}
    written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{before}\n{written}".encode()).hexdigest()


def _place(row: CoverageRow) -> NeighbourhoodRow:
    return NeighbourhoodRow(row.code, row.name, row.adults, row.source, row.date)


def _midnight(moment: dt.datetime) -> bool:
    return moment.astimezone(HERE).time() == dt.time()
