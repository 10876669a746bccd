"""The triggers that keep attainments and tallies: whoever writes a fact, the figures change in the same transaction.

Attainments are made anew from what is there; tallies get rows that add and take back, so that no two writers wait for
each other. Every migration lays the triggers anew and counts everything once more: SQLite drops them with a table
that a migration replaces. Whoever changes a trigger adds a migration, be it an empty one.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, text

from storage.tables import ADULT_BANDS, BASIC, COVERING_GRADES

DAYS = {
    "sqlite": "date({0}, '+7 hours')",
    "postgresql": "CAST({0} AT TIME ZONE 'UTC' + INTERVAL '7 hours' AS date)",
}
"""The day in Viet Nam of a time."""
KIND = "ward_id, neighbourhood_id, skill, day, age_band, channel"
PEOPLE = ("joined", "started", "learned", "covered", "observed")
COLUMNS = f"{KIND}, {', '.join(PEOPLE)}"
ORDER = "ward_id, skill, day, neighbourhood_id, age_band, channel"
"""Rows that are read together stand together."""
ADD = f"INSERT INTO tallies ({COLUMNS})"
DIFFERS = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}
VALID = "coalesce(c.verdict, '') <> 'rejected'"
_COVERING = f"c.grade IN {COVERING_GRADES}"
_BEGUN = ("positions", "attempts", "completions")
_CONFLICT = """
ON CONFLICT (resident_id, skill) DO UPDATE SET learned_at = excluded.learned_at, covered_at = excluded.covered_at,
channel = excluded.channel, observed_at = excluded.observed_at"""
_OF_RESIDENT = ("ward_id", "neighbourhood_id", "age_band", "counted", "created_at")


def counts(resident: str) -> str:
    """Return the condition by which a resident counts: an adult who agrees to it."""
    return f"{resident}.counted AND {resident}.age_band IN {ADULT_BANDS}"


def topic_attainment(resident: str, topic: str) -> str:
    """Return the statement that makes a resident's attainment in a topic from the ledger."""
    own = f"c.resident_id = r.id AND c.topic = {topic} AND {VALID}"
    return f"""
INSERT INTO attainments (resident_id, skill, learned_at, covered_at, channel, observed_at)
SELECT r.id, {topic},
  (SELECT min(c.at) FROM completions c WHERE {own}),
  (SELECT min(c.at) FROM completions c WHERE {own} AND {_COVERING}),
  (SELECT c.channel FROM completions c WHERE {own} AND {_COVERING} ORDER BY c.at, c.id LIMIT 1),
  (SELECT min(c.at) FROM completions c WHERE {own} AND c.grade = 'observed')
FROM residents r WHERE r.id = {resident} AND ({_begun("r.id", topic)}){_CONFLICT}"""


def basic_attainment(where: str) -> str:
    """Return the statement that makes attainments in basic coverage from those in the core topics."""

    def whole(column: str, value: str) -> str:
        return f"CASE WHEN count(s.{column}) = count(k.topic) THEN {value} END"

    last = """(SELECT x.channel FROM attainments x JOIN core_topics y ON y.ward_id = r.ward_id AND y.topic = x.skill
    WHERE x.resident_id = r.id ORDER BY x.covered_at DESC, x.skill LIMIT 1)"""
    return f"""
INSERT INTO attainments (resident_id, skill, learned_at, covered_at, channel, observed_at)
SELECT r.id, '{BASIC}', {whole("learned_at", "max(s.learned_at)")}, {whole("covered_at", "max(s.covered_at)")},
  {whole("covered_at", last)}, {whole("observed_at", "max(s.observed_at)")}
FROM residents r JOIN core_topics k ON k.ward_id = r.ward_id
LEFT JOIN attainments s ON s.resident_id = r.id AND s.skill = k.topic
WHERE {where} GROUP BY r.id HAVING count(s.skill) > 0{_CONFLICT}"""


