"""What a sheet of neighbourhoods would change, told before anything is saved; and the sheet as it is carried along."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from office.neighbourhood_sheet import HELPER, TEXTS
from office.words import words
from storage.neighbourhoods import NeighbourhoodRow

COLUMNS = ("code", "name", "adults", "source", "date")


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the neighbourhoods: each is in one of the four."""

    added: tuple[NeighbourhoodRow, ...]
    changed: tuple[tuple[NeighbourhoodRow, NeighbourhoodRow], ...]  # as it is, and as it will be
    same: tuple[NeighbourhoodRow, ...]
    absent: tuple[NeighbourhoodRow, ...]  # not in the sheet; they stay as they are


def changes(before: Sequence[NeighbourhoodRow], sheet: Sequence[NeighbourhoodRow]) -> Changes:
    """Return what a sheet adds, changes and leaves alone."""
    old = {row.code: row for row in before}
    new = {row.code for row in sheet}
    after = [_with_helper_of(old.get(row.code), row) for row in sheet]
    return Changes(
        added=tuple(row for row in after if row.code not in old),
        changed=tuple((old[row.code], row) for row in after if row.code in old and old[row.code] != row),
        same=tuple(row for row in after if old.get(row.code) == row),
        absent=tuple(row for row in before if row.code not in new),
    )


def written(sheet: Sequence[NeighbourhoodRow]) -> str:
    """Return the sheet as csv, from which it is read again as it was."""
    columns = [*COLUMNS, *(name for name in HELPER if any(getattr(row, name) is not None for row in sheet))]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([words(TEXTS)["columns"][name][0] for name in columns])
    writer.writerows([getattr(row, name) for name in columns] for row in sheet)
    return text.getvalue()


def _with_helper_of(old: NeighbourhoodRow | None, row: NeighbourhoodRow) -> NeighbourhoodRow:
    """Return the row with the helper that stays where the sheet tells of none."""
    if old is None:
        return row
    helper = old.helper if row.helper is None else row.helper or None
    place = old.helper_place if row.helper_place is None else row.helper_place or None
    return replace(row, helper=helper, helper_place=place)
