"""The hours in which residents may be reminded, in Viet Nam time."""

import datetime as dt
from dataclasses import dataclass

VIET_NAM = dt.timezone(dt.timedelta(hours=7))
Window = tuple[dt.time, dt.time]


@dataclass(frozen=True, slots=True)
class Hours:
    """Windows of the day, in order; the end of a window is not in it."""

    windows: tuple[Window, ...]

    def end(self, at: dt.datetime) -> dt.datetime | None:
        """Return when the window ends that a time lies in; None: it lies in none."""
        local = at.astimezone(VIET_NAM)
        for begin, end in self.windows:
            if begin <= local.time() < end:
                return dt.datetime.combine(local, end, VIET_NAM).astimezone(dt.UTC)
        return None

    def following(self, at: dt.datetime) -> dt.datetime:
        """Return the time itself where it lies in a window, else the beginning of the next one."""
        if self.end(at):
            return at
        local = at.astimezone(VIET_NAM)
        days = (local.date(), local.date() + dt.timedelta(days=1))
        begins = (dt.datetime.combine(day, begin, VIET_NAM) for day in days for begin, _ in self.windows)
        return next(begin for begin in begins if begin > local).astimezone(dt.UTC)

    def after(self, at: dt.datetime, work: dt.timedelta) -> dt.datetime:
        """Return when work begun then has ended that goes on in these hours only."""
        at = self.following(at)
        while (end := self.end(at)) and at + work > end:
            work -= end - at
            at = self.following(end)
        return at + work


def hours(written: str) -> Hours:
    """Return the hours written as "07:30-11:00,14:00-20:30". ValueError: they are none."""
    windows = []
    for part in written.split(","):
        begin, _, end = part.strip().partition("-")
        windows.append((dt.time.fromisoformat(begin), dt.time.fromisoformat(end)))
    times = [time for window in windows for time in window]
    if sorted(set(times)) != times:
        raise ValueError(written)
    return Hours(tuple(windows))


USUAL_HOURS = "07:30-11:00,14:00-20:30"
USUAL = hours(USUAL_HOURS)
