"""Working days: Monday to Friday, without the holidays that fall on the same date every year."""

import datetime as dt

HOLIDAYS = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
"""Month and day. Tết and Giỗ Tổ follow the moon and are not left out: a date counted here is never too late."""


def after(day: dt.date, working_days: int) -> dt.date:
    """Return the day that is so many working days after another."""
    while working_days:
        day += dt.timedelta(days=1)
        working_days -= day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS
    return day
