"""The matcher: which entries a message asks for, best first, and how sure that is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from faq.index import Index
from faq.leaning import Leaning
from faq.likeness import Candidate, Features, candidates
from faq.normal import Said

SUGGESTIONS = 3
FAR = 6.0
"""Lead over a rival that is not there."""
SAME = 0.8
"""How near a phrasing says the same."""
BARE = 4
"""Words up to which a message only names its subject: then the entry is meant that says the same and no more."""


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
        ranked = [one for _, one in scored]
        if len(said.content) <= BARE:
            ranked.sort(key=self._nearness_to(ranked[0]))
        if ranked[0].nearness >= SAME:
            sureness = max(sureness, ranked[0].nearness)
        return Ranked((*[one.entry for one in ranked], *further), sureness)

    def _nearness_to(self, first: Candidate) -> Callable[[Candidate], float]:
        """Return the key that puts the entries of the first's subject first, those with the nearest phrasing before."""
        subjects = self.index.subjects
        subject = subjects[first.entry]
        return lambda one: -one.nearness if subjects[one.entry] == subject else 0.0

    def _understood(self, content: Sequence[str]) -> float:
        """Return the share of what a message says that is known, or resembles something known."""
        vocabulary, expand = self.index.vocabulary, self.index.expand
        known = len([token for token in content if token in vocabulary or expand(token)])
        return known / len(content) if content else 1.0

    def signs(self, said: Said, scored: Sequence[tuple[float, Candidate]]) -> Features:
        """Return what tells how sure the first is: its lead over other subjects, how much of the message is known."""
        best, first = scored[0]
        content, spelled = said.content, said.marked
        subjects, vocabulary = self.index.subjects, self.index.vocabulary
        subject = subjects[first.entry]
        rival = next((s for s, one in scored if subjects[one.entry] != subject), best - FAR)
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
            len(spelled - self.index.spelled) / (len(spelled) + 2),
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
