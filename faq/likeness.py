"""Likeness: the entries worth a closer look, and in how many ways each is like a message."""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz

from faq.features import letters, toned_words
from faq.index import ASIDE, TONE, Index, Weighed
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
_LANES = 4 * 16
"""Bytes of the great number that holds a sum for each phrasing of an entry."""
MOST_FEATURES = 30
"""Of a long message the rarest features are enough."""
LONG = 13
"""Syllables from which on parts of a message are looked at as well."""
WINDOW = 11
STEP = 6
MOST_WINDOWS = 6
TONED = 0.3
"""Share of words with diacritics from which on these are compared too."""
TOLD = 1 - ASIDE
"""How much it counts against a phrasing that the message says other things as well."""

Features = tuple[float, ...]
Parts = list[tuple[Mapping[int, float], float]]
"""What parts of a message say, and what a likeness with each is multiplied by."""


class Candidate(NamedTuple):
    """An entry that may be meant, with what speaks for it."""

    entry: int
    features: Features


class _Message(NamedTuple):
    """A message, weighed."""

    folded: str
    rarest: Sequence[tuple[int, float]]  # the features that say most, with what
    rows: Sequence[tuple[int, int, int, int]]  # its features: number, what it says in steps, where its row is
    whole: float  # what they say together
    pieces: int  # how many pieces of words there are
    known_pieces: frozenset[int]
    toned: Mapping[int, float]  # what the words with diacritics say, if there are many
    toned_whole: float
    parts: Parts


def candidates(index: Index, leaning: Leaning, said: Said) -> tuple[list[Candidate], list[int]]:
    """Return the entries that may be meant, with what speaks for each; and the next ones, the nearest first."""
    message = _weighed(index, said)
    if not message:
        return [], []
    leans = leaning.of(told(index, said))
    by_entry = index.by_entry.heard(message.rarest)
    loudest, topics = max(by_entry) or 1, index.topics
    least, led = LOUD * loudest, [int(LED * lean) for lean in leans]
    nearest = [(loud + led[topics[entry]], entry) for entry, loud in enumerate(by_entry) if loud > least]
    nearest.sort(reverse=True)
    found: list[Candidate] = []
    rivalled = False  # the lead over another topic tells how sure the first is
    for near, entry in nearest[:CHOSEN]:
        if near < nearest[0][0] - FAR * loudest and rivalled:
            break
        rivalled = rivalled or topics[entry] != topics[nearest[0][1]]
        loud = by_entry[entry]
        features = _alike(index, message, entry, (loud / WHOLE, loud / loudest, leans[topics[entry]]))
        found.append(Candidate(entry, features))
    return found, [entry for _, entry in nearest[len(found) : NAMED]]


def _weighed(index: Index, said: Said) -> _Message | None:
    """Return a message, weighed; None if nothing in it is known."""
    found, places = index.weighed(said.tokens)
    if not found:
        return None
    weighed: dict[int, float] = {}
    for feature, weight in found:
        if weight > weighed.get(feature, 0.0):
            weighed[feature] = weight
    rarest = list(weighed.items())
    if len(rarest) > MOST_FEATURES:
        rarest = sorted(rarest, key=_weight, reverse=True)[:MOST_FEATURES]
    starts, pieces = index.by_entry.starts, letters(said.tokens)
    spelled = toned_words(said.toned)
    is_toned = len(spelled) > TONED * said.toned.count(" ")
    toned = {word: TONE * index.rarity[word] for word in (index.known(spelled) if is_toned else ())}
    return _Message(
        said.folded,
        rarest,
        [(feature, int(FINE * weight), starts[feature], starts[feature + 1]) for feature, weight in rarest],
        sum(weighed.values()),
        len(pieces),
        frozenset(index.known(pieces)),
        toned,
        sum(toned.values()) or 1.0,
        _parts(said, found, places),
    )


def _alike(index: Index, message: _Message, entry: int, loud: Features) -> Features:
    """Return how alike the message and the entry's nearest phrasing are, around how loudly it speaks of the entry."""
    toned, parts, places = message.toned, message.parts, index.phrasings[entry]
    whom, said_in, whole = index.by_entry.whom, index.said_in, 0
    common = []
    for feature, step, begin, end in message.rows:
        at = bisect_left(whom, entry, begin, end)
        if at < end and whom[at] == entry:
            bits = said_in[at]
            whole += step * lanes(bits)
            common.append((feature, bits))
    sums = array("I", whole.to_bytes(_LANES, sys.byteorder))
    scores = [value * share for value, share in zip(sums, index.shares[places.start : places.stop], strict=False)]
    nearest = max(scores)
    place = scores.index(nearest)
    number = places.start + place
    shared = sums[place] / FINE
    score = nearest / FINE * message.whole**-TOLD
    in_part = 0.0
    if parts:
        theirs = [feature for feature, bits in common if bits >> place & 1]
        in_part = max([sum([part[f] for f in theirs if f in part]) * told for part, told in parts])
    pieces = index.letters[number]
    folded, their_folded = message.folded, index.folded[number]
    return (
        score,
        shared / message.whole,
        shared / index.weights[number],
        max(score, in_part * index.shares[number]),
        *loud,
        fuzz.token_set_ratio(folded, their_folded) / 100,
        fuzz.ratio(folded, their_folded) / 100,
        2 * len(message.known_pieces.intersection(pieces)) / (message.pieces + len(pieces)),
        sum([toned.get(word, 0.0) for word in index.toned[number]]) / message.toned_whole if toned else 0.0,
    )


@cache
def lanes(bits: int) -> int:
    """Return one in every lane whose bit is set: numbers side by side in one great one."""
    return sum(1 << 32 * place for place in range(bits.bit_length()) if bits >> place & 1)


def _parts(said: Said, found: Weighed, places: Sequence[int]) -> Parts:
    """Return the parts of a long message, its clauses and stretches of some syllables, with what speaks against each.

    That is less for a short part than for a long one.
    """
    length = len(said.tokens)
    if length < LONG:
        return []
    clauses = [(begin, end) for begin, end in pairwise([*said.breaks, length]) if 3 <= end - begin <= 2 * WINDOW]
    stretches = [(begin, begin + WINDOW) for begin in range(0, length - WINDOW + STEP, STEP)]
    parts: Parts = []
    for begin, end in dict.fromkeys([*stretches, *clauses][-MOST_WINDOWS:]):  # what is asked mostly comes last
        part = dict(found[places[begin] : places[min(end, length)]])
        if part:
            parts.append((part, sum(part.values()) ** -TOLD))
    return parts


def _weight(pair: tuple[int, float]) -> float:
    return pair[1]