def attainment_rows(dialect: str, sign: int, resident: str, attainment: str, source: str) -> str:
    """Return the query of the tallies that a attainment adds, or takes away; `source` names where it is."""
    place = f"{resident}.ward_id, {resident}.neighbourhood_id, {attainment}.skill"

    def one(column: str) -> str:
        return f"CASE WHEN {attainment}.{column} IS NULL THEN 0 ELSE {sign} END"

    def by_day(column: str, people: str) -> str:
        day = DAYS[dialect].format(f"{attainment}.{column}")
        return f"SELECT {place}, {day}, '', '', {people} FROM {source} AND {attainment}.{column} IS NOT NULL"

    return f"""
SELECT {place}, CAST(NULL AS date), '', '',
  0, {sign}, {one("learned_at")}, {one("covered_at")}, {one("observed_at")} FROM {source}
UNION ALL SELECT {place}, NULL, {resident}.age_band, {attainment}.channel, 0, 0, 0, {sign}, 0
  FROM {source} AND {attainment}.covered_at IS NOT NULL
UNION ALL {by_day("learned_at", f"0, 0, {sign}, 0, 0")}
UNION ALL {by_day("covered_at", f"0, 0, 0, {sign}, 0")}"""


def joined_rows(dialect: str, sign: int, resident: str, source: str) -> str:
    """Return the query of the tallies that a resident who joined adds, or takes away."""
    place, day = f"{resident}.ward_id, {resident}.neighbourhood_id, ''", DAYS[dialect].format(f"{resident}.created_at")
    return f"""
SELECT {place}, CAST(NULL AS date), '', '', {sign}, 0, 0, 0, 0 {source}
UNION ALL SELECT {place}, {day}, '', '', {sign}, 0, 0, 0, 0 {source}"""


def install(connection: Connection) -> None:
    """Lay the triggers."""
    for name, when, condition, body in _triggers(connection.dialect.name):
        _lay(connection, name, when, condition, ";".join(body))


def remove(connection: Connection) -> None:
    """Take the triggers away, so that rows can be entered by the million; `tallies.recount` must follow."""
    server = connection.dialect.name == "postgresql"
    for name, when, _, _ in _triggers(connection.dialect.name):
        table = when.split(" ON ")[1]
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if server else "")))


def _lay(connection: Connection, name: str, when: str, condition: str, body: str) -> None:
    # the text goes to the driver as it is: a colon in it is no parameter
    said = connection.exec_driver_sql
    if connection.dialect.name == "sqlite":
        said(f"CREATE TRIGGER {name} {when} FOR EACH ROW WHEN {condition} BEGIN {body}; END")
        return
    given = "OLD" if "DELETE" in when else "NEW"
    locked = (
        ""
        if when.endswith(("residents", "attainments"))
        else (f"PERFORM 1 FROM residents WHERE id = {given}.resident_id FOR NO KEY UPDATE;")
    )
    said(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {locked} {body}; RETURN {given}; END $$"
    )
    said(f"CREATE TRIGGER {name} {when} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")


