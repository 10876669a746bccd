"""Slips of the ear: a word written as another one that some people speak alike: "lop ho so" for "nop ho so"."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache

from faq.words import sound

_CONSONANTS = "bcdfghjklmnpqrstvwxz"
_BEGINNINGS = ({"l", "n"}, {"ch", "tr"}, {"s", "x"})
_ENDS = ({"n", "ng"}, {"t", "c"})
_CACHED = 8192
ENOUGH = 8
"""How often the bank must say a word beside its neighbours to stand for one that is spelled with its diacritics."""
OFTENER = 20
"""How many times as often it must say so where it says the word itself there, too."""


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
            word: [other for other in alike if other != word]
            for alike in by_sound.values()
            if len(alike) > 1
            for word in alike
        }
        mixed = {
            word: [one for one in alike if _with_letters_of(word, word, one)] for word, alike in self._alike.items()
        }
        self._mixed = {word: alike for word, alike in mixed.items() if alike}
        self._side_by_side = {two: times for two, times in side_by_side.items() if any(map(self._alike.get, two))}
        self._around = _around(self._side_by_side, self._alike)
        self._spelled = spelled

    def undo(self, typed: list[str], folded: list[str]) -> None:
        """Put the word that was meant in the place of each that hardly ever stands beside its neighbours."""
        for at, token in enumerate(folded):
            well_spelled = False
            alike = self._mixed.get(token)
            if not typed[at].isascii():
                well_spelled = typed[at] in self._spelled
                alike = alike if well_spelled else self._alike.get(token)
            if not alike:
                continue
            before, after = self._around[token]
            if (not at or folded[at - 1] not in before) and (at + 1 == len(folded) or folded[at + 1] not in after):
                continue
            own = self._beside(folded, at, token)
            if own and well_spelled:
                continue
            if well_spelled:  # it may be meant as it is
                alike = [word for word in alike if _with_letters_of(typed[at], token, word) in self._spelled]
            times, meant = max([(self._beside(folded, at, word), word) for word in alike], default=(0, token))
            if times >= max(ENOUGH if well_spelled else 1, OFTENER * own):
                folded[at] = typed[at] = meant

    def _beside(self, folded: Sequence[str], at: int, word: str) -> int:
        """Return how often the bank says the word beside those that stand before and after this place."""
        said = self._side_by_side
        before = said.get((folded[at - 1], word), 0) if at else 0
        return before + (said.get((word, folded[at + 1]), 0) if at + 1 < len(folded) else 0)


def _around(
    side_by_side: Iterable[tuple[str, str]], alike: Mapping[str, Sequence[str]]
) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return which words stand before, and after, those that sound like each word: without one there is no slip."""
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for first, second in side_by_side:
        before[second].add(first)
        after[first].add(second)
    return {
        word: (frozenset().union(*[before[one] for one in others]), frozenset().union(*[after[one] for one in others]))
        for word, others in alike.items()
    }


@lru_cache(_CACHED)
def _with_letters_of(typed: str, token: str, word: str) -> str:
    """Return what was typed with the beginning or end of the word, "nộp" of "lộp" and "nop"; "": they differ otherwise.

    Only what is mixed up most counts.
    """
    (begin, vowels, end), (other_begin, other_vowels, other_end) = _apart(token), _apart(word)
    if vowels != other_vowels:
        return ""
    if end == other_end and {begin, other_begin} in _BEGINNINGS:
        return other_begin + typed[len(begin) :]
    if begin == other_begin and {end, other_end} in _ENDS:
        return typed[: len(typed) - len(end)] + other_end
    return ""


def _apart(word: str) -> tuple[str, str, str]:
    """Return the beginning, the vowels and the end of a folded syllable."""
    rest = word.lstrip(_CONSONANTS)
    vowels = rest.rstrip(_CONSONANTS)
    return word[: len(word) - len(rest)], vowels, rest[len(vowels) :]
