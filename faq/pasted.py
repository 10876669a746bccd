"""A message somebody pasted, or a question of their own? Told apart by how it is written."""

import re
from collections.abc import Mapping
from functools import cache

from faq.scam import Verdict
from faq.scam_signals import rules, source
from faq.text import fold

FEWEST_WORDS = 6
"""What is shorter is a question, or a word somebody wonders about."""
FEWEST_ORDERED = 4
"""Words of an order, "gửi mã OTP cho anh"."""
SURE = 0.9
"""How likely a few words are a scam to be taken for one without asking."""
FEWEST_SIGNS = 2
_DIGITS = re.compile(r"(?:\d[\s.]?){6,}")


@cache
def _wordings() -> Mapping[str, re.Pattern[str]]:
    """Return the wordings of `scam.yaml` that tell the two apart."""
    said = {name: "|".join(words) for name, words in source()["pasted"].items()}
    patterns = {name: re.compile(rf"\b(?:{words})\b") for name, words in said.items()}
    patterns["begins"] = re.compile(rf"^(?:(?:da|thua|chao|a|alo|to so|ad|admin) )*(?:{said['begins']})\b")
    patterns["calls"] = re.compile(rf"^(?:{said['calls']})\b")
    return patterns


def pasted(text: str, verdict: Verdict) -> bool | None:
    """Return whether a text is somebody else's message, given what it would be judged; None: unclear."""
    folded = fold(text)
    words = folded.count(" ") + 1
    if lure(text, verdict):
        return True
    if words < FEWEST_WORDS:
        return False
    signs = [seen for seen in verdict.evidence if seen.says != rules().leans]
    if not signs and _wordings()["introduces"].search(folded):
        return False  # "dạ cháu chào cô chú, cháu tên Lan ở khu phố 3"
    says = {name: bool(pattern.search(folded)) for name, pattern in _wordings().items()}
    own = 2 * says["asks"] + 2 * says["begins"] + text.rstrip().endswith("?") + (words < 12)
    letter = 2 * (says["letter"] or says["calls"]) + 2 * ("://" in text or "www." in text)
    letter += bool(_DIGITS.search(text)) + ("\n" in text.strip()) + (words > 22) + (words > 45)
    letter += 2 * (says["tells"] and words > 15) + {"scam": 2, "suspect": 1, "ok": 0}[verdict.level]
    if letter - own >= 2:
        return True
    return False if letter <= own else None


def lure(text: str, verdict: Verdict) -> bool:
    """Return whether a few words are nothing but a swindler's: an order or several signs, and nobody asks or tells."""
    folded, wordings = fold(text), _wordings()
    words = folded.count(" ") + 1
    if verdict.level != "scam" or text.rstrip().endswith("?"):
        return False
    if wordings["asks"].search(folded) or wordings["begins"].search(folded):
        return False
    if words >= FEWEST_ORDERED and wordings["orders"].match(folded):
        return True
    several = words >= FEWEST_WORDS and verdict.score >= SURE and len(verdict.evidence) >= FEWEST_SIGNS
    return several and not wordings["speaks"].search(folded)


@cache
def _wonders() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(source()['wonders'])})\b")


def wonders(text: str) -> bool:
    """Return whether somebody asks about a message they have not sent along."""
    return bool(_wonders().search(fold(text)))
