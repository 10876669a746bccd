"""The index: which phrasings, entries and topics a message shares features with, and how much that says."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, compress, pairwise, repeat
from operator import mul

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.features import STOP, gapped_count, letters, pair_count, toned_words
from faq.normal import Reader, Said, folded
from faq.rows import Rows
from faq.slips import Slips
from faq.speaking import Speaking
from faq.words import sound, words

ALIKE = 0.6
"""How alike an unknown token and a known one must be, of 1."""
SOUNDS_ALIKE = 0.9
"""How alike tokens are that some people write the same."""
EXPANSIONS = 4
MOST_EXPANDED = 20_000
TONE = 0.5
"""What a word with its diacritics counts, beside the word without."""
ASIDE = 0.45
"""How much it counts against a phrasing that it says other things as well."""

SHIFT = 16
"""Bits of the number of a word or a sound."""
GAP = 1 << 2 * SHIFT
"""What a pair with a word between has beside the numbers of both sounds."""
NOTHING = (-1, 0, 1.0, 0.0)
"""What is known of an unknown token."""

Weighed = list[tuple[int, float]]
"""Features of a message: the number of each, and what it says."""


class Index:
    """Phrasings, entries and topics by feature; every feature has a number."""

    def __init__(self, asked: Sequence[Sequence[str]], topics: Sequence[int]) -> None:
        """Take the phrasings of every entry, and the number of its topic."""
        self.topics = topics
        plain = Reader()  # phrasings are spelled well
        read = [plain.read(text) for ask in asked for text in ask]
        self.reader = _reader([said.toned for said in read])
        ends = list(accumulate(map(len, asked), initial=0))
        self.phrasings = [range(begin, end) for begin, end in pairwise(ends)]
        """The phrasings of each entry."""
        self.folded = [said.folded for said in read]
        self.vocabulary = frozenset(token for said in read for token in said.tokens)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for token in sorted(self.vocabulary):
            self._by_length[len(token)].append(token)
            self._by_sound[sound(token)].append(token)
        self._expanded: dict[str, tuple[tuple[str, float], ...]] = {}
        self.ids: dict[str, int] = {token: number for number, token in enumerate(sorted(self.vocabulary))}
        """The number of each feature but pairs."""
        self.letters = Rows("I")
        """The pieces of words of each phrasing."""
        self.toned = Rows("I")
        """The words of each phrasing that have diacritics, as they are spelled."""
        self._number(read)
        stops = words().stops
        self._sounds: dict[str, int] = {}
        tokens = {
            token: (
                number,
                self._sounds.setdefault(sound(token), len(self._sounds) + 1),
                STOP if token in stops else 1.0,
            )
            for token, number in self.ids.items()
            if token in self.vocabulary
        }
        self._pairs: dict[int, int] = {}
        """The numbers of pairs, by those of both sounds; with a word between also by GAP."""
        compared, counts = self._compared(read, tokens)
        del read
        self.rarity = self._rarity(compared)
        self._tokens = {token: (*known, known[-1] * self.rarity[known[0]]) for token, known in tokens.items()}
        """The number of each token and of its sound, what it counts, and what it says."""
        self._weigh(compared, counts)

    def _number(self, read: Sequence[Said]) -> None:
        """Give pieces of words and words with diacritics a number; keep those of each phrasing."""
        ids, stops = self.ids, words().stops
        pieces: dict[str, list[int]] = {}
        for said in read:
            content = set(said.tokens) - stops or said.tokens
            for token in content:
                if token not in pieces:
                    pieces[token] = [ids.setdefault(name, len(ids)) for name in letters([token])]
            self.letters.append(set().union(*[pieces[token] for token in content]))
            self.toned.append([ids.setdefault(name, len(ids)) for name in toned_words(said.toned)])

    def _compared(self, read: Sequence[Said], tokens: Mapping[str, tuple[int, int, float]]) -> tuple[Rows, Rows]:
        """Return the features each phrasing is compared by, and what each counts; give pairs a number."""
        every, every_count = Rows("Q"), Rows("f")
        for said in read:
            counted: dict[int, float] = {}
            before = further = 0
            count_before = count_further = 0.0
            for token in said.tokens:
                number, heard, count = tokens[token]
                counted[number] = count
                if before:
                    counted[before << SHIFT | heard] = pair_count(count_before, count)
                if further and count + count_further > 1:
                    counted[GAP | further << SHIFT | heard] = gapped_count(count_further, count)
                further, count_further, before, count_before = before, count_before, heard, count
            every.append(counted)
            every_count.append(counted.values())
        often = [pair for pair, times in Counter(every.flat).items() if times > 1 and pair >> SHIFT]
        self._pairs = {
            pair: number for number, pair in enumerate(often, len(self.ids))
        }  # others are many and say little
        numbers = self._pairs | {number: number for number, _, _ in tokens.values()}
        numbered = array("l", map(numbers.get, every.flat, repeat(-1)))
        kept = bytes([number >= 0 for number in numbered])
        so_far = array("I", accumulate(kept, initial=0))
        starts = [so_far[at] for at in every.starts]
        return Rows("I", compress(numbered, kept), starts), Rows("f", compress(every_count.flat, kept), starts)

    def _weigh(self, compared: Rows, counts: Rows) -> None:
        """Keep what the phrasings of each entry are compared by, and of whom each feature speaks."""
        rarity, entries = self.rarity, [entry for entry, places in enumerate(self.phrasings) for _ in places]
        said = Rows("d", map(mul, counts.flat, map(rarity.__getitem__, compared.flat)), compared.starts)
        weighs = [sum(said[n]) or 1.0 for n in range(len(entries))]
        self.weights = array("f", weighs)
        """What all features of a phrasing weigh together."""
        self.shares = array("f", [weight**-ASIDE for weight in weighs])
        own = ((e, compared[n], said[n]) for n, e in enumerate(entries))
        self.by_entry = Speaking(own, len(rarity), len(self.phrasings))
        self.said_in = self._said_in(compared)
        """A bit for each phrasing of an entry that has a feature, in the order of `by_entry.whom`."""

    def _said_in(self, compared: Rows) -> "array[int]":
        said_in, free = array("H", bytes(2 * len(self.by_entry.whom))), self.by_entry.starts.tolist()
        for places in self.phrasings:
            bits: dict[int, int] = defaultdict(int)
            for place, number in enumerate(places):
                bit = 1 << place
                for feature in compared[number]:
                    bits[feature] |= bit
            for feature, bit in bits.items():
                said_in[free[feature]] = bit
                free[feature] += 1
        return said_in

    def _rarity(self, compared: Rows) -> "array[float]":
        """Return the log of the share of entries that have each feature, turned over."""
        rows = (compared, self.letters, self.toned)
        said = (set().union(*[each.between(n.start, n.stop) for each in rows]) for n in self.phrasings)
        times = Counter(chain.from_iterable(said))
        count = len(self.ids) + len(self._pairs)
        return array("f", [math.log(1 + len(self.phrasings) / (times[feature] or 1)) for feature in range(count)])

    def weighed(self, tokens: Sequence[str]) -> tuple[Weighed, list[int]]:
        """Return the known features of a message, and where those of each token begin, one place more at the end.

        Unknown tokens stand for those they resemble.
        """
        ids, known, sounds, pairs, rarity = self.ids, self._tokens, self._sounds, self._pairs, self.rarity
        found: Weighed = []
        starts = []
        before = further = 0
        count_before = count_further = 0.0
        for token in tokens:
            starts.append(len(found))
            number, heard, count, weight = known.get(token, NOTHING)
            if number >= 0:
                found.append((number, weight))
            else:
                heard = sounds.get(sound(token), 0)
                found += [(ids[like], alike * alike * rarity[ids[like]]) for like, alike in self.expand(token)]
            pair = pairs.get(before << SHIFT | heard)
            if pair is not None:
                found.append((pair, pair_count(count_before, count) * rarity[pair]))
            pair = pairs.get(GAP | further << SHIFT | heard)
            if pair is not None and count + count_further > 1:
                found.append((pair, gapped_count(count_further, count) * rarity[pair]))
            further, count_further, before, count_before = before, count_before, heard, count
        return found, [*starts, len(found)]

    def known(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of those features that are known."""
        ids = self.ids
        return [ids[name] for name in names if name in ids]

    def expand(self, token: str) -> tuple[tuple[str, float], ...]:
        """Return the known tokens that an unknown one resembles or sounds like, with how much, of 1."""
        if token not in self._expanded:
            if len(self._expanded) > MOST_EXPANDED:
                self._expanded.clear()
            near = [known for size in range(len(token) - 1, len(token) + 2) for known in self._by_length.get(size, ())]
            scorer = OSA.normalized_similarity
            found = process.extract(token, near, scorer=scorer, score_cutoff=ALIKE, limit=EXPANSIONS, processor=None)
            alike = {known: score for known, score, _ in found}
            for known in self._by_sound.get(sound(token), ())[:EXPANSIONS]:
                alike[known] = max(alike.get(known, 0.0), SOUNDS_ALIKE)
            self._expanded[token] = tuple(alike.items())
        return self._expanded[token]


def _reader(spelled: Sequence[str]) -> Reader:
    """Return the reader that knows the words of these phrasings, and which of them stand together."""
    said = Counter(chain.from_iterable(map(str.split, spelled)))
    beside = Counter(chain.from_iterable(map(set, map(pairwise, map(str.split, spelled)))))
    plainly = {word: folded(word) for word in said}
    heard = {word: sound(plain) for word, plain in plainly.items()}
    frequency: dict[str, int] = defaultdict(int)
    for word, times in said.items():
        frequency[plainly[word]] += times
    side_by_side: dict[tuple[str, str], int] = defaultdict(int)
    pairs: dict[str, int] = defaultdict(int)
    for (a, b), times in beside.items():
        side_by_side[plainly[a], plainly[b]] += times
        pairs[f"{heard[a]} {heard[b]}"] += times
    often = frozenset(pair for pair, times in pairs.items() if times > 1)
    return Reader(dict(frequency), often, Slips(frequency, side_by_side, frozenset(heard)))
