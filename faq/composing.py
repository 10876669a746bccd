"""A new entry of the bank, made from what an officer filled in; added to the ward's own file of its topic."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from content.reading import read_yaml, validated
from faq.model import MOST_PHRASINGS, TopicFile
from faq.text import fold

NAME_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Composed:
    """What an officer filled in."""

    topic: str
    ask: tuple[str, ...]
    answer: str
    source: str
    published: str  # may be empty
    link: str  # may be empty
    checked: dt.date
    check_again: dt.date


def phrasings(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the ways of asking, each once, without spaces around them."""
    kept = {fold(line): " ".join(line.split()) for line in reversed([*lines]) if line.strip()}
    return tuple(reversed(kept.values()))[:MOST_PHRASINGS]


def topic_file(composed: Composed, folder: Path | None = None, names: Iterable[str] = ()) -> TopicFile:
    """Return the file of the topic with the new entry, after those that stand there. ContentError: what is wrong.

    `names`: those of the topic's entries elsewhere, for each may be there once.
    """
    file = f"{composed.topic}.yaml"
    before = folder / file if folder else None
    found = read_yaml(before, file) if before and before.exists() else {}
    entries, sources = list(found.get("entries", ())), list(found.get("sources", ()))
    source = _source(composed, {source["id"] for source in sources})
    entry = {
        "name": _name(composed.ask[0] if composed.ask else "", {entry["name"] for entry in entries} | {*names}),
        "ask": list(composed.ask),
        "answer": composed.answer,
        "sources": [source["id"]],
    }
    again = [day for day in (found.get("check_again"), composed.check_again) if day and day > composed.checked]
    dates = {"checked": composed.checked, "check_again": min(again, default=composed.check_again)}
    whole = {"topic": composed.topic, "sources": [*sources, source], **dates, "entries": [*entries, entry]}
    return validated(file, TopicFile, whole)


def without(topic: str, name: str, folder: Path) -> TopicFile | None:
    """Return the topic's file without an entry; None: none is left in it. ContentError: what is wrong with the file."""
    file = f"{topic}.yaml"
    found = read_yaml(folder / file, file)
    left = [entry for entry in found["entries"] if entry["name"] != name]
    named = {source for entry in left for source in entry["sources"]}
    sources = [source for source in found["sources"] if source["id"] in named]
    return validated(file, TopicFile, {**found, "entries": left, "sources": sources}) if left else None


def written(file: TopicFile) -> str:
    """Return the file as it is kept: YAML."""
    content = file.model_dump(mode="json", exclude_none=True)
    for day in ("checked", "check_again"):
        content[day] = getattr(file, day)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _source(composed: Composed, taken: set[str]) -> dict[str, str]:
    number = next(number for number in range(1, 9999) if f"own{number}" not in taken)
    told = {"published": composed.published, "link": composed.link}
    return {"id": f"own{number}", "name": composed.source, **{name: value for name, value in told.items() if value}}


def _name(phrasing: str, taken: set[str]) -> str:
    """Return a name for the entry, made from its first phrasing, that none beside it has."""
    name = re.sub(r"[^a-z0-9]+", "_", fold(phrasing)).strip("_")[: NAME_CHARACTERS - 4]
    name = name if re.match(r"[a-z]\w", name) else f"own_{name}".rstrip("_")
    return next(one for one in (name, *(f"{name}_{number}" for number in range(2, 999))) if one not in taken)
