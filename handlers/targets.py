"""Targets: the share of adults who should have the basic skills, which a programme may set for each year."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.hours import VIET_NAM

_YEAR = re.compile(r"(20\d\d)=(100|[1-9]\d?)")


@dataclass(frozen=True, slots=True)
class Targets:
    """The target of each year, in percent."""

    usual: int = 80
    years: Mapping[int, int] = field(default_factory=dict)  # those with one of their own

    def on(self, day: dt.date) -> int:
        """Return the target of the year of a day."""
        return self.years.get(day.year, self.usual)

    def at(self, moment: dt.datetime) -> int:
        """Return the target of the year it is in Viet Nam then."""
        return self.on(moment.astimezone(VIET_NAM).date())


USUAL_TARGETS = Targets()


def targets(usual: int, written: str) -> Targets:
    """Read "2026=70 2027=80"; the other years have the usual target. ValueError: it is not written so."""
    years = [_YEAR.fullmatch(one) for one in written.split()]
    if not all(years):
        raise ValueError(written)
    return Targets(usual, {int(year[1]): int(year[2]) for year in years if year})
