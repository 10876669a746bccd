"""What reminding is worth: the difference between two shares, with an interval that says how sure it is."""

from dataclasses import dataclass
from math import sqrt

from storage.receipts import Group

Z = 1.959964
"""Of 95 %."""


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much more of the first group did it, and between what this lies 95 times of 100."""

    points: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether it is sure that reminding helped, or that it did harm."""
        return "helped" if self.low > 0 else "harmed" if self.high < 0 else "unsure"


def wilson(group: Group) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a group's share."""
    people, share = group.people, group.did / group.people
    middle = share + Z * Z / (2 * people)
    width = Z * sqrt(share * (1 - share) / people + Z * Z / (4 * people * people))
    whole = 1 + Z * Z / people
    return (middle - width) / whole, (middle + width) / whole


def difference(first: Group, second: Group) -> Difference | None:
    """Return the difference of two shares with Newcombe's 95 % interval (1998, his method 10); none of empty groups."""
    if not first.people or not second.people:
        return None
    one, other = first.did / first.people, second.did / second.people
    (low, high), (other_low, other_high) = wilson(first), wilson(second)
    points = one - other
    below = sqrt((one - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - one) ** 2 + (other - other_low) ** 2)
    return Difference(points, points - below, points + above)
