"""Findings: what was seen, how bad it is and what to do about it; told as text or as JSON, without any secret."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from babel.numbers import format_decimal

from handlers.speech import viet_nam

Mark = Literal["good", "look", "broken"]
MARKS: tuple[Mark, ...] = ("good", "look", "broken")
"""From well to bad; the place of the worst is the exit code."""
LONGEST_VALUE = 300
SHORTEST_SECRET = 4
"""What is shorter would black out half of a text and hide nothing."""

Outcome = tuple[str, int]
"""What a command has to say, and its exit code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen; its words are in texts/doctor.yaml under its name."""

    mark: Mark
    name: str
    values: Mapping[str, Any]

    def words(self, kind: Literal["seen", "todo"]) -> str:
        """Return what was seen, or what to do: nothing where all is well."""
        text: str = texts()["findings"][self.name].get(kind, "")
        return text.format(**{name: _written(value) for name, value in self.values.items()})


def good(name: str, /, **values: Any) -> Finding:
    """Return that something is as it should be."""
    return Finding("good", name, values)


def look(name: str, /, **values: Any) -> Finding:
    """Return that somebody should look at something."""
    return Finding("look", name, values)


def broken(name: str, /, **values: Any) -> Finding:
    """Return that something does not work."""
    return Finding("broken", name, values)


def report(findings: Sequence[Finding], secrets: Iterable[str], form: Literal["text", "json", "list"]) -> Outcome:
    """Return the findings as text, as the same without its last line, or as JSON; of secrets nothing but dots."""
    worst = max((MARKS.index(finding.mark) for finding in findings), default=0)
    told = _as_json(findings, worst) if form == "json" else _as_text(findings, whole=form == "text")
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            told = told.replace(secret, "•••")
    return told, worst


@cache
def texts() -> dict[str, Any]:
    """Return the words of all findings."""
    found: dict[str, Any] = yaml.load(files("bot").joinpath("texts/doctor.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return found


def _as_text(findings: Sequence[Finding], whole: bool) -> str:
    marks = texts()["marks"]
    lines = []
    for finding in findings:
        todo = finding.words("todo")
        lines.append(f"{marks[finding.mark]:<8} {finding.words('seen')}" + (f" → {todo}" if todo else ""))
    if whole:
        counts = Counter(finding.mark for finding in findings)
        lines += ["", texts()["summary"].format(**{mark: counts[mark] for mark in MARKS})]
    return "\n".join(lines)


def _as_json(findings: Sequence[Finding], worst: int) -> str:
    told = [
        {
            "name": finding.name,
            "mark": finding.mark,
            "seen": finding.words("seen"),
            "todo": finding.words("todo"),
        }
        for finding in findings
    ]
    return json.dumps({"mark": MARKS[worst], "findings": told}, ensure_ascii=False, indent=2)


def _written(value: Any) -> str:
    """Return a value in words; others' words on one line and not too long, without what would steer a terminal."""
    if isinstance(value, dt.datetime):
        return viet_nam(value)
    if isinstance(value, dt.timedelta):
        return _span(int(value.total_seconds()))
    if isinstance(value, int):
        return str(format_decimal(value, locale="vi"))
    return "".join(sign if sign.isprintable() else " " for sign in str(value)[:LONGEST_VALUE])


def _span(seconds: int) -> str:
    """Return a span of time by its largest unit and the next: 3 giờ 20 phút."""
    parts = []
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, length)
        parts.append((count, texts()["units"][unit]))
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts) - 1)
    told = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(told) or f"0 {parts[-1][1]}"
