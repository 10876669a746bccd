"""Figures: how well questions were understood, by style of writing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from faq.model import OUT_OF_SCOPE

ALL = "all"


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with what is right and what was made of it."""

    style: str
    right: frozenset[str]  # topics
    topics: tuple[str, ...]  # best first
    action: str

    @property
    def first(self) -> bool:
        """Whether the best topic is right."""
        return bool(self.topics) and self.topics[0] in self.right

    @property
    def within_three(self) -> bool:
        """Whether one of the three best topics is right."""
        return not self.right.isdisjoint(self.topics[:3])

    @property
    def solved(self) -> bool:
        """Whether the answer is there, or one tap away."""
        return self.first if self.action == "answer" else self.action == "offer" and self.within_three

    @property
    def out_of_scope(self) -> bool:
        """Whether the question is not ours."""
        return OUT_OF_SCOPE in self.right


def figures(judged: Iterable[Judged]) -> Mapping[str, Mapping[str, float]]:
    """Return the figures of each style and of all, in percent.

    "top1" and "top3" count topics. "answered" is the share of our questions that is answered at once, "answered_right"
    how many of all answers at once are right. "solved" is right at once or among the three choices, of our questions.
    "out_of_scope_answered" is the share of the others that got an answer as if they were ours.
    """
    rows = list(judged)
    styles = dict.fromkeys(row.style for row in rows)
    if len(styles) > 1:
        styles[ALL] = None
    return {style: _of([row for row in rows if style in (row.style, ALL)]) for style in styles} if styles else {}


def _of(rows: Sequence[Judged]) -> Mapping[str, float]:
    ours = [row for row in rows if not row.out_of_scope]
    others = [row for row in rows if row.out_of_scope]
    answered = [row for row in rows if row.action == "answer"]
    wrongly = [row for row in others if row.action == "answer" and row.topics[0] != OUT_OF_SCOPE]
    return {
        "questions": len(rows),
        "top1": _percent(sum(row.first for row in rows), len(rows)),
        "top3": _percent(sum(row.within_three for row in rows), len(rows)),
        "answered": _percent(sum(row.action == "answer" for row in ours), len(ours)),
        "answered_right": _percent(sum(row.first for row in answered), len(answered)),
        "solved": _percent(sum(row.solved for row in ours), len(ours)),
        "out_of_scope": len(others),
        "out_of_scope_answered": _percent(len(wrongly), len(others)),
    }


def scam_figures(judged: Iterable[tuple[bool, str]]) -> Mapping[str, float]:
    """Return how well scams were told from other messages, in percent; each comes as whether it is one, and its level.

    "precision" and "recall" are of the level "scam"; "warned" is the share of scams that were at least suspected;
    "false_alarms" the share of other messages that were, "genuine_as_scam" how many of these were called a scam.
    """
    rows = list(judged)
    scams = [level for is_scam, level in rows if is_scam]
    others = [level for is_scam, level in rows if not is_scam]
    called = scams.count("scam") + others.count("scam")
    return {
        "messages": len(rows),
        "scams": len(scams),
        "precision": _percent(scams.count("scam"), called),
        "recall": _percent(scams.count("scam"), len(scams)),
        "warned": _percent(len(scams) - scams.count("ok"), len(scams)),
        "false_alarms": _percent(len(others) - others.count("ok"), len(others)),
        "genuine_as_scam": others.count("scam"),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
