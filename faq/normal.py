"""A question made comparable: abbreviations, dialect, raw keystrokes and glued syllables undone, then folded."""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from anyascii import anyascii

from faq.features import toned_words
from faq.keystrokes import decode
from faq.repair import Repair, pressed_once
from faq.slips import Slips
from faq.syllables import SYLLABLES
from faq.words import Tokens, sound, words

LONGEST = 1500
"""Characters of a message that are looked at."""
MOST_TOKENS = 120
FILLERS_FROM = 70
"""Characters from which on greetings, introductions and thanks are dropped everywhere.

In a shorter message only a part between commas is that says nothing else: "chào tổ số, quên mã VNeID".
"""
NEAR = 3
"""How many syllables before and after decide what an abbreviation means."""
MOST_CACHED = 20_000
_DIGITS = "0123456789"
_UNSEEN = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+")
_WORDS_AND_BREAKS = re.compile(r"[^\W_]+|[.?!,;:\n…()–—\"“”]")
_PIECES = re.compile(r"[a-z]+\d*|\d+")


@dataclass(frozen=True, slots=True)
class Said:
    """A message, comparable."""

    tokens: Tokens  # folded syllables, one way of writing for all that mean the same
    breaks: tuple[int, ...]  # where clauses begin, the first at 0
    toned: str  # as it was spelled, in small letters
    marked: frozenset[str]  # the words with diacritics, as they are spelled
    folded: str  # the tokens as one text

    @property
    def content(self) -> list[str]:
        """The tokens that tell what it is about."""
        stops = words().stops
        return [token for token in self.tokens if token not in stops]


