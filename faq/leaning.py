"""Leaning: how far the words of a message lean towards each topic, by weights learnt from how people ask."""

import json
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faq.features import STOP, pair_count, toned_words
from faq.index import TONE, Index
from faq.normal import Said
from faq.words import sound, words

STEPS = 32
"""Steps in a weight of one."""
FARTHEST = 127
"""Steps a word can lean at most."""
FEW = 3
"""Leaning towards more topics than so few, a word keeps its steps in one great number: they are added all at once."""
LANE = 32
"""Bits of each in a great number."""
MIDDLE = 1 << LANE - 1
"""What stands in a lane for leaning nowhere."""
FINE = 100
"""Parts of what a word counts."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What `faq/learn.py` has written, in steps from -FARTHEST to FARTHEST."""

    topics: Sequence[str]
    before: Sequence[int]
    """How far every message leans to each topic, before a word of it is read."""
    words: Mapping[str, Sequence[int]]
    """Of each word or pair of words the number of a topic, then how far it leans there, and so on."""


NOTHING = Learnt((), (), {})


def read_learnt(file: Path | None) -> Learnt:
    """Return what was learnt; nothing if there is no such file."""
    return Learnt(**json.loads(file.read_text(encoding="utf-8"))) if file and file.exists() else NOTHING


def told(index: Index, said: Said) -> dict[str, float]:
    """Return what a message says, and how much each counts: words, pairs, words with diacritics.

    Words the index does not know stand for those they resemble.
    """
    found = dict.fromkeys(toned_words(said.toned), TONE)
    vocabulary, stops = index.vocabulary, words().stops
    before, count_before = "", 0.0
    for token in said.tokens:
        if token not in vocabulary:
            found |= {near: alike * alike for near, alike in index.expand(token)}
        heard, count = sound(token), STOP if token in stops else 1.0
        found[token] = count
        if before:
            found[f"{before} {heard}"] = pair_count(count_before, count)
        before, count_before = heard, count
    return found


class Leaning:
    """How far words lean towards each of some topics."""

    def __init__(self, learnt: Learnt, topics: Sequence[str]) -> None:
        """Take what was learnt, and the names of the topics; those a ward added were not learnt."""
        self._topics = [learnt.topics.index(topic) if topic in learnt.topics else None for topic in topics]
        self._before = learnt.before
        self._rows: dict[str, bytes] = {}
        """Of words that lean to few topics the number of each, then its steps with FARTHEST added."""
        self._great: dict[str, int] = {}
        """Of others the steps side by side, a lane a topic."""
        for word, row in learnt.words.items():
            if len(row) > 2 * FEW:
                self._great[word] = sum(steps << LANE * topic for topic, steps in zip(row[::2], row[1::2], strict=True))
            else:
                self._rows[word] = bytes([value + FARTHEST * (at % 2) for at, value in enumerate(row)])
        self._middle = sum(MIDDLE << LANE * topic for topic in range(len(learnt.topics)))

    def of(self, told: Mapping[str, float]) -> list[float]:
        """Return how far a message leans to each topic; to those not learnt as far as to the first."""
        if not self._before:
            return [0.0] * len(self._topics)
        rows, great, whole, few = self._rows, self._great, self._middle, []
        for word, count in told.items():
            if word in great:
                whole += great[word] * int(FINE * count)
            elif word in rows:
                few.append((rows[word], int(FINE * count)))
        sums = array("I", whole.to_bytes(4 * len(self._before), sys.byteorder)).tolist()
        for row, count in few:
            for topic, step in zip(row[::2], row[1::2], strict=True):
                sums[topic] += count * (step - FARTHEST)
        share = 1 / (FINE * math.hypot(*told.values()))
        leans = [before + share * (sum_ - MIDDLE) for before, sum_ in zip(self._before, sums, strict=True)]
        most = max(leans)
        return [(most if topic is None else leans[topic]) / STEPS for topic in self._topics]
