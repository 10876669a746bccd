"""Words of a message, made comparable even where somebody disguised them, each with its place in the message."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from faq.scam_hosts import Host, hosts_in

LONGEST = 1600
"""Characters of a message that are looked at: what matters in a longer one stands at its beginning."""
MOST_WORDS = 350
LONG = 8
"""Letters of the shortest word that may be several, written without spaces between them."""
MOST_PARTS = 40
"""Letters written apart that are put together into words at once."""
LONGEST_PART = 4
"""Letters of the longest part of a word with signs inside."""
LAST_ALIKE = "\u05ff"
"""Alphabets beyond have no letters that look like ours: Latin, Greek and Cyrillic stand before."""
LINK, NUMBER = "@", "#"
BARE = "="
"""The diacritics of a word that is written without any: "cho" is not "chớ"."""
MARKED = 0.45
"""The share of words with diacritics from which the others bear none on purpose."""
_WORD = re.compile(r"[^\W_][\w@$]*(?:[.,]\d+)*|[₫%]")
_SENTENCE_END = re.compile(r"[.!?;]\s|[\n\r…•]|\s[-–]\s|[.!?;]$")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_SIGN_BETWEEN = frozenset(".-_*·•|/~+'`")
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_L = str.maketrans("013457@$", "oleastas")
_TILDE_OR_HOOK = str.maketrans("\u0309", "\u0303")
"""The two tones that half the country does not tell apart are one."""


class Word(NamedTuple):
    """One word: how it compares, and where it stands."""

    folded: str
    marks: str  # its diacritics, sorted; BARE where it has none; "" where nobody can tell
    start: int
    end: int
    sentence: int
    kind: str = ""  # LINK or NUMBER
    disguised: bool = False


class Message(NamedTuple):
    """A message taken apart."""

    text: str  # as it was sent
    words: tuple[Word, ...]
    hosts: tuple[Host, ...]

    def quote(self, first: int, last: int) -> str:
        """Return the part of the message from word `first` to word `last`, as it was written."""
        return self.text[self.words[first].start : self.words[last].end]


def take_apart(text: str, known: frozenset[str], short: Mapping[str, tuple[str, ...]]) -> Message:
    """Return the words of a message; `known` are words worth recognising, `short` what abbreviations stand for."""
    text = text[:LONGEST]
    plain, place = _plain(text)
    hosts = hosts_in(plain)
    words: list[Word] = []
    sentence = at = 0
    links = iter([*hosts, None])
    link = next(links)
    for found in _WORD.finditer(plain):
        start, end = found.span()
        if link and start >= link.start:
            if words and _SENTENCE_END.search(plain, at, link.start):
                sentence += 1
            while link and start >= link.start:
                words.append(Word(LINK, "", link.start, link.end, sentence, LINK))
                at = link.end
                link = next(links)
        if start < at:
            continue
        one_space = start - at == 1 and plain[at] == " "
        if words and not one_space and _SENTENCE_END.search(plain, at, start):
            sentence += 1
        words.append(_word(found[0], start, end, sentence, known))
        at = end
        if len(words) >= MOST_WORDS:
            break
    else:
        while link:
            words.append(Word(LINK, "", link.start, link.end, sentence, LINK))
            link = next(links)
    whole = _spread(_joined(_bared(words), plain, known), known, short)
    if place is not None:
        whole = [word._replace(start=place(word.start), end=place(word.end - 1) + 1) for word in whole]
    return Message(text, tuple(whole), tuple(hosts))


def _bared(words: list[Word]) -> list[Word]:
    """Return the words of a message typed with diacritics, those without any marked as such."""
    plain = [word for word in words if not word.kind]
    if sum(bool(word.marks) for word in plain) < MARKED * len(plain):
        return words
    return [
        word
        if word.kind or word.marks or word.disguised
        else Word(word.folded, BARE, word.start, word.end, word.sentence)
        for word in words
    ]


def fold_word(word: str) -> tuple[str, str]:
    """Return a word without its diacritics, and the diacritics, sorted; BARE if it has none."""
    folded, marks, _ = _folded(word)
    return folded, marks or BARE


@lru_cache(maxsize=8192)
def _folded(word: str) -> tuple[str, str, bool]:
    """Return the folded word, its marks, and whether it was written with letters of another alphabet."""
    lower = word.lower()
    if lower.isascii():
        return lower, "", False
    decomposed = unicodedata.normalize("NFD", lower)
    marks = "".join(sorted(sign for sign in decomposed if unicodedata.combining(sign))).translate(_TILDE_OR_HOOK)
    base = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    if "đ" in base:
        base, marks = base.replace("đ", "d"), marks + "đ"
    if base.isascii():
        return base, "".join(sorted(marks)), False
    if min(base) > LAST_ALIKE:
        return base, "", False
    ascii_only = anyascii(base).lower()
    mixed = any("a" <= sign <= "z" for sign in base) and ascii_only.isalnum()
    return ascii_only, "".join(sorted(marks)), mixed


def _word(written: str, start: int, end: int, sentence: int, known: frozenset[str]) -> Word:
    folded, marks, foreign = _folded(written)
    if folded.isalpha() and not folded[:1].isdigit():
        return Word(folded, marks, start, end, sentence, "", foreign and folded in known)
    mixed = len(folded) > 2 and any(sign.isalpha() for sign in folded) and not _AMOUNT.fullmatch(folded)
    for letters in (_LEET, _LEET_L) if mixed else ():
        plain = folded.translate(letters)
        if plain in known:
            return Word(plain, marks, start, end, sentence, disguised=True)
    if folded[:1].isdigit():
        return Word(folded, "", start, end, sentence, NUMBER)
    return Word(folded, marks, start, end, sentence)


_AMOUNT = re.compile(r"\d+(?:[.,]\d+)*(?:k|tr|h|d|g|m|p|x|s|ty|trieu|dong|vnd|usd|pm|am|gb|mb)?\d{0,2}")


def _plain(text: str) -> tuple[str, Callable[[int], int] | None]:
    """Return the text composed and without unseen signs, and where its characters stood if that changed anything."""
    if text.isascii():
        return text, None
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    if plain == text:
        return text, None
    pieces: list[str] = []
    places: list[int] = []
    for cluster in re.finditer(r"[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", text):
        written = cluster[0]
        piece = written if written.isascii() else unicodedata.normalize("NFKC", _UNSEEN.sub("", written))
        pieces.append(piece)
        places.extend([cluster.start()] * len(piece))
    return "".join(pieces), places.__getitem__


def _joined(words: list[Word], text: str, known: frozenset[str]) -> list[Word]:
    """Return the words with those put together again that were written letter by letter or with signs inside."""
    result: list[Word] = []
    at, count = 0, len(words)
    while at < count:
        end = at + 1
        if end == count or len(words[at].folded) > LONGEST_PART or not _may_join(words[at], words[end], text):
            result.append(words[at])
            at = end
            continue
        while end < min(len(words), at + MOST_PARTS) and words[end].kind != LINK and len(words[end].folded) <= 5:
            if not _may_join(words[end - 1], words[end], text):
                break
            end += 1
        run = words[at:end]
        together = "".join(word.folded for word in run)
        pieces = _pieces(together, known) if len(run) > 1 and together.isalpha() else ()
        letters = all(len(word.folded) == 1 for word in run)
        if (letters and len(run) >= 3 and pieces) or (len(pieces) == 1 and not all(w.folded in known for w in run)):
            marks = "".join(sorted("".join(word.marks for word in run).replace(BARE, "")))
            alone = len(pieces) == 1
            result.append(
                Word(together, marks if alone else "", run[0].start, run[-1].end, run[0].sentence, disguised=True)
            )
            at = end
        else:
            result.append(words[at])
            at += 1
    return result


def _may_join(word: Word, other: Word, text: str) -> bool:
    """Return whether two neighbours may be parts of one word."""
    if word.kind == LINK or other.start - word.end != 1 or len(word.folded) > LONGEST_PART:
        return False
    between = text[word.end]
    return between in _SIGN_BETWEEN or (between == " " and len(word.folded) == len(other.folded) == 1)


def _spread(words: list[Word], known: frozenset[str], short: Mapping[str, tuple[str, ...]]) -> list[Word]:
    """Return the words, in place of abbreviations and of what was written without spaces the words that were meant."""
    result: list[Word] = []
    for word in words:
        pieces: tuple[str, ...] = ()
        if word.folded in short and word.kind != LINK:
            pieces = short[word.folded]
        elif (word.disguised or len(word.folded) >= LONG) and word.folded not in known and word.folded.isalpha():
            pieces = _pieces(word.folded, known)
        if pieces and pieces != (word.folded,):
            result += [word._replace(folded=piece, marks="") for piece in pieces]
        else:
            result.append(word)
    return result


@lru_cache(maxsize=2048)
def _pieces(letters: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return known words that make up the letters when written one after the other, the fewest; () if none do."""
    if len(letters) > 60:
        return ()
    best: list[tuple[str, ...] | None] = [(), *[None] * len(letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 12), end - 1):
            before, piece = best[start], letters[start:end]
            if before is not None and piece in known and (best[end] is None or len(before) + 1 < len(best[end] or ())):
                best[end] = (*before, piece)
    return best[-1] or ()
