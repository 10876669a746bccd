"""Slant: how far the words of a message lean towards the scams somebody wrote down as examples, learnt beforehand."""

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from faq.scam_words import LINK, NUMBER, Message

FEWEST_WORDS = 4
"""Fewer words lean nowhere."""


@cache
def weights() -> Mapping[str, float]:
    """Return what each word or pair of words weighs, as `scam_learn.py` found it."""
    read: dict[str, float] = json.loads(files("faq").joinpath("scam_weights.json").read_text(encoding="utf-8"))
    return read


def features(message: Message) -> Iterator[str]:
    """Yield the words of a message and its pairs of neighbours, numbers and links without what is in them."""
    before = ""
    for word in message.words:
        name = word.kind if word.kind in (LINK, NUMBER) else word.folded
        yield name
        if before:
            yield f"{before} {name}"
        before = name


def slant(message: Message, weigh: Mapping[str, float]) -> float:
    """Return the log-odds the words of a message speak for a scam; 0 for what is too short."""
    if len(message.words) < FEWEST_WORDS:
        return 0.0
    found = set(features(message))
    return sum(weigh.get(name, 0.0) for name in found) / math.sqrt(len(found)) + weigh[""]
