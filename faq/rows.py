"""Rows: many short lists of numbers, kept as one array."""

from array import array
from collections.abc import Iterable


class Rows:
    """Short lists of numbers by their place; `flat[starts[n]:starts[n + 1]]` is the one at n."""

    __slots__ = ("flat", "starts")

    def __init__(self, kind: str, flat: Iterable[float] = (), starts: Iterable[int] = (0,)) -> None:
        """Take the kind of number, as array names it, and lists there are already."""
        self.flat: array[int] = array(kind, flat)  # type: ignore[arg-type]
        self.starts: array[int] = array("I", starts)

    def append(self, row: Iterable[float]) -> None:
        """Put a list behind the others."""
        self.flat.extend(row)  # type: ignore[arg-type]
        self.starts.append(len(self.flat))

    def __getitem__(self, place: int) -> "array[int]":
        return self.between(place, place + 1)

    def between(self, begin: int, end: int) -> "array[int]":
        """Return the lists from a place to before another one, as one."""
        return self.flat[self.starts[begin] : self.starts[end]]