def _triggers(dialect: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the triggers: name, when, on what condition, and what they do."""
    yield from _on_residents(dialect)
    yield from _on_attainments(dialect)
    for table in _BEGUN:
        changed = "resident_id, topic" + (", grade, channel, at, verdict" if table == "completions" else "")
        yield f"tally_{table}_added", f"AFTER INSERT ON {table}", "true", _made("NEW")
        yield f"tally_{table}_gone", f"AFTER DELETE ON {table}", "true", _again("OLD")
        yield (
            f"tally_{table}_changed",
            f"AFTER UPDATE OF {changed} ON {table}",
            "true",
            [
                *_again("OLD"),
                *_made("NEW"),
            ],
        )


def _on_residents(dialect: str) -> Iterator[tuple[str, str, str, list[str]]]:
    def said(sign: int, resident: str) -> list[str]:
        theirs = f"attainments s WHERE s.resident_id = {resident}.id AND {counts(resident)}"
        return [
            ADD + joined_rows(dialect, sign, resident, f"WHERE {counts(resident)}"),
            ADD + attainment_rows(dialect, sign, resident, "s", theirs),
        ]

    changed = _differs(dialect, _OF_RESIDENT)
    yield "tally_residents_added", "AFTER INSERT ON residents", counts("NEW"), said(1, "NEW")
    yield "tally_residents_gone", "BEFORE DELETE ON residents", counts("OLD"), said(-1, "OLD")
    yield (
        "tally_residents_changed",
        f"AFTER UPDATE OF {', '.join(_OF_RESIDENT)} ON residents",
        changed,
        [*said(-1, "OLD"), *said(1, "NEW")],
    )


def _on_attainments(dialect: str) -> Iterator[tuple[str, str, str, list[str]]]:
    def said(sign: int, attainment: str) -> str:
        whose = f"residents r WHERE r.id = {attainment}.resident_id AND {counts('r')}"
        return ADD + attainment_rows(dialect, sign, "r", attainment, whose)

    columns = ("learned_at", "covered_at", "channel", "observed_at")
    changed = _differs(dialect, columns)
    yield "tally_attainments_added", "AFTER INSERT ON attainments", "true", [said(1, "NEW")]
    yield "tally_attainments_gone", "AFTER DELETE ON attainments", "true", [said(-1, "OLD")]
    yield "tally_attainments_changed", "AFTER UPDATE ON attainments", changed, [said(-1, "OLD"), said(1, "NEW")]


def _differs(dialect: str, columns: Iterable[str]) -> str:
    return " OR ".join(f"NEW.{column} {DIFFERS[dialect]} OLD.{column}" for column in columns)


def _begun(resident: str, topic: str) -> str:
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} b WHERE b.resident_id = {resident} AND b.topic = {topic})" for table in _BEGUN
    )


def _made(row: str) -> list[str]:
    """Return what makes the attainments that a row of the ledger, or of the way there, has to do with."""
    resident, topic = f"{row}.resident_id", f"{row}.topic"
    core = f"EXISTS (SELECT 1 FROM core_topics z WHERE z.ward_id = r.ward_id AND z.topic = {topic})"
    return [topic_attainment(resident, topic), basic_attainment(f"r.id = {resident} AND {core}")]


def _again(row: str) -> list[str]:
    """Return what makes these attainments after something was taken away: perhaps nothing is left of them."""
    resident, topic = f"{row}.resident_id", f"{row}.topic"
    left = f"""
DELETE FROM attainments WHERE resident_id = {resident} AND skill = '{BASIC}' AND NOT EXISTS (
  SELECT 1 FROM residents r JOIN core_topics k ON k.ward_id = r.ward_id
  JOIN attainments s ON s.resident_id = r.id AND s.skill = k.topic WHERE r.id = {resident})"""
    gone = f"""
DELETE FROM attainments WHERE resident_id = {resident} AND skill = {topic} AND NOT ({_begun(resident, topic)})"""
    return [gone, left, *_made(row)]


def everything(dialect: str) -> list[str]:
    """Return the statements that fill empty attainments and tallies from the facts."""
    pairs = " UNION ".join(f"SELECT resident_id, topic FROM {table}" for table in _BEGUN)
    topics = f"""
INSERT INTO attainments (resident_id, skill, learned_at, covered_at, channel, observed_at)
SELECT p.resident_id, p.topic, min(c.at), min(CASE WHEN {_COVERING} THEN c.at END),
  (SELECT f.channel FROM completions f WHERE f.resident_id = p.resident_id AND f.topic = p.topic
    AND {VALID.replace("c.", "f.")} AND {_COVERING.replace("c.", "f.")} ORDER BY f.at, f.id LIMIT 1),
  min(CASE WHEN c.grade = 'observed' THEN c.at END)
FROM ({pairs}) p LEFT JOIN completions c ON c.resident_id = p.resident_id AND c.topic = p.topic AND {VALID}
GROUP BY p.resident_id, p.topic"""
    sums = ", ".join(f"sum({name})" for name in PEOPLE)
    everybody = f"residents r JOIN attainments s ON s.resident_id = r.id WHERE {counts('r')}"
    rows = (
        joined_rows(dialect, 1, "r", f"FROM residents r WHERE {counts('r')}"),
        attainment_rows(dialect, 1, "r", "s", everybody),
    )
    tallied = [
        f"WITH t ({COLUMNS}) AS ({found}) {ADD} SELECT {KIND}, {sums} FROM t GROUP BY {KIND} ORDER BY {ORDER}"
        for found in rows
    ]
    return [topics, basic_attainment("true"), *tallied]
