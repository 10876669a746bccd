"""The matcher: which entries a message asks for, best first, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from faq.features import toned_words
from faq.index import Index
from faq.leaning import Leaning
from faq.likeness import Candidate, Features, candidates
from faq.normal import Said

SUGGESTIONS = 3
FAR = 6.0
"""Lead over a rival that is not there."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a message may ask for."""

    entries: tuple[int, ...]  # numbers, best first
    sureness: float  # how likely the first is right, from 0 to 1


class Matcher:
    """Ranks the entries of an index for a message, by learnt weights."""

    def __init__(self, index: Index, leaning: Leaning, weights: Mapping[str, Sequence[float]]) -> None:
        """Take the index, where words lean, and what likenesses count ("rank") and tells of being right ("sure")."""
        self.index = index
        self.leaning = leaning
        self._rank, self._sure = tuple(weights["rank"]), tuple(weights["sure"])

    def rank(self, text: str) -> Ranked:
        """Return the entries for a message, best first; none if nothing is alike."""
        said = self.index.reader.read(text)
        found, further = candidates(self.index, self.leaning, said)
        if not found:
            return Ranked((), 0.0)
        scored = sorted([(dot(self._rank, one.features), one) for one in found], key=_score, reverse=True)
        sureness = logistic(dot(self._sure, self.signs(said, scored))) * self._understood(said.content)
        return Ranked((*[one.entry for _, one in scored], *further), sureness)

    def _understood(self, content: Sequence[str]) -> float:
        """Return the share of what a message says that is known, or resembles something known."""
        vocabulary, expand = self.index.vocabulary, self.index.expand
        known = len([token for token in content if token in vocabulary or expand(token)])
        return known / len(content) if content else 1.0

    def signs(self, said: Said, scored: Sequence[tuple[float, Candidate]]) -> Features:
        """Return what tells how sure the first is: its lead over other topics, and how much of the message is known."""
        best, first = scored[0]
        content, spelled = said.content, toned_words(said.toned)
        topics, vocabulary = self.index.topics, self.index.vocabulary
        topic = topics[first.entry]
        rival = next((s for s, one in scored if topics[one.entry] != topic), best - FAR)
        other = scored[1][0] if len(scored) > 1 else best - FAR
        unknown = len([token for token in content if token not in vocabulary])
        return (
            1.0,
            best,
            min(best - rival, FAR),
            min(best - other, FAR),
            unknown / (len(content) + 1),
            min(len(content), 8) / 8,
            float(len(content) < 2),
            (len(spelled) - len(self.index.known(spelled))) / (len(spelled) + 2),
            *first.features,
        )


def dot(weights: Sequence[float], values: Sequence[float]) -> float:
    """Return the sum of the products."""
    return sum(map(mul, weights, values), 0.0)


def logistic(value: float) -> float:
    """Return the value squeezed between 0 and 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _score(pair: tuple[float, Candidate]) -> float:
    return pair[0]
