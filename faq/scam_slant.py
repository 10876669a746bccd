"""Slant: how far the words of a message lean towards the scams somebody wrote down as examples, learnt beforehand."""

import json
import math
from collections.abc import Iterator, Mapping, Sized
from functools import cache
from importlib.resources import files

from faq.scam_signals import forms
from faq.scam_words import BARE, LINK, NUMBER, Message

FEWEST_WORDS = 4
"""Fewer words lean nowhere."""
FEWEST_NAMES = 50
"""Up to how many words and pairs each counts the same: few words lean less far."""
QUOTED = range(2, 7)
"""Words of what leans most."""


@cache
def weights() -> Mapping[str, float]:
    """Return what each word or pair of words weighs, as `scam_learn.py` found it."""
    read: dict[str, float] = json.loads(files("faq").joinpath("scam_weights.json").read_text(encoding="utf-8"))
    return read


def features(message: Message) -> Iterator[str]:
    """Yield the words of a message, as they are and with their diacritics, and its pairs of neighbours."""
    before = ""
    for names in _names(message):
        yield from names
        if before:
            yield f"{before} {names[0]}"
        before = names[0]


def _names(message: Message) -> Iterator[tuple[str, ...]]:
    """Yield what each word is called: of links and numbers only their kind."""
    hosts = iter(message.hosts)
    for word in message.words:
        if word.kind == LINK:
            yield (LINK + min(next(hosts).traits),)
        elif word.kind == NUMBER:
            yield (forms(word)[-1],)
        elif word.marks and word.marks != BARE:
            yield word.folded, word.folded + word.marks
        else:
            yield (word.folded,)


def slant(message: Message, weigh: Mapping[str, float]) -> float:
    """Return the log-odds the words of a message speak for a scam; 0 for what is too short."""
    if len(message.words) < FEWEST_WORDS:
        return 0.0
    found = set(features(message))
    return share(found) * sum(weigh.get(name, 0.0) for name in found) + weigh[""]


def share(names: Sized) -> float:
    """Return how much each word and pair of a message counts."""
    return 1 / math.sqrt(max(len(names), FEWEST_NAMES))


def most_slanted(message: Message, weigh: Mapping[str, float]) -> tuple[int, int] | None:
    """Return the first and last word of the few beside each other that lean most towards a scam; None: none do."""
    best, where = 0.0, None
    names = list(_names(message))
    for first, word in enumerate(message.words):
        said, before = 0.0, ""
        for last in range(first, min(first + QUOTED[-1], len(message.words))):
            if message.words[last].sentence != word.sentence:
                break
            said += sum(weigh.get(name, 0.0) for name in (*names[last], f"{before} {names[last][0]}"))
            before = names[last][0]
            if said > best and last - first + 1 in QUOTED:
                best, where = said, (first, last)
    return where
