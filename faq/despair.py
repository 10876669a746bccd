"""Despair: somebody does not want to live, or tells it of somebody near; never to be taken for anything else."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import yaml

from faq.normal import Reader

LEAST = 6
"""Characters; no such words are shorter."""
NOTHING = "(?!)"

Patterns = tuple[re.Pattern[str], re.Pattern[str]]
"""For words as they are compared, and as they were spelled."""


@cache
def _wordings() -> tuple[Reader, Patterns, Patterns]:
    read = yaml.load(files("faq").joinpath("despair.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Reader(), _patterns(read["wish"]), _patterns(read["not"])


def _patterns(lines: list[str]) -> Patterns:
    return _any(line for line in lines if line.isascii()), _any(line for line in lines if not line.isascii())


def _any(lines: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(lines) or NOTHING})(?!\w)")


def despairs(text: str, *readers: Reader) -> bool:
    """Return whether somebody wishes to die; "nóng muốn chết" is only very hot, and "máy muốn chết" is a telephone.

    `readers` know more words, so that slips of the finger are understood as well.
    """
    if len(text) < LEAST:
        return False
    plain, wish, other = _wordings()
    for reader in (plain, *readers):
        said = reader.read(text)
        if any(map(re.Pattern.search, other, (said.folded, said.toned))):
            return False
        if wish[1].search(said.toned):
            return True
        if wish[0].search(said.folded) and wish[0].search(reader.read(said.folded).folded):  # "mắc cười mún chết"
            return True
    return False
