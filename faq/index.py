"""The index: which phrasings, entries and topics a message shares features with, and how much that says."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, compress, pairwise
from operator import mul

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.features import STOP, gapped_count, letters, pair_count
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
ASIDE = 0.45
"""How much it counts against a phrasing that it says other things as well."""

SHIFT = 16
"""Bits of the number of a word or a sound."""
GAP = 1 << 2 * SHIFT
"""What a pair with a word between has beside the numbers of both sounds."""
UNKNOWN = -1
"""The number of what is no feature."""
LANE = 32
"""Bits of each number of a great one."""


class Index:
    """Phrasings, entries and topics by feature; every feature has a number."""

    def __init__(
        self, asked: Sequence[Sequence[str]], topics: Sequence[int], subjects: Sequence[int] | None = None
    ) -> None:
        """Take the phrasings of every entry, the number of its topic, and that of what it is about, if not the topic.

        Entries of one subject are no rivals: whoever is answered by the wrong one still hears of the right thing.
        """
        self.topics, self.subjects = topics, subjects or topics
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
        self.spelled = frozenset().union(*[said.marked for said in read])
        """The words with diacritics of all phrasings, as they are spelled."""
        self._number(read)
        self._sounds: dict[str, int] = {}
        """The number of each sound, from 1."""
        self._tokens = {
            token: (number, self._sounds.setdefault(sound(token), len(self._sounds) + 1))
            for token, number in self.ids.items()
            if token in self.vocabulary
        }
        """The number of each token and of its sound."""
        self._pairs: dict[int, int] = {}
        """The numbers of pairs, by those of both sounds; with a word between also by GAP."""
        compared, counts = self._compared(read)
        del read
        rarity = self._rarity(compared)
        self.says = array("f", map(mul, counts, rarity))
        """What each feature says that is compared."""
        self._weigh(compared)

    def _number(self, read: Sequence[Said]) -> None:
        """Give pieces of words a number; keep those of each phrasing."""
        ids, stops = self.ids, words().stops
        pieces: dict[str, list[int]] = {}
        for said in read:
            content = set(said.tokens) - stops or said.tokens
            for token in content:
                if token not in pieces:
                    pieces[token] = [ids.setdefault(name, len(ids)) for name in letters([token])]
            self.letters.append(set().union(*[pieces[token] for token in content]))

    def _compared(self, read: Sequence[Said]) -> tuple[Rows, "array[float]"]:
        """Return the features each phrasing is compared by, and what each counts; give pairs a number."""
        stops = words().stops
        counts = [0.0] * (len(self._sounds) + 1)  # by sound
        for token, (_, sounding) in self._tokens.items():
            counts[sounding] = max(counts[sounding], STOP if token in stops else 1.0)
        every = Rows("Q")
        for said in read:
            known = [self._tokens[token] for token in said.tokens]
            numbers, heard = [number for number, _ in known], [sound_ for _, sound_ in known]
            gapped = [GAP | a << SHIFT | b for a, b in zip(heard, heard[2:], strict=False) if counts[a] + counts[b] > 1]
            every.append(dict.fromkeys([*numbers, *[a << SHIFT | b for a, b in pairwise(heard)], *gapped]))
        often = [pair for pair, times in Counter(every.flat).items() if times > 1 and pair >> SHIFT]
        first = len(self.ids)
        self._pairs = {pair: number for number, pair in enumerate(often, first)}  # others are many and say little
        numbered = self._pairs | dict(zip(range(first), range(first), strict=True))
        kept = bytes([feature in numbered for feature in every.flat])
        so_far = array("I", accumulate(kept, initial=0))
        features = map(numbered.__getitem__, compress(every.flat, kept))
        low = (1 << SHIFT) - 1
        both = [(pair >> 2 * SHIFT, counts[pair >> SHIFT & low], counts[pair & low]) for pair in often]
        pair_counts = [gapped_count(a, b) if gap else pair_count(a, b) for gap, a, b in both]
        alone = [STOP if name in stops else 1.0 for name in self.ids]
        return Rows("I", features, [so_far[at] for at in every.starts]), array("f", alone + pair_counts)

    def _weigh(self, compared: Rows) -> None:
        """Keep what the phrasings of each entry are compared by, and of whom each feature speaks."""
        entries = [entry for entry, places in enumerate(self.phrasings) for _ in places]
        said = Rows("d", map(self.says.__getitem__, compared.flat), compared.starts)
        weighs = [sum(said[n]) or 1.0 for n in range(len(entries))]
        self.weights = array("f", weighs)
        """What all features of a phrasing weigh together."""
        self.shares = array("f", [weight**-ASIDE for weight in weighs])
        own = ((e, compared[n], said[n]) for n, e in enumerate(entries))
        self.by_entry = Speaking(own, len(self.says), len(self.phrasings))
        self.said_in = self._said_in(compared)
        """Of each entry, by feature, which of its phrasings have it: a great number with one in the lane of each."""

    def _said_in(self, compared: Rows) -> list[dict[int, int]]:
        same: dict[int, int] = {}  # each number is kept once
        said_in = []
        for places in self.phrasings:
            lanes: dict[int, int] = {}
            for place, number in enumerate(places):
                one = 1 << LANE * place
                for feature in compared[number]:
                    lanes[feature] = lanes.get(feature, 0) | one
            said_in.append({feature: same.setdefault(lane, lane) for feature, lane in lanes.items()})
        return said_in

    def _rarity(self, compared: Rows) -> "array[float]":
        """Return the log of the share of entries that have each feature, turned over."""
        times = Counter(chain.from_iterable(set(compared.between(n.start, n.stop)) for n in self.phrasings))
        count = len(self.ids) + len(self._pairs)
        return array("f", [math.log(1 + len(self.phrasings) / (times[feature] or 1)) for feature in range(count)])

    def weighed(self, tokens: Sequence[str]) -> dict[int, float]:
        """Return the known features of a message, with what each says.

        Unknown words stand for those they resemble.
        """
        pairs, says = self._pairs, self.says
        known = [self._tokens.get(token) or (UNKNOWN, self._sounds.get(sound(token), 0)) for token in tokens]
        heard = [sounding for _, sounding in known]
        exact = {number for number, _ in known}
        unknown = UNKNOWN in exact
        exact.update([pairs.get(a << SHIFT | b, UNKNOWN) for a, b in pairwise(heard)])
        exact.update([pairs.get(GAP | a << SHIFT | b, UNKNOWN) for a, b in zip(heard, heard[2:])])  # noqa: B905  (pairs)
        exact.discard(UNKNOWN)
        found = {feature: says[feature] for feature in exact}
        for token in [token for token in tokens if token not in self._tokens] if unknown else ():
            for like, alike in self.expand(token):
                number = self.ids[like]
                found[number] = max(found.get(number, 0.0), alike * alike * says[number])
        return found

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
