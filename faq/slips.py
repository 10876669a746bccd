"""Slips of the ear: a word written as another one that some people speak alike: "lop ho so" for "nop ho so"."""

import re
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache

from faq.words import sound

_SYLLABLE = re.compile("([^aeiouy]*)(.*?)([^aeiouy]*)")
_BEGINNINGS = ({"l", "n"}, {"ch", "tr"}, {"s", "x"})
_ENDS = ({"n", "ng"}, {"t", "c"})
_CACHED = 8192
ENOUGH = 8
"""How often the bank must say a word beside its neighbours to stand for one that is spelled with its diacritics."""


class Slips:
    """Knows which words of a bank sound alike, and which words it says one after the other."""

    def __init__(
        self, frequency: Mapping[str, int], side_by_side: Mapping[tuple[str, str], int], spelled: Container[str]
    ) -> None:
        """Take how often each word and each two words are said, folded; and the words as they are spelled."""
        by_sound: dict[str, list[str]] = defaultdict(list)
        for word in sorted(frequency):
            if word.isalpha():
                by_sound[sound(word)].append(word)
        self._alike = {
            word: [other for other in alike if other != word] for alike in by_sound.values() for word in alike
        }
        self._side_by_side = {two: times for two, times in side_by_side.items() if any(map(self._alike.get, two))}
        self._spelled = spelled

    def undo(self, typed: list[str], folded: list[str]) -> None:
        """Put the word that was meant in the place of each that never stands beside its neighbours."""
        for at, token in enumerate(folded):
            alike = self._alike.get(token)
            if not alike or self._beside(folded, at, token):
                continue
            toned, well_spelled = not typed[at].isascii(), typed[at] in self._spelled
            if not toned or well_spelled:  # it may be meant as it is
                alike = [word for word in alike if _often_mixed(token, word)]
            times, meant = max([(self._beside(folded, at, word), word) for word in alike], default=(0, token))
            if times >= (ENOUGH if toned and well_spelled else 1):
                folded[at] = typed[at] = meant

    def _beside(self, folded: Sequence[str], at: int, word: str) -> int:
        """Return how often the bank says the word beside those that stand before and after this place."""
        said = self._side_by_side
        before = said.get((folded[at - 1], word), 0) if at else 0
        return before + (said.get((word, folded[at + 1]), 0) if at + 1 < len(folded) else 0)


@lru_cache(_CACHED)
def _often_mixed(token: str, word: str) -> bool:
    """Return whether the words differ in one place, by letters that are mixed up most: at the beginning, or the end."""
    begins, vowels, ends = zip(*[_SYLLABLE.fullmatch(each).groups() for each in (token, word)], strict=True)  # type: ignore[union-attr]
    if vowels[0] != vowels[1]:
        return False
    if ends[0] == ends[1]:
        return set(begins) in _BEGINNINGS
    return begins[0] == begins[1] and set(ends) in _ENDS
