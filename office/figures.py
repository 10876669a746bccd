"""The figures of a skill, all read from one snapshot: coverage, the way to it, and who came to have it when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.coverage import CoverageRow, coverage_by_skill, total
from storage.journey import Journey, journey
from storage.tables import BASIC


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of one skill, or of basic coverage, in the whole ward or in one neighbourhood."""

    rows: tuple[CoverageRow, ...]  # the neighbourhoods, and last the residents in none
    total: CoverageRow  # of what is looked at
    journey: Journey
    skills: tuple[tuple[CoverageRow, ...], ...]  # the rows of each of the other skills asked for

    def of(self, code: str) -> list[CoverageRow]:
        """Return the row of one neighbourhood for each of the other skills."""
        place = [row.code for row in self.rows].index(code)
        return [skill[place] for skill in self.skills]

    @property
    def funnel(self) -> tuple[tuple[str, int], ...]:
        """How many came how far."""
        return (
            ("joined", self.total.joined),
            ("started", self.journey.started),
            ("learned", self.total.learned),
            ("covered", self.total.covered),
            ("observed", self.journey.observed),
        )

    def counted(self, what: str) -> list[tuple[str, int]]:
        """Return the covered by `age_band` or by `channel`, most first."""
        found = {"age_band": self.journey.ages, "channel": self.journey.channels}[what]
        return sorted(found.items(), key=lambda one: -one[1])


def figures(
    connection: Connection,
    ward_id: int,
    topics: Sequence[str],
    target_percent: int,
    since: dt.date,
    code: str | None = None,
    skills: Sequence[Sequence[str]] = (),
) -> Figures | None:
    """Return the figures of the topics together, and beside them the coverage of each of these skills.

    With a code those of one neighbourhood; None: there is no such neighbourhood. `since` when the days are told.
    """
    rows, *others = coverage_by_skill(connection, ward_id, [topics, *skills], target_percent)
    own = total(rows, target_percent) if code is None else next((row for row in rows if row.code == code), None)
    if own is None:
        return None
    # while two programs with different lessons share the database, the way to the core topics of the later one
    skill = topics[0] if len(set(topics)) == 1 else BASIC
    return Figures(tuple(rows), own, journey(connection, ward_id, skill, since, code), tuple(map(tuple, others)))
