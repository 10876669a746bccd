"""Features: what a message is compared by: syllables, pairs by their sound, pieces of words, words with diacritics."""

import sys
from collections.abc import Iterable
from functools import lru_cache

from faq.words import words

PAIR = 0.55
"""What a pair of neighbouring syllables counts, beside its syllables."""
GAPPED = 0.33
"""What a pair with one syllable between counts."""
STOP = 0.2
"""What a stop-syllable counts."""
MARKED = "^"
"""How the name of a word with diacritics begins."""
LETTERS = 4
"""Length of the pieces of words that are compared."""
_CACHED = 8192


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


def toned_words(typed: Iterable[str]) -> frozenset[str]:
    """Return the words with diacritics, as they are spelled."""
    return frozenset([MARKED + word for word in typed if not word.isascii()])
