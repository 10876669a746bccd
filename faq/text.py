"""Vietnamese as residents type it, made comparable: no diacritics, no capitals, no punctuation."""

import re

from anyascii import anyascii

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return the text in plain lower-case ASCII words: "Khu phố 5!" becomes "khu pho 5"."""
    ascii_only = text if text.isascii() else anyascii(text)
    return _NOT_LETTERS.sub(" ", ascii_only.lower()).strip()
