"""What somebody says they have done already at a swindler's word: paid, told a code, installed, tapped."""

import re
from collections.abc import Mapping
from functools import cache

from faq.scam_signals import source
from faq.text import fold

LONGEST = 30
"""Words; what is longer is rather the swindler's message than a cry for help."""


@cache
def _wordings() -> tuple[re.Pattern[str], Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]]:
    """Return what tells another story; and of each deed how it is told as a slip, and how as done already."""
    deeds = {name: "|".join(words) for name, words in source()["deeds"].items()}
    other = re.compile(rf"\b(?:{deeds.pop('not')})\b")
    return other, {
        name: (
            re.compile(rf"\b(?:lo|trot)(?: tay)?(?: \w+){{0,2}}? (?:{done})\b"),
            re.compile(rf"\b(?:{done})(?: \w+){{0,4}} roi\b"),
        )
        for name, done in deeds.items()
    }


def deed(text: str, after_verdict: bool = False) -> str:
    """Return "money", "code", "app" or "link", the first that was done by mistake; empty: none is told.

    `after_verdict`: the talk is about a swindle, and "bấm rồi" needs no "lỡ".
    """
    folded = fold(text)
    other, deeds = _wordings()
    if folded.count(" ") >= LONGEST or other.search(folded):
        return ""
    for name, (slipped, already) in deeds.items():
        if slipped.search(folded) or ((after_verdict or name == "money") and already.search(folded)):
            return name
    return ""
