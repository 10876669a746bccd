"""Likeness: the entries worth a closer look, and in how many ways each is like a message."""

import sys
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter, mul
from typing import NamedTuple

from rapidfuzz import fuzz

from faq.features import letters
from faq.index import ASIDE, LANE, Index
from faq.leaning import Leaning, told
from faq.normal import Said
from faq.speaking import WHOLE

CHOSEN = 6
"""How many entries are looked at closely, at most."""
FAR = 0.3
"""Share of what is said of the loudest entry by which the last entry looked at may be behind the first."""
LOUD = 0.1
"""Share of what the message says of an entry most from which on others are looked at."""
NAMED = 12
"""How many entries are named, at most."""
LED = WHOLE // 10
"""What it counts that a message leans towards the topic of an entry."""
FINE = 1000
"""Steps in a weight of one."""
_LANES = LANE // 8 * 16
"""Bytes of the great number that holds a sum for each phrasing of an entry."""
MOST_FEATURES = 30
"""Of a long message the rarest features are enough."""
TOLD = 1 - ASIDE
"""How much it counts against a phrasing that the message says other things as well."""

Features = tuple[float, ...]


class Candidate(NamedTuple):
    """An entry that may be meant, with what speaks for it."""

    entry: int
    features: Features

    @property
    def nearness(self) -> float:
        """How near the nearest phrasing is, both ways: 1 for the very same."""
        return self.features[0]


class _Message(NamedTuple):
    """A message, weighed."""

    folded: str
    rarest: Sequence[tuple[int, float]]  # the features that say most, with what
    steps: Mapping[int, int]  # what these say in steps
    whole: float  # what all features say together
    pieces: int  # how many pieces of words there are
    known_pieces: frozenset[int]


def candidates(index: Index, leaning: Leaning, said: Said) -> tuple[list[Candidate], list[int]]:
    """Return the entries that may be meant, with what speaks for each; and the next ones, the nearest first."""
    message = _weighed(index, said)
    if not message:
        return [], []
    leans = leaning.of(told(index, said))
    by_entry = index.by_entry.heard(message.rarest)
    loudest, topics, subjects = max(by_entry) or 1, index.topics, index.subjects
    least, led = LOUD * loudest, [int(LED * lean) for lean in leans]
    near = [(loud + led[topics[entry]], entry) for entry, loud in enumerate(by_entry) if loud > least]
    near.sort(reverse=True)
    nearest = near[:NAMED]
    found: list[Candidate] = []
    rivalled = False  # the lead over another subject tells how sure the first is
    for heard, entry in nearest[:CHOSEN]:
        if heard < nearest[0][0] - FAR * loudest and rivalled:
            break
        rivalled = rivalled or subjects[entry] != subjects[nearest[0][1]]
        loud = by_entry[entry]
        features = _alike(index, message, entry, (loud / WHOLE, loud / loudest, leans[topics[entry]]))
        found.append(Candidate(entry, features))
    return found, [entry for _, entry in nearest[len(found) :]]


def _weighed(index: Index, said: Said) -> _Message | None:
    """Return a message, weighed; None if nothing in it is known."""
    says = index.weighed(said.tokens)
    if not says:
        return None
    rarest = list(says.items())
    if len(rarest) > MOST_FEATURES:
        rarest = sorted(rarest, key=itemgetter(1), reverse=True)[:MOST_FEATURES]
    pieces = letters(said.tokens)
    return _Message(
        said.folded,
        rarest,
        {feature: int(FINE * weight) for feature, weight in rarest},
        sum(says.values()),
        len(pieces),
        frozenset(index.known(pieces)),
    )


def _alike(index: Index, message: _Message, entry: int, loud: Features) -> Features:
    """Return how alike the message and the entry's nearest phrasing are, around how loudly it speaks of the entry."""
    steps, places, lanes = message.steps, index.phrasings[entry], index.said_in[entry]
    whole = sum([steps[feature] * lanes[feature] for feature in lanes.keys() & steps.keys()])
    sums = array("I", whole.to_bytes(_LANES, sys.byteorder))
    scores = list(map(mul, sums, index.shares[places.start : places.stop]))
    nearest = max(scores)
    place = scores.index(nearest)
    number, shared = places.start + place, sums[place] / FINE
    pieces = index.letters[number]
    return (
        nearest / FINE * message.whole**-TOLD,
        shared / message.whole,
        shared / index.weights[number],
        *loud,
        fuzz.token_set_ratio(message.folded, index.folded[number]) / 100,
        2 * len(message.known_pieces.intersection(pieces)) / (message.pieces + len(pieces)),
    )
