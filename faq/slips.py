"""Slips of the ear: a word written as another one that some people speak alike: "lop ho so" for "nop ho so"."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence, Set
from functools import lru_cache

from faq.words import sound

_CONSONANTS = "bcdfghjklmnpqrstvwxz"
_BEGINNINGS = ({"l", "n"}, {"ch", "tr"}, {"s", "x"})
_ENDS = ({"n", "ng"}, {"t", "c"})
_CACHED = 8192
MOST_SUSPECTS = 20_000
ENOUGH = 8
"""How often the bank must say a word beside its neighbours to stand for one that is spelled with its diacritics."""
OFTENER = 20
"""How many times as often it must say so where it says the word itself there, too."""

Suspect = tuple[Sequence[str], Set[str], Set[str], bool]
"""The words that one may be a slip of, the words before and after these, and whether it is spelled well itself."""


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
        self._before: dict[str, set[str]] = defaultdict(set)
        self._after: dict[str, set[str]] = defaultdict(set)
        for first, second in self._side_by_side:
            self._before[second].add(first)
            self._after[first].add(second)
        self._spelled = spelled
        self._suspects: dict[tuple[str, str], Suspect | None] = {}

    def undo(self, typed: list[str], folded: list[str]) -> None:
        """Put the word that was meant in the place of each that hardly ever stands beside its neighbours."""
        known, end = self._suspects, len(folded)
        for at, pair in enumerate(zip(typed, folded, strict=True)):
            suspect = known[pair] if pair in known else self._suspect(*pair)
            if not suspect:
                continue
            alike, before, after, well_spelled = suspect
            if (not at or folded[at - 1] not in before) and (at + 1 == end or folded[at + 1] not in after):
                continue  # without one of these beside it there is no slip
            own = self._beside(folded, at, pair[1])
            if own and well_spelled:
                continue
            times, meant = max([(self._beside(folded, at, word), word) for word in alike])
            if times >= max(ENOUGH if well_spelled else 1, OFTENER * own):
                folded[at] = typed[at] = meant

    def _suspect(self, typed: str, token: str) -> Suspect | None:
        """Return what a word may be a slip of, None if of nothing; keep that."""
        if len(self._suspects) > MOST_SUSPECTS:
            self._suspects.clear()
        well_spelled = not typed.isascii() and typed in self._spelled
        alike = (self._mixed if typed.isascii() or well_spelled else self._alike).get(token, [])
        if well_spelled:  # it may be meant as it is
            alike = [word for word in alike if _with_letters_of(typed, token, word) in self._spelled]
        before, after = ([said[word] for word in alike if word in said] for said in (self._before, self._after))
        found = (alike, frozenset().union(*before), frozenset().union(*after), well_spelled) if alike else None
        self._suspects[typed, token] = found
        return found

    def _beside(self, folded: Sequence[str], at: int, word: str) -> int:
        """Return how often the bank says the word beside those that stand before and after this place."""
        said = self._side_by_side
        before = said.get((folded[at - 1], word), 0) if at else 0
        return before + (said.get((word, folded[at + 1]), 0) if at + 1 < len(folded) else 0)


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
