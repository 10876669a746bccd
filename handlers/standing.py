"""How far a neighbourhood is at one moment, as everybody may see it, and the name of its picture."""

import datetime as dt
import hmac
from dataclasses import dataclass

from handlers.speech import VIET_NAM
from handlers.turn import House, Stray
from storage.coverage import SMALL, CoverageRow, coverage_by_skill

PICTURE = "khu"
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figure:
    """How many have a skill; of the basic ones together, how many have them all."""

    topic: str
    title: str
    row: CoverageRow
    gained: int  # of these, who came to have it this week, where that was asked for

    @property
    def hidden(self) -> bool:
        """Whether the number is so small that people could be guessed."""
        return 0 < self.row.covered < SMALL


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of one neighbourhood."""

    name: str
    at: dt.datetime
    target: int  # percent
    basic: Figure
    skills: tuple[Figure, ...]


def moment(at: dt.datetime) -> dt.datetime:
    """Return the end of the second, up to which figures are counted."""
    return at.replace(microsecond=0) + dt.timedelta(seconds=1)


async def standings(house: House, until: dt.datetime, week: bool = False) -> dict[str, Standing]:
    """Return the standing of every neighbourhood by its code, what came later left aside.

    With `week`, also what was gained since the day of the week before began; otherwise nothing is said of that.
    """
    lessons = [lesson for lesson in house.library if lesson.core]
    skills = (house.library.core_topics, *((lesson.topic,) for lesson in lessons))
    target = house.targets.at(until)
    wanted = (house.ward.id, skills, target)
    now = await house.database.report(coverage_by_skill, *wanted, until)
    morning = until.astimezone(VIET_NAM).replace(hour=0, minute=0, second=0) - WEEK
    before = await house.database.report(coverage_by_skill, *wanted, morning.astimezone(dt.UTC)) if week else now
    titles = (("", ""), *((lesson.topic, lesson.title) for lesson in lessons))
    found = {}
    for place, row in enumerate(now[0]):
        figures = [
            Figure(*title, rows[place], rows[place].covered - earlier[place].covered)
            for title, rows, earlier in zip(titles, now, before, strict=True)
        ]
        found[row.code] = Standing(row.name, until, target, figures[0], tuple(figures[1:]))
    return found


async def standing_of(house: House, code: str, until: dt.datetime, week: bool = False) -> Standing:
    """Return the standing of one neighbourhood. Stray: it has ended."""
    found = (await standings(house, until, week)).get(code)
    if found is None:
        raise Stray(code)
    return found


def picture(house: House, code: str, until: dt.datetime) -> str:
    """Return the name of the picture; nobody can make one for what was never shown to them."""
    shown = f"{code}/{int(until.timestamp())}"
    return f"{PICTURE}/{shown}/{_seal(house, shown)}"


async def pictured(house: House, code: str, seconds: str, seal: str) -> Standing | None:
    """Return what a picture of this name shows; None: it is none of ours."""
    if not hmac.compare_digest(_seal(house, f"{code}/{seconds}").encode(), seal.encode()):
        return None
    return (await standings(house, dt.datetime.fromtimestamp(int(seconds), dt.UTC))).get(code)


def _seal(house: House, shown: str) -> str:
    return hmac.new(house.ward.key.encode(), shown.encode(), "sha256").hexdigest()[:20]
