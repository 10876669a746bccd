"""Slant: how far the words of a message lean towards the scams somebody wrote down as examples, learnt beforehand."""

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from faq.scam_words import LINK, NUMBER, Message, Word

FEWEST_WORDS = 4
"""Fewer words lean nowhere."""
QUOTED = range(2, 7)
"""Words of what leans most."""


@cache
def weights() -> Mapping[str, float]:
    """Return what each word or pair of words weighs, as `scam_learn.py` found it."""
    read: dict[str, float] = json.loads(files("faq").joinpath("scam_weights.json").read_text(encoding="utf-8"))
    return read


def features(message: Message) -> Iterator[str]:
    """Yield the words of a message and its pairs of neighbours, numbers and links without what is in them."""
    before = ""
    for name in map(_name, message.words):
        yield name
        if before:
            yield f"{before} {name}"
        before = name


def _name(word: Word) -> str:
    return word.kind if word.kind in (LINK, NUMBER) else word.folded


def slant(message: Message, weigh: Mapping[str, float]) -> float:
    """Return the log-odds the words of a message speak for a scam; 0 for what is too short."""
    if len(message.words) < FEWEST_WORDS:
        return 0.0
    found = set(features(message))
    return sum(weigh.get(name, 0.0) for name in found) / math.sqrt(len(found)) + weigh[""]


def leaning(message: Message, weigh: Mapping[str, float]) -> tuple[int, int] | None:
    """Return the first and last word of the few beside each other that lean most towards a scam; None: none do."""
    best, where = 0.0, None
    for first, word in enumerate(message.words):
        said, before = 0.0, ""
        for last in range(first, min(first + QUOTED[-1], len(message.words))):
            if message.words[last].sentence != word.sentence:
                break
            name = _name(message.words[last])
            said += weigh.get(name, 0.0) + weigh.get(f"{before} {name}", 0.0)
            before = name
            if said > best and last - first + 1 in QUOTED:
                best, where = said, (first, last)
    return where
