"""A sheet of numbers counted elsewhere, one for each neighbourhood: read as a whole, each bad row with its remedy."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq.text import spelled
from office.cells import Complaint, read_tables, text_of
from office.neighbourhood_sheet import LONGEST_SOURCE, TEXTS, count_of, day_of, explained, find_table
from office.words import words
from storage.counters import Counter
from storage.neighbourhoods import NeighbourhoodRow


@dataclass(frozen=True, slots=True)
class CounterSheet:
    """What was read: the numbers by neighbourhood code, the ward's own by an empty one; or else what is wrong."""

    counters: tuple[tuple[str, Counter], ...] = ()
    complaints: tuple[str, ...] = ()


def read_counters(file: Path, kind: str, today: dt.date, known: Iterable[NeighbourhoodRow]) -> CounterSheet:
    """Return the numbers of a sheet with name, people, source and date; rows without a number are left out."""
    codes = {spelled(place.name): place.code for place in known}
    codes |= dict.fromkeys(map(spelled, words(TEXTS)["totals"]), "")
    found: list[tuple[str, Counter]] = []
    complaints: list[str] = []
    try:
        header, columns, table = find_table(read_tables(file), "counters", ("name", "people", "source", "date"))
    except Complaint as complaint:
        same = complaint if complaint.reason != "no_header" else Complaint("no_counter_header")
        return CounterSheet(complaints=(explained(same),))
    for number, cells in table:
        row: dict[str, Any] = {column: cells[place] for column, place in columns.items() if place < len(cells)}
        if number <= header or not str(row.get("people", "")).strip():
            continue
        for column, read in _readers(today, codes).items():
            try:
                row[column] = read(text_of(row.get(column, "")))
            except Complaint as complaint:
                complaints.append(explained(complaint, number, column))
                break
        else:
            found.append((row["name"], Counter(kind, row["people"], row["source"], row["date"])))
    if len({code for code, _ in found}) < len(found):
        complaints.append(explained(Complaint("counted_twice")))
    if not found and not complaints:
        complaints.append(explained(Complaint("no_rows")))
    return CounterSheet((), tuple(complaints)) if complaints else CounterSheet(tuple(found))


def _readers(today: dt.date, codes: Mapping[str, str]) -> Mapping[str, Callable[[str], Any]]:
    """Return what reads each column: the name as the code of its neighbourhood. They raise Complaint."""

    def name(text: str) -> str:
        if spelled(text) not in codes:
            raise Complaint("unknown_place", value=text)
        return codes[spelled(text)]

    def source(text: str) -> str:
        if not text or len(text) > LONGEST_SOURCE:
            raise Complaint("no_source", most=LONGEST_SOURCE)
        return text

    def date(text: str) -> dt.date:
        found = day_of(text, today)
        if found is None:
            raise Complaint("no_date")
        return found

    return {"name": name, "people": count_of, "source": source, "date": date}
