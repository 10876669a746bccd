"""Rows: many short lists of numbers, kept as one array."""

from array import array
from collections.abc import Iterable


class Rows:
    """Short lists of numbers by their place; `flat[starts[n]:starts[n + 1]]` is the one at n."""

    __slots__ = ("flat", "starts")

    def __init__(self, kind: str) -> None:
        """Take the kind of number, as array names it."""
        self.flat: array[int] = array(kind)
        self.starts: array[int] = array("I", [0])

    def append(self, row: Iterable[float]) -> None:
        """Put a list behind the others."""
        self.flat.extend(row)  # type: ignore[arg-type]
        self.starts.append(len(self.flat))

    def __getitem__(self, place: int) -> "array[int]":
        return self.flat[self.starts[place] : self.starts[place + 1]]
