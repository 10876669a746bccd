"""Versions of lessons as they were served, so that whoever began one may finish it after the file has changed."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import lesson_versions

_insert = insert(lesson_versions)
_keep = _insert.on_conflict_do_update(
    index_elements=["topic", "version"],
    set_={"content": _insert.excluded.content},
    where=lesson_versions.c.content != _insert.excluded.content,
)


def keep(connection: Connection, served: Sequence[tuple[str, int, str]], now: dt.datetime) -> None:
    """Keep the content of each topic and version, as it is now."""
    values = [{"topic": topic, "version": version, "content": content, "at": now} for topic, version, content in served]
    if values:
        connection.execute(_keep, values)


def others(connection: Connection, current: Mapping[str, int]) -> list[str]:
    """Return the content of every version of these topics but the current one."""
    kept = select(lesson_versions.c.topic, lesson_versions.c.version, lesson_versions.c.content)
    return [row.content for row in connection.execute(kept) if current.get(row.topic, row.version) != row.version]
