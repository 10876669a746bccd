"""Vietnamese as residents type it, made comparable: no diacritics, no capitals, no punctuation, no pictures."""

import re
import unicodedata

from anyascii import anyascii

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_SIGNS = re.compile(r"[^\w\s]+")
_UNSEEN = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+")
"""What takes no room: loose diacritics, zero-width and direction signs."""


def fold(text: str) -> str:
    """Return the text in plain lower-case ASCII words: "Khu phố 5!" becomes "khu pho 5", a thumb becomes nothing."""
    ascii_only = text if text.isascii() else anyascii(spelled(text))
    return _NOT_LETTERS.sub(" ", ascii_only.lower()).strip()


def spelled(text: str) -> str:
    """Return the text in lower-case words with their diacritics: "Đúng!" becomes "đúng", which is not "dừng"."""
    composed = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_SIGNS.sub(" ", composed).lower().split())