class Reader:
    """Reads messages, knowing which words there are."""

    def __init__(
        self, frequency: Mapping[str, int] | None = None, pairs: Container[str] = (), slips: Slips | None = None
    ) -> None:
        """Take how often each word stands in the bank, which stand together, by their sound, and which sound alike.

        Glued words come apart into them, and what is no word was meant to be one of them.
        """
        self._frequency = frequency or {}
        self._repair = Repair(self._frequency, pairs)
        self._slips = slips
        self._words = words()
        self._known: dict[str, Tokens] = {}
        self._maybe_vni: set[str] = set()

    def read(self, text: str) -> Said:
        """Return the message, comparable; the end of a very long one is left aside."""
        composed = _UNSEEN.sub("", unicodedata.normalize("NFKC", text[:LONGEST])).lower()
        typed: list[str] = []
        breaks = [0]
        for found in _WORDS_AND_BREAKS.findall(composed):
            if found[0].isalnum():
                typed.append(found)
            elif breaks[-1] != len(typed):
                breaks.append(len(typed))
        if breaks[-1] == len(typed):
            breaks.pop()
        tokens, starts = self._comparable(typed, breaks)
        tokens, starts = self._without_fillers(tokens, starts, everywhere=len(composed) >= FILLERS_FROM)
        kept = tuple(tokens[:MOST_TOKENS])
        typed = typed[:MOST_TOKENS]
        begins = tuple([at for at in starts if at < len(kept)])
        return Said(kept, begins, " ".join(typed), toned_words(typed), " ".join(kept))

    def _comparable(self, typed: Sequence[str], breaks: Sequence[int]) -> tuple[list[str], list[int]]:
        tokens: list[str] = []
        starts = []
        for begin, end in pairwise([*breaks, len(typed)]):
            starts.append(len(tokens))
            tokens += self._in_context(self._rephrased(*self._apart(typed[begin:end])))
        return tokens, starts

    def _apart(self, typed: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return both spellings with raw keystrokes decoded and what was glued together taken apart."""
        known = self._known
        read = [known.get(token) or self._token(token) for token in typed]
        if not self._maybe_vni.isdisjoint(typed):
            vni = [token in self._maybe_vni for token in typed]
            if sum(vni) > 1:  # one alone may be a name, as kp5 is
                decoded = zip(typed, read, vni, strict=True)
                read = [(decode(word) or word,) if maybe else pieces for word, pieces, maybe in decoded]
        folded_out = list(chain.from_iterable(read))
        typed_out = list(typed)
        if any(len(pieces) != 1 for pieces in read):
            spelled = zip(typed, read, strict=True)
            typed_out = [word for whole, pieces in spelled for word in ((whole,) if len(pieces) == 1 else pieces)]
        if self._frequency and not self._frequency.keys() >= set(folded_out):
            self._repaired(typed_out, folded_out)
        if self._slips:
            self._slips.undo(typed_out, folded_out)
        return typed_out, folded_out

    def _repaired(self, typed: list[str], folded: list[str]) -> None:
        """Put words in the place of what is none."""
        frequency, repair = self._frequency, self._repair
        for at, token in enumerate(folded):
            if token in frequency or not token.isalpha() or self._is_said(token):
                continue
            longer = folded[at - 1] + token[0] if at else ""
            if longer in frequency and token[1:] in frequency and repair.beside(longer, token[1:]):
                folded[at - 1] = typed[at - 1] = longer  # "tien gviet": the space came too early
                folded[at] = typed[at] = token[1:]
                continue
            once = pressed_once(token)
            meant = once if self._is_said(once) else repair.meant(folded, at)
            if meant != token:
                folded[at] = typed[at] = meant

    def _is_said(self, token: str) -> bool:
        known = self._words
        return token in known.phrases.lengths or token in known.context or token in known.spoken

    def _token(self, typed: str) -> Tokens:
        """Return the words a token stands for; keep them, and whether it may be typed in VNI."""
        if len(self._known) > MOST_CACHED:
            self._known.clear()
            self._maybe_vni.clear()
        plain = folded(typed)
        if not plain.isalpha() and len(plain) > 2 and decode(plain) is not None:
            self._maybe_vni.add(typed)
        found = self._known[typed] = self._pieces(plain)
        return found

    def _pieces(self, token: str) -> Tokens:
        known = self._words
        if not token or token in SYLLABLES or token in self._frequency or token in known.spoken or token.isdigit():
            return (token,) if token else ()
        if token in known.phrases.lengths or token in known.context:
            return (token,)
        if token.isalpha():
            return (meant,) if (meant := decode(token)) else self._repair.unglued(token) or (token,)
        parts = _PIECES.findall(token)
        if len(parts) > 1 and parts[0].isdigit() and (amount := known.amounts.get(parts[1].rstrip(_DIGITS))):
            return (parts[0], amount, *chain.from_iterable(map(self._pieces, parts[2:])))  # 200k, 2tr5
        if len(parts) == 1 and (words := self._repair.unglued(token.rstrip(_DIGITS))):
            return (*words, token[len(token.rstrip(_DIGITS)) :])
        return tuple(piece for part in parts for piece in self._pieces(part)) if len(parts) > 1 else (token,)

    def _rephrased(self, typed: Sequence[str], folded: Sequence[str]) -> list[str]:
        """Return the folded tokens with every phrase of words.yaml said one way."""
        phrases, known = self._words.phrases, self._frequency
        begins = phrases.begins(folded)
        if not phrases.marked.isdisjoint(typed):
            begins = sorted({*begins, *phrases.begins(typed)})
        by_ear = known and not known.keys() >= set(folded)  # something is spelled in an unusual way
        sounds = list(map(sound, folded)) if by_ear else []
        if by_ear:
            heard = [at for at, two in enumerate(pairwise(sounds)) if two in self._words.sounding]
            begins = sorted({*begins, *heard})
        out: list[str] = []
        at = 0
        for begin in begins:
            if begin < at:
                continue
            found = phrases.at(typed, begin) if typed[begin] != folded[begin] else None
            found = found or phrases.at(folded, begin)
            if found is None and by_ear:
                found = self._heard(folded, sounds, begin)
            if found:
                out += folded[at:begin]
                at = begin + found[0]
                out += found[1]
        return [*out, *folded[at:]]

    def _heard(self, folded: Sequence[str], sounds: Sequence[str], at: int) -> tuple[int, Tokens] | None:
        """Return how long the phrase of words.yaml is that sounds like what begins here, and what it means.

        What is all words of the bank is no such phrase.
        """
        for said, meant in self._words.sounding.get(tuple(sounds[at : at + 2]), ()):
            end = at + len(said)
            if tuple(sounds[at:end]) == said and not self._frequency.keys() >= set(folded[at:end]):
                return len(said), meant
        return None

    def _in_context(self, tokens: list[str]) -> list[str]:
        """Return the tokens with abbreviations of several meanings spelled out by what stands near."""
        context = self._words.context
        if context.keys().isdisjoint(tokens):
            return tokens
        out: list[str] = []
        for at, token in enumerate(tokens):
            options = context.get(token)
            if options is None:
                out.append(token)
                continue
            around = {*tokens[max(0, at - NEAR) : at], *tokens[at + 1 : at + 1 + NEAR]}
            out += next((meant for meant, near in options if not near.isdisjoint(around)), options[-1][0])
        return out

    def _without_fillers(self, tokens: list[str], starts: list[int], everywhere: bool) -> tuple[list[str], list[int]]:
        """Return tokens and starts without what is said for politeness; all of them if nothing else was said."""
        fillers = self._words.fillers
        kept: list[str] = []
        new_starts = []
        begins = fillers.begins(tokens)
        for begin, end in pairwise([*starts, len(tokens)]):
            new_starts.append(len(kept))
            at = begin
            for place in [place for place in begins if begin <= place < end]:
                if place >= at and (found := fillers.at(tokens, place)):
                    kept += tokens[at:place]
                    at = place + found[0]
            kept += tokens[at:end]
            if not everywhere and len(kept) > new_starts[-1]:
                kept[new_starts[-1] :] = tokens[begin:end]
        different = [before for before, after in pairwise([*new_starts, len(kept)]) if before != after]
        return (kept, different) if kept else (tokens, starts)


def folded(token: str) -> str:
    """Return a word without diacritics, in plain letters."""
    ascii_only = token if token.isascii() else re.sub("[^a-z0-9]", "", anyascii(token).lower())
    if len(ascii_only) == 2 and ascii_only[1] == "y" and ascii_only[0] in "hklmst":
        return ascii_only[0] + "i"  # kỹ and kĩ, lý and lí are the same
    return ascii_only
