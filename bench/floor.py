"""The floor: raw sqlite3 with one FULL commit per turn, what any durable turn on one connection is measured against."""

import json
import sqlite3
import tempfile
import time
from pathlib import Path

RESIDENTS = 32
REPLY = json.dumps({"text": "x" * 300, "choices": [{"label": "Next", "command": f"/step {n}"} for n in range(2)]})
"""One stored reply, about 400 bytes."""

TABLES = """
CREATE TABLE seen (conversation_id INTEGER, event TEXT, PRIMARY KEY (conversation_id, event)) WITHOUT ROWID;
CREATE TABLE conversations (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, reply TEXT, event TEXT, at REAL);
CREATE TABLE positions (resident_id INTEGER, topic TEXT, step INTEGER, at REAL, PRIMARY KEY (resident_id, topic));
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, conversation_id INTEGER, lane TEXT, reply TEXT, status TEXT, due_at REAL
);
"""
SEE = "INSERT INTO seen (conversation_id, event) VALUES (?, ?)"
ANSWER = "UPDATE conversations SET version = version + 1, reply = ?, event = ?, at = ? WHERE id = ? AND version = ?"
MOVE = """
INSERT INTO positions (resident_id, topic, step, at) VALUES (?, ?, ?, ?)
ON CONFLICT (resident_id, topic) DO UPDATE SET step = excluded.step, at = excluded.at
"""
QUEUE = "INSERT INTO deliveries (conversation_id, lane, reply, status, due_at) VALUES (?, ?, ?, ?, ?)"


def raw_turns(path: Path, turns: int) -> float:
    """Return the turns per second of one thread writing to a new database at path; 32 residents in turn."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        _prepare(connection)
        started = time.perf_counter()
        for turn in range(turns):
            _take_turn(connection, turn)
        seconds = time.perf_counter() - started
        _check(connection, turns)
    finally:
        connection.close()
    return turns / seconds


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables and one conversation per resident."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    residents = [(resident,) for resident in range(RESIDENTS)]
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO conversations (id, version) VALUES (?, 0)", residents)
    connection.execute("COMMIT")


def _take_turn(connection: sqlite3.Connection, turn: int) -> None:
    """Record one message in and its answer, on disk when this returns."""
    version, resident = divmod(turn, RESIDENTS)
    event, now = f"event-{turn}", time.time()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(SEE, (resident, event))
    connection.execute(ANSWER, (REPLY, event, now, resident, version))
    connection.execute(MOVE, (resident, "topic", version % 8, now))
    connection.execute(QUEUE, (resident, "answer", REPLY, "queued", now))
    connection.execute("COMMIT")


def _check(connection: sqlite3.Connection, turns: int) -> None:
    """Assert that every row of every turn is there, and that the settings measured were the ones asked for."""
    expected = {
        "SELECT count(*) FROM seen": turns,
        "SELECT sum(version) FROM conversations": turns,
        "SELECT count(*) FROM positions": min(turns, RESIDENTS),
        "SELECT count(*) FROM deliveries": turns,
        "PRAGMA journal_mode": "wal",
        "PRAGMA synchronous": 2,
    }
    for question, answer in expected.items():
        assert connection.execute(question).fetchone() == (answer,), question


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"raw_turns_per_second": round(raw_turns(Path(folder) / "floor.db", 10_000))}))
