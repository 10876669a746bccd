"""Talking to the core in tests: residents who say things, whole dialogues, and a look at what was stored."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import Connection, RowMapping, exists, literal, select, union_all

from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage.database import Database
from storage.tables import metadata

NOON = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)
"""Twelve o'clock in Viet Nam."""


@dataclass
class Resident:
    """Somebody who talks to the core on one channel."""

    core: Core
    address: str = "ba-tu"
    channel: str = "console"
    now: dt.datetime = NOON
    events: "count[int]" = field(default_factory=count)

    def message(self, text: str, event: str = "", kind: str = "text") -> Inbound:
        """Return the message this resident sends by saying so."""
        event = event or f"event-{next(self.events)}"
        return Inbound(self.channel, "phuong-thu", self.address, event, text, self.now, kind=kind)

    async def say(self, text: str, event: str = "", kind: str = "text") -> Reply:
        """Say something; return the answer."""
        reply = await self.core.answer(self.message(text, event, kind))
        assert reply is not None
        return reply

    async def says(self, *texts: str) -> Reply:
        """Say one thing after the other; return the last answer."""
        for text in texts:
            reply = await self.say(text)
        return reply

    async def join(self, code: str = "kp5", age: str = "1", remind: str = "2") -> Reply:
        """Go from the neighbourhood's link to the menu: begin, agree, confirm, answer the reminder question."""
        return await self.says(f"/start {code}", "1", age, "1", remind)

    async def join_as_child(self, code: str = "kp5") -> Reply:
        """Go from the link to the menu with a guardian at hand."""
        return await self.says(f"/start {code}", "1", "3", "1", "1", "1")


class Unforgiving(Core):
    """A core that fails where the product apologises, so that a test sees why."""

    def _apology(self) -> Reply:
        raise AssertionError("the core had to apologise")


def written(reply: Reply) -> str:
    """Return the reply as one text, choices with their numbers below; a receipt is never the same and left out."""
    choices = [f"[{key}] {choice.label}" for key, choice in reply.numbered()]
    picture = [f"({reply.picture})"] if reply.picture else []
    return "\n".join([*picture, re.sub(r"\*\*[0-9A-F]{8}\*\*", "**…**", reply.text), *choices])


async def verify_dialogue(resident: Resident, lines: Sequence[tuple[str, str]]) -> None:
    """Say the first of each pair and check that the answer holds the second."""
    for said, expected in lines:
        answered = written(await resident.say(said))
        assert expected in answered, f"after «{said}» expected «{expected}», got:\n{answered}"


def commands_of(reply: Reply) -> list[str]:
    """Return the commands on offer."""
    return [choice.command for choice in reply.choices]


async def stored(database: Database) -> dict[str, list[RowMapping]]:
    """Return every row of every table."""

    def look(connection: Connection) -> dict[str, list[RowMapping]]:
        filled = {name for (name,) in connection.execute(_FILLED)}
        return {
            name: list(connection.execute(rows).mappings()) if name in filled else [] for name, rows in _ROWS.items()
        }

    return await database.read(look)


_ROWS = {table.name: table.select() for table in metadata.sorted_tables}
_FILLED = union_all(
    *(select(literal(table.name)).where(exists().select_from(table)) for table in metadata.sorted_tables)
)
"""Most tables are empty in most tests: they are asked once for all of them."""


async def stored_texts(database: Database) -> str:
    """Return everything in every column of every table, as one text in small letters."""
    tables = await stored(database)
    return "\n".join(str(value) for rows in tables.values() for row in rows for value in row.values()).lower()
