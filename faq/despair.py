"""Despair: somebody does not want to live, or tells it of somebody near; never to be taken for anything else."""

import re
from functools import cache
from importlib.resources import files

import yaml

from faq.normal import Reader

LEAST = 6
"""Characters; no such words are shorter."""


@cache
def _wordings() -> tuple[Reader, re.Pattern[str], re.Pattern[str]]:
    read = yaml.load(files("faq").joinpath("despair.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    wish, other = (re.compile(rf"\b(?:{'|'.join(read[name])})(?!\w)") for name in ("wish", "not"))
    return Reader(), wish, other


def despairs(text: str) -> bool:
    """Return whether somebody wishes to die; "nóng muốn chết" is only very hot, and "máy muốn chết" is a telephone."""
    if len(text) < LEAST:
        return False
    reader, wish, other = _wordings()
    said = reader.read(text)
    spellings = (said.folded, said.toned)
    return any(wish.search(one) for one in spellings) and not any(other.search(one) for one in spellings)
