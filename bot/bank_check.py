"""What a proof-reader would say of the bank: mistakes that must be put right, and what is worth another look."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from bot.content_check import Remark
from faq.bank import Asked, Bank
from faq.words import words
from handlers.question import LABEL_CHARACTERS
from lessons.library import Library

UNDERSTOOD = 0.97
"""Share of its own phrasings that the bank must understand; below it the weights are out of date."""


def bank_remarks(bank: Bank, library: Library, today: dt.date) -> list[Remark]:
    """Return all there is to say of a bank, the mistakes first."""
    found = [*_dates(bank, today), *_lessons(bank, library), *_labels(bank), *_alike(bank), *_understood(bank)]
    return sorted(found, key=lambda remark: remark.weight != "mistake")


def _dates(bank: Bank, today: dt.date) -> Iterator[Remark]:
    for asked in bank.past_review(today):
        date = asked.check_again
        yield Remark("mistake", "past_bank", asked.file, "check_again", {"day": f"{date.day}/{date.month}/{date.year}"})


def _lessons(bank: Bank, library: Library) -> Iterator[Remark]:
    for asked in bank:
        if asked.entry.lesson and library.get(asked.entry.lesson) is None:
            field, values = f"entries.{asked.entry.name}.lesson", {"lesson": asked.entry.lesson}
            yield Remark("mistake", "unknown_lesson", asked.file, field, values)


def _labels(bank: Bank) -> Iterator[Remark]:
    for asked in bank:
        if min(map(len, asked.entry.ask)) > LABEL_CHARACTERS:
            field = f"entries.{asked.entry.name}.ask"
            yield Remark("look", "no_label", asked.file, field, {"most": LABEL_CHARACTERS})


def _alike(bank: Bank) -> Iterator[Remark]:
    """Yield phrasings that have the same words as one of another topic."""
    stops, folded = words().stops, bank.matcher.index.folded
    phrasings = [(asked, text) for asked in bank for text in asked.entry.ask]
    same: dict[frozenset[str], list[tuple[Asked, str]]] = defaultdict(list)
    for phrasing, read in zip(phrasings, folded, strict=True):
        content = frozenset(read.split()) - stops
        if len(content) > 1:
            same[content].append(phrasing)
    for group in same.values():
        first, text = group[0]
        for other, other_text in group[1:]:
            if other.topic != first.topic:
                values = {"text": text, "other": other_text, "topic": first.topic}
                yield Remark("look", "asked_twice", other.file, f"entries.{other.entry.name}.ask", values)


def _understood(bank: Bank) -> Iterator[Remark]:
    """Yield a complaint if the bank does not understand its own phrasings."""
    tried = [(asked, bank.match(asked.entry.ask[0])) for asked in bank]
    right = sum(match.topics[:1] == (asked.topic,) for asked, match in tried)
    if right < UNDERSTOOD * len(tried):
        share = round(100 * right / len(tried))
        yield Remark("mistake", "weights_old", "weights.json", "", {"share": share})
