"""The audit log in words: what somebody did, as one sentence, with places, lessons and periods by their names."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from handlers import reminder
from handlers.turn import House
from office.menu import Group, title_of
from office.period import period_of
from office.words import words
from storage.audit import Line
from storage.tables import CONTINUE, REFRESH


def sentence(line: Line, named: Mapping[str, Callable[[str], str]]) -> str:
    """Return what was done; `named` has, by the kind of thing, what makes a code its name."""
    said = words("audit")
    for form in said.get(line.act, ()):
        if found := re.fullmatch(form["is"], line.about):
            parts = {kind: named.get(kind, str)(code) if code else "" for kind, code in found.groupdict().items()}
            return str(form["says"]).format(**parts)
    return str(said["unknown"]).format(act=line.act, about=line.about)


def names(house: House, menu: list[Group], places: Mapping[str, str], cutoff: int) -> dict[str, Callable[[str], str]]:
    """Return what makes the codes of an audit log names; `places` are the neighbourhoods' by their codes."""
    said, office = words("audit"), words("office")

    def place(code: str) -> str:
        return f"{places[code]} ({code})" if code in places else str(said["place"].get(code, code))

    def topic(code: str) -> str:
        if house.library.get(code) is not None or code in (CONTINUE, REFRESH):
            return f"«{reminder.title_of(house, code)}»"
        asked = next((asked.entry.ask[0] for asked in house.bank if asked.topic == code), "")
        return f"«{asked}»" if asked else str(said["topic"].get(code, code))

    def period(code: str) -> str:
        found = period_of(code, cutoff)
        return found.title if found else code

    return {
        "place": place,
        "topic": topic,
        "period": period,
        "page": lambda path: title_of(menu, path) or path,
        "team_role": partial(_word, office["team_roles"]),
        "counter": partial(_word, words("numbers")["kinds"]),
        "note": lambda note: str(said["note"]).format(note=note),
        **{kind: partial(_word, said[kind]) for kind in ("verdict", "outcome", "place_change", "format")},
    }


def _word(known: Mapping[str, str], code: str) -> str:
    return known.get(code, code)
