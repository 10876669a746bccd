"""Campaigns for other systems: what each was about, whom it meant, and how many have which outcome."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from office.coverage_table import SEPARATOR
from storage.coverage import places_of
from storage.receipts import Receipt, of_ward
from storage.tables import OUTCOMES

MOST = 200
"""The latest ones."""
Places = Mapping[int, str]
"""Codes of neighbourhoods by id."""


def listed(connection: Connection, ward_id: int) -> tuple[list[Receipt], Places]:
    """Return the ward's latest campaigns and its neighbourhoods' codes."""
    places = {identity: place.code for identity, place in places_of(connection, ward_id).items()}
    return of_ward(connection, ward_id, MOST), places


def as_json(found: Sequence[Receipt], places: Places) -> list[dict[str, Any]]:
    """Return the campaigns for programs; the keys are stable."""
    return [{**_head(one), "neighbourhoods": _where(one, places), "outcomes": _outcomes(one)} for one in found]


def as_csv(found: Sequence[Receipt], places: Places) -> str:
    """Return the same as lines, a column for each outcome."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=SEPARATOR, lineterminator="\n")
    writer.writerow([*HEAD, "neighbourhoods", *OUTCOMES])
    for one in found:
        writer.writerow([*_head(one).values(), " ".join(_where(one, places)), *_outcomes(one).values()])
    return "\ufeff" + sheet.getvalue()


HEAD = ("id", "series", "number", "topic", "audience", "status", "starts_at", "held_out_percent", "planned")


def _head(one: Receipt) -> dict[str, Any]:
    starts = one.starts_at.isoformat(timespec="seconds")
    told = (one.id, one.series_id, one.number, one.topic, one.aim.audience, one.status, starts)
    return dict(zip(HEAD, (*told, one.held_out_percent, one.planned), strict=True))


def _where(one: Receipt, places: Places) -> list[str]:
    """Return the codes of the neighbourhoods meant, none for the whole ward."""
    meant = [one.aim.neighbourhood_id] if one.aim.neighbourhood_id else one.aim.places
    return [places[identity] for identity in meant if identity in places]


def _outcomes(one: Receipt) -> dict[str, int]:
    return {outcome: one.counts.get(outcome, 0) for outcome in OUTCOMES}
