"""Leaning: how far the words of a message lean towards each topic, by weights learnt from how people ask."""

import json
import math
import sys
from array import array
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice, pairwise, repeat
from pathlib import Path

from faq.index import Index
from faq.normal import Said
from faq.words import sound

STEPS = 40
"""Steps in a weight of one."""
FARTHEST = 90
"""Steps a word leans at most."""
MOST_WORDS = 360
"""Words, pairs and words with diacritics of a message that are looked at: so many, each as far, do not fill a lane."""
LANE = 16
"""Bits of each number of a great one."""
RESEMBLES = 0.75
"""How much an unknown word must be like a known one to lean as far, of 1."""
MIDDLE = 1 << LANE - 1
"""What stands in a lane for leaning nowhere."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What `faq/learn.py` has written, in steps."""

    topics: Sequence[str]
    before: Sequence[int]
    """How far every message leans to each topic, before a word of it is read."""
    words: Mapping[str, Sequence[int]]
    """Of each word or pair of words the number of a topic, then how far it leans there, and so on."""


NOTHING = Learnt((), (), {})


def read_learnt(file: Path | None) -> Learnt:
    """Return what was learnt; nothing if there is no such file."""
    return Learnt(**json.loads(file.read_text(encoding="utf-8"))) if file and file.exists() else NOTHING


def told(index: Index, said: Said) -> set[str]:
    """Return what a message says: words, pairs of neighbours by their sound, words with diacritics.

    Words the index does not know stand for those they resemble.
    """
    tokens = said.tokens
    found = {*said.marked, *tokens}
    found.update(map(" ".join, pairwise(map(sound, tokens))))
    for token in found.difference(index.vocabulary).intersection(tokens):
        found.update([near for near, alike in index.expand(token) if alike >= RESEMBLES])
    return found


def share(words: Set[str]) -> float:
    """Return how much each word of a message counts."""
    return 1 / math.sqrt(len(words))


class Leaning:
    """How far words lean towards each of some topics."""

    def __init__(self, learnt: Learnt, topics: Sequence[str]) -> None:
        """Take what was learnt, and the names of the topics; those a ward added were not learnt."""
        places = [topics.index(topic) if topic in topics else None for topic in learnt.topics]
        self._before = [0.0] * len(topics)
        for place, steps in zip(places, learnt.before, strict=True):
            if place is not None:
                self._before[place] = steps / STEPS
        self._learnt = sorted(place for place in places if place is not None)
        self._new = [place for place in range(len(topics)) if place not in self._learnt] if self._learnt else []
        self._rows: dict[str, int] = {}
        """Of each word its steps side by side in one great number, a lane a topic: they are added all at once."""
        for word, row in learnt.words.items():
            pairs = zip(map(places.__getitem__, row[::2]), row[1::2], strict=True)
            self._rows[word] = sum(steps << LANE * place for place, steps in pairs if place is not None)
        self._middle = sum(MIDDLE << LANE * place for place in range(len(topics)))

    def of(self, words: Set[str]) -> list[float]:
        """Return how far a message leans to each topic; to those not learnt as far as to the first."""
        whole = sum(map(self._rows.get, islice(words, MOST_WORDS), repeat(0)), self._middle)
        sums = array("H", whole.to_bytes(LANE // 8 * len(self._before), sys.byteorder))
        step = share(words) / STEPS
        leans = [before + step * (sum_ - MIDDLE) for before, sum_ in zip(self._before, sums, strict=True)]
        if self._new:
            most = max([leans[place] for place in self._learnt])
            for place in self._new:
                leans[place] = most
        return leans
