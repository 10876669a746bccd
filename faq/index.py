"""The index: which phrasings, entries and topics a message shares features with, and how much that says."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.features import STOP, features, gapped_count, letters, pair_count, toned_words
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
LETTER = 0.3
"""What a piece of a word counts."""
TONE = 0.5
"""What a word with its diacritics counts, beside the word without."""
ASIDE = 0.45
"""How much it counts against a phrasing that it says other things as well."""

SHIFT = 16
"""Bits of the number of a sound."""
NOTHING = (-1, 0, 1.0, 0.0)
"""What is known of an unknown token."""

Weighed = list[tuple[int, float]]
"""Features of a message: the number of each, and what it says."""


class Index:
    """Phrasings, entries and topics by feature; every feature has a number."""

    def __init__(self, asked: Sequence[Sequence[str]], topics: Sequence[int], groups: Sequence[int]) -> None:
        """Take the phrasings of every entry, the number of its topic, and of its group: what is said in one file."""
        self.topics = topics
        self.groups = groups
        plain = Reader()  # phrasings are spelled well
        read = [plain.read(text) for ask in asked for text in ask]
        spelled = [said.toned.split() for said in read]
        plainly = {word: folded(word) for word in {word for said in spelled for word in said}}
        heard = {word: sound(plain) for word, plain in plainly.items()}
        pairs = Counter(f"{heard[a]} {heard[b]}" for said in spelled for a, b in {*pairwise(said)})
        often = frozenset(pair for pair, times in pairs.items() if times > 1)
        side_by_side = Counter((plainly[a], plainly[b]) for said in spelled for a, b in {*pairwise(said)})
        frequency = Counter(plainly[word] for said in spelled for word in said)
        self.reader = Reader(frequency, often, Slips(frequency, side_by_side, frozenset(heard)))
        del spelled, pairs, plainly, heard, side_by_side
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
        self._expanded: dict[str, tuple[tuple[int, float], ...]] = {}
        self.ids: dict[str, int] = {}
        """The number of each feature; of pairs only while the index is made."""
        self.letters = Rows("I")
        """The pieces of words of each phrasing."""
        self.toned = Rows("I")
        """The words of each phrasing that have diacritics, as they are spelled."""
        compared, counts = self._number(read)
        del read
        self.rarity = self._rarity(compared)
        self._weigh(compared, counts)
        self._tokens: dict[str, tuple[int, int, float, float]] = {}
        """The number of each token and of its sound, what it counts, and what it says."""
        self._sounds: dict[str, int] = {}
        self._pairs: dict[int, int] = {}
        self._gapped: dict[int, int] = {}
        """The numbers of the pairs, by those of both sounds."""
        self._look_up()

    def _number(self, read: Sequence[Said]) -> tuple[Rows, Rows]:
        """Give every feature a number; return those each phrasing is compared by, and what each counts."""
        pairs = Counter(name for said in read for name in {name for _, name, _ in features(said.tokens) if " " in name})
        often = {name for name, times in pairs.items() if times > 1}  # other pairs are many and say little
        del pairs
        ids = self.ids
        compared, counts = Rows("I"), Rows("f")
        for said in read:
            counted = {
                ids.setdefault(name, len(ids)): count
                for _, name, count in features(said.tokens)
                if " " not in name or name in often
            }
            compared.append(counted)
            counts.append(counted.values())
            for rows, names in ((self.letters, letters(said.tokens)), (self.toned, toned_words(said.toned))):
                rows.append([ids.setdefault(name, len(ids)) for name in names])
        return compared, counts

    def _weigh(self, compared: Rows, counts: Rows) -> None:
        """Keep what the phrasings of each entry are compared by, and of whom each feature speaks."""
        rarity, entries = self.rarity, [entry for entry, places in enumerate(self.phrasings) for _ in places]
        weighs = [
            sum([count * rarity[f] for f, count in zip(compared[n], counts[n], strict=True)]) or 1.0
            for n in range(len(entries))
        ]
        self.weights = array("f", weighs)
        """What all features of a phrasing weigh together."""
        self.shares = array("f", [weight**-ASIDE for weight in weighs])
        own = ((e, dict(zip(compared[n], counts[n], strict=True))) for n, e in enumerate(entries))
        self.by_entry = Speaking(own, rarity, len(self.phrasings))
        self.said_in = self._said_in(compared)
        """A bit for each phrasing of an entry that has a feature, in the order of `by_entry.whom`."""
        in_groups = sorted(range(len(entries)), key=lambda n: self.groups[entries[n]])
        whole = (
            (
                self.groups[entries[n]],
                dict(zip(compared[n], counts[n], strict=True))
                | dict.fromkeys(self.letters[n], LETTER)
                | dict.fromkeys(self.toned[n], TONE),
            )
            for n in in_groups
        )
        self.by_group = Speaking(whole, rarity, max(self.groups, default=0) + 1)

    def _said_in(self, compared: Rows) -> "array[int]":
        said_in, free = array("H", bytes(2 * len(self.by_entry.whom))), self.by_entry.starts[:]
        for places in self.phrasings:
            bits: dict[int, int] = {}
            for place, number in enumerate(places):
                for feature in compared[number]:
                    bits[feature] = bits.get(feature, 0) | 1 << place
            for feature, bit in bits.items():
                said_in[free[feature]] = bit
                free[feature] += 1
        return said_in

    def _rarity(self, compared: Rows) -> "array[float]":
        """Return the log of the share of entries that have each feature, turned over."""
        times = array("I", bytes(4 * len(self.ids)))
        for places in self.phrasings:
            for feature in set().union(*[rows[n] for n in places for rows in (compared, self.letters, self.toned)]):
                times[feature] += 1
        return array("f", [math.log(1 + len(self.phrasings) / (count or 1)) for count in times])

    def weighed(self, tokens: Sequence[str]) -> tuple[Weighed, list[int]]:
        """Return the known features of a message, and where those of each token begin, one place more at the end.

        Unknown tokens stand for those they resemble.
        """
        known, sounds, pairs, gapped, rarity = self._tokens, self._sounds, self._pairs, self._gapped, self.rarity
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
                found += [(like, alike * alike * rarity[like]) for like, alike in self.expand(token)]
            pair = pairs.get(before << SHIFT | heard)
            if pair is not None:
                found.append((pair, pair_count(count_before, count) * rarity[pair]))
            pair = gapped.get(further << SHIFT | heard)
            if pair is not None and count + count_further > 1:
                found.append((pair, gapped_count(count_further, count) * rarity[pair]))
            further, count_further, before, count_before = before, count_before, heard, count
        return found, [*starts, len(found)]

    def _look_up(self) -> None:
        """Arrange what features of words and of pairs there are, so that they are found soon; forget their names."""
        ids, stops = self.ids, words().stops
        for token in self.vocabulary:
            number, count = ids[token], STOP if token in stops else 1.0
            heard = self._sounds.setdefault(sound(token), len(self._sounds) + 1)
            self._tokens[token] = (number, heard, count, count * self.rarity[number])
        for name in [name for name in ids if " " in name]:
            before, _, after = name.partition(" ")
            rows, after = (self._gapped, after[2:]) if after.startswith("* ") else (self._pairs, after)
            rows[self._sounds[before] << SHIFT | self._sounds[after]] = ids.pop(name)

    def known(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of those features that are known."""
        ids = self.ids
        return [ids[name] for name in names if name in ids]

    def expand(self, token: str) -> tuple[tuple[int, float], ...]:
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
            self._expanded[token] = tuple((self.ids[known], score) for known, score in alike.items())
        return self._expanded[token]
