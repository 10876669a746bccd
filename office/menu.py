"""The menu: the office's pages in a few groups, with how much waits on them; only what the visitor may open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from office.words import words


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as the menu names it."""

    path: str
    name: str
    right: str
    waits: str | None = None  # under which name what waits there is counted
    count: int = 0  # how much waits

    def holds(self, path: str) -> bool:
        """Return whether this path is the page's, or lies below it."""
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together."""

    name: str
    pages: tuple[Entry, ...]

    @property
    def count(self) -> int:
        """How much waits on all its pages."""
        return sum(page.count for page in self.pages)


def menu(may: Callable[[str], bool], waiting: Mapping[str, int]) -> list[Group]:
    """Return the groups of pages, each with those that somebody may open, and how much waits there."""
    groups = [
        Group(
            group["name"],
            tuple(
                Entry(**entry, count=waiting.get(entry.get("waits", ""), 0))
                for entry in group["pages"]
                if may(entry["right"])
            ),
        )
        for group in words("menu")["groups"]
    ]
    return [group for group in groups if group.pages]


def title_of(groups: Sequence[Group], path: str) -> str:
    """Return the name of the page that this path belongs to; nothing where it belongs to none."""
    found = page_of(groups, path)
    return next((page.name for group in groups for page in group.pages if page.path == found), "")


def page_of(groups: Sequence[Group], path: str) -> str:
    """Return the path of the page that this path belongs to: of those that fit, the longest."""
    return max((page.path for group in groups for page in group.pages if page.holds(path)), key=len, default="")
