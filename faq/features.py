"""Features: what a message is compared by: syllables, pairs by their sound, pieces of words, words with diacritics."""

import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache

from faq.words import sound, words

PAIR = 0.55
"""What a pair of neighbouring syllables counts, beside its syllables."""
GAPPED = 0.33
"""What a pair with one syllable between counts."""
STOP = 0.2
"""What a stop-syllable counts."""
LETTERS = 4
"""Length of the pieces of words that are compared."""
_CACHED = 8192


def features(tokens: Sequence[str]) -> list[tuple[int, str, float]]:
    """Return where each syllable and pair begins, and what it counts before its rarity."""
    stops = words().stops
    found: list[tuple[int, str, float]] = []
    before = further = ""
    count_before = count_further = 0.0
    for at, token in enumerate(tokens):
        count = STOP if token in stops else 1.0
        found.append((at, token, count))
        heard = sound(token)
        if before:
            found.append((at - 1, f"{before} {heard}", pair_count(count_before, count)))
        if further and count + count_further > 1:
            found.append((at - 2, f"{further} * {heard}", gapped_count(count_further, count)))
        further, count_further, before, count_before = before, count_before, heard, count
    return found


def pair_count(before: float, after: float) -> float:
    """Return what a pair of words counts that count so much."""
    return PAIR * max(before, after, 0.4)


def gapped_count(before: float, after: float) -> float:
    """Return what a pair counts with a word between."""
    return GAPPED * max(min(before, after), 0.6)


def letters(tokens: Iterable[str]) -> set[str]:
    """Return the pieces of words, their ends marked."""
    content = set(tokens) - words().stops
    return set().union(*map(_letters_of, content or tokens))


@lru_cache(_CACHED)
def _letters_of(token: str) -> tuple[str, ...]:
    padded = f"_{token}_"
    return tuple(sys.intern("#" + padded[at : at + LETTERS]) for at in range(max(1, len(padded) - LETTERS + 1)))


def toned_words(spelled: str) -> set[str]:
    """Return the words with diacritics, as they are spelled."""
    return set() if spelled.isascii() else {f"^{word}" for word in spelled.split() if not word.isascii()}
