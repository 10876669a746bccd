"""Repair: what is no word is made the word it was meant to be, or the words that were glued together."""

import math
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.syllables import SYLLABLES
from faq.words import Tokens, sound, words

MOST_REPAIRED = 20_000
SHORT = 5
"""Letters up to which a word has one slip at most; a longer one may have two."""
FEWEST_LETTERS = 2
SOUND, LETTERS, OTHER_BEGINNING = 0.5, 0.8, 0.5
"""What the same sound and the same letters in another order count as slips, and what another first letter adds."""
FREQUENT = 0.2
"""How much it speaks for a word that it is said often, for each step of the logarithm."""
BESIDE = 1.0
"""How much it speaks for a word that it is said with the word before or after."""
LEAST, LEAST_SYLLABLE = -0.9, 0.6
"""How much must speak for a word: of what is none at all, and of what is a syllable the bank does not have."""
FEWEST_GLUED = 5
LONGEST_GLUED = 40
LONGEST_WORD = 8
UNSEEN = 11.0
"""How unlikely a word is that the bank does not have."""
MOST_UNLIKELY = 8.5
"""How unlikely the words of glued ones are, at most, in the middle."""
TOGETHER = 2.0
"""How much likelier glued words are that the bank says one after the other."""

Candidates = tuple[tuple[str, str, float], ...]
"""Words that may have been meant, with their sound and what speaks for each by itself."""


class Repair:
    """Knows the words of a bank, and which of them stand together."""

    def __init__(self, frequency: Mapping[str, int], pairs: Container[str]) -> None:
        """Take how often each word is said, and the sounds of pairs of words that are said one after the other."""
        self._frequency, self._pairs = frequency, pairs
        self._all = sum(frequency.values()) or 1
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in sorted(frequency):
            if word.isalpha() and len(word) >= FEWEST_LETTERS:
                self._by_length[len(word)].append(word)
                self._by_sound[sound(word)].append(word)
        self._found: dict[str, Candidates] = {}

    def meant(self, tokens: Sequence[str], at: int) -> str:
        """Return the word that was meant by a token that is none; the token itself if nothing speaks for another."""
        token = tokens[at]
        before = f"{sound(tokens[at - 1])} " if at else ""
        after = f" {sound(tokens[at + 1])}" if at + 1 < len(tokens) else ""
        best, most = token, LEAST_SYLLABLE if token in SYLLABLES else LEAST
        for word, heard, speaks in self._candidates(token):
            together = (before + heard in self._pairs) + (heard + after in self._pairs)
            if speaks + BESIDE * together > most:
                best, most = word, speaks + BESIDE * together
        return best

    def beside(self, word: str, next_word: str) -> bool:
        """Return whether the bank says these one after the other, or what sounds the same."""
        return f"{sound(word)} {sound(next_word)}" in self._pairs

    def unglued(self, token: str) -> Tokens:
        """Return the likeliest words that make up the token; nothing if it is hardly likely that they do."""
        if not FEWEST_GLUED <= len(token) <= LONGEST_GLUED:
            return ()
        best: list[dict[str, tuple[float, Tokens]]] = [{"": (0.0, ())}, *({} for _ in token)]  # by the last word
        for end in range(1, len(token) + 1):
            for begin in range(max(0, end - LONGEST_WORD), end):
                word = token[begin:end]
                unlikely = self._unlikely(word)
                if not best[begin] or unlikely == math.inf:
                    continue
                best[end][word] = min(
                    (before + unlikely - TOGETHER * self.beside(last, word), (*said, word))
                    for last, (before, said) in best[begin].items()
                )
        unlikely, said = min(best[-1].values(), default=(math.inf, ()))
        return said if unlikely <= MOST_UNLIKELY * len(said) else ()

    def _candidates(self, token: str) -> Candidates:
        found = self._found.get(token)
        if found is None:
            if len(self._found) > MOST_REPAIRED:
                self._found.clear()
            near = [word for size in range(len(token) - 2, len(token) + 2) for word in self._by_length.get(size, ())]
            slips = 1 if len(token) <= SHORT else 2
            cost = {
                word: float(distance)
                for word, distance, _ in process.extract(
                    token, near, scorer=OSA.distance, score_cutoff=slips, limit=None, processor=None
                )
            }
            once = pressed_once(token)
            for word in cost:
                if word == once or sorted(word) == sorted(token):
                    cost[word] = LETTERS
            cost |= dict.fromkeys(self._by_sound.get(sound(token), ()), SOUND)
            found = self._found[token] = tuple(
                [(word, sound(word), self._speaks(token, word, cost[word])) for word in cost]
            )
        return found

    def _speaks(self, token: str, word: str, cost: float) -> float:
        beginning = OTHER_BEGINNING if word[0] != token[0] and cost != SOUND else 0.0
        return FREQUENT * math.log(self._frequency[word]) - cost - beginning

    def _unlikely(self, word: str) -> float:
        times = self._frequency.get(word, 0)
        if len(word) == 1 and word != "o":  # "o" is where something is
            return math.inf
        if times:
            return math.log(self._all / times)
        return UNSEEN if word in SYLLABLES or word in words().spoken else math.inf


def pressed_once(token: str) -> str:
    """Return the token without letters that were pressed too long."""
    return "".join(letter for letter, _ in groupby(token))
