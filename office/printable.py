"""Texts as documents can hold them: without the signs nobody sees, which Word, PDF and Excel refuse."""

import unicodedata
from collections.abc import Mapping
from typing import Any

LINES = "\n\t"


def printable(text: str) -> str:
    """Return the text without signs that are not seen: control signs, halves of characters, zero-width ones."""
    return "".join(sign for sign in text if sign in LINES or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Cn"))


def all_printable(value: Any) -> Any:
    """Return what is written into a document with every text in it printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: all_printable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [all_printable(held) for held in value]
    return value
