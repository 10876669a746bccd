"""The words of words.yaml, ready to be looked up: abbreviations, dialect, fillers, stop-syllables; how words sound."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any

import yaml

from faq.syllables import SYLLABLES

Tokens = tuple[str, ...]
HEARD_LETTERS = 6
"""Letters of the shortest phrase that is known by its sound as well."""
_ONSETS = (("ngh", "ng"), ("gh", "g"), ("ch", "ch"), ("tr", "ch"), ("gi", "d"), ("qu", "q"), ("w", "q"), ("ph", "f"),
           ("k", "c"), ("x", "s"), ("z", "d"), ("v", "d"), ("r", "d"), ("l", "n"), ("j", "d"))  # fmt: skip
"""Beginnings that some people speak, and so write, alike."""
_ENDINGS = re.compile("(?:ng|nh|g)$")
_ENDINGS_HARD = re.compile("(?:c|ch|k)$")
_CACHED = 8192


class Phrases:
    """Phrases with what each means, found where they stand in a message."""

    def __init__(self, meant: Mapping[Tokens, Tokens]) -> None:
        """Take what each phrase means."""
        self._meant = meant
        lengths: dict[str, set[int]] = {}
        for said in meant:
            lengths.setdefault(said[0], set()).add(len(said))
        self.lengths = {first: sorted(each, reverse=True) for first, each in lengths.items()}
        """How long the phrases are that begin with a word, the longest first."""
        self._openings = frozenset(said[:2] for said in meant if len(said) > 1)
        self._alone = frozenset(said[0] for said in meant if len(said) == 1)
        self.marked = frozenset(first for first in self.lengths if not first.isascii())
        """The first words of phrases that must be spelled with their diacritics."""

    def begins(self, tokens: Sequence[str]) -> list[int]:
        """Return the places where a phrase may begin."""
        lengths, openings, alone, after = self.lengths, self._openings, self._alone, [*tokens[1:], ""]
        places = [at for at, token in enumerate(tokens) if token in lengths]
        return [at for at in places if (tokens[at], after[at]) in openings or tokens[at] in alone]

    def at(self, tokens: Sequence[str], begin: int) -> tuple[int, Tokens] | None:
        """Return how long the longest phrase is that begins at this place, and what it means; None: there is none."""
        for length in self.lengths.get(tokens[begin], ()):
            meant = self._meant.get(tuple(tokens[begin : begin + length]))
            if meant is not None:
                return length, meant
        return None


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of words before any bank is read."""

    phrases: Phrases  # as said, with what they are compared as
    sounding: Mapping[Tokens, tuple[tuple[Tokens, Tokens], ...]]  # longer phrases as they sound, by two words
    context: Mapping[str, tuple[tuple[Tokens, frozenset[str]], ...]]  # meanings of an abbreviation, with what is near
    amounts: Mapping[str, str]  # what is written right behind a number, with what it means
    spoken: frozenset[str]  # foreign words that are typed as they are
    fillers: Phrases  # what is said for politeness, and means nothing
    stops: frozenset[str]


@cache
def words() -> Words:
    """Return the words, read once."""
    content: dict[str, Any] = yaml.load(
        files("faq").joinpath("words.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    pairs = [
        (tuple(str(said).replace("_", " ").split()), tuple(meant.split()))
        for meant, others in content["abbreviations"].items()
        for said in others
    ]
    said_so = dict(reversed([*pairs, *_spelled_out(content["letters"], content["spelled_out"])]))  # the first counts
    return Words(
        phrases=Phrases(said_so),
        sounding=_by_two([(tuple(map(sound, said)), meant) for said, meant in pairs if _may_be_heard(said)]),
        context={
            said: tuple((tuple(meant.split()), frozenset(near)) for option in options for meant, near in option.items())
            for said, options in content["context"].items()
        },
        amounts={said: meant for meant, others in content["amounts"].items() for said in others},
        spoken=frozenset(word for row in (*content["spoken"], *content["letters"].values()) for word in row),
        fillers=Phrases({tuple(filler.split()): () for row in content["fillers"] for filler in row}),
        stops=frozenset(word for row in content["stops"] for word in row),
    )


def _by_two(pairs: list[tuple[Tokens, Tokens]]) -> dict[Tokens, tuple[tuple[Tokens, Tokens], ...]]:
    found: dict[Tokens, list[tuple[Tokens, Tokens]]] = {}
    for said, meant in pairs:
        found.setdefault(said[:2], []).append((said, meant))
    return {two: tuple(sorted(each, key=lambda pair: -len(pair[0]))) for two, each in found.items()}


def _may_be_heard(said: Tokens) -> bool:
    """Return whether a phrase is long enough, and spelled out, to be known by its sound as well."""
    return len(said) > 1 and len("".join(said)) >= HEARD_LETTERS and SYLLABLES.issuperset(said)


def _spelled_out(letters: Mapping[str, list[str]], names: Mapping[str, list[str]]) -> Iterator[tuple[Tokens, Tokens]]:
    """Yield names with all ways of saying their letters one by one: "vi en ai di" is "vneid"."""
    for name, spellings in names.items():
        for spelling in spellings:
            for said in product(*[letters.get(part, [part]) for part in spelling.split()]):
                yield tuple(" ".join(said).replace("_", " ").split()), tuple(name.split())


@lru_cache(_CACHED)
def sound(token: str) -> str:
    """Return how a folded syllable sounds to those who mix up s and x, ch and tr, d and gi, n and ng, c and t."""
    for written, heard in _ONSETS:
        if token.startswith(written) and token != written:
            token = heard + token[len(written) :]
            break
    token = _ENDINGS_HARD.sub("t", _ENDINGS.sub("n", token))
    return sys.intern(token.replace("y", "i"))
