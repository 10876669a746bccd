"""A question without anything that tells who asked: no numbers, addresses and names, and only words that are known."""

import re
from collections.abc import Container

from faq.normal import Reader
from faq.syllables import SYLLABLES
from faq.words import words

LONGEST = 200
FEWEST_WORDS = 2
_ADDRESSES = re.compile(r"(?<![^\s@])[^\s@]+@\S+|(?:https?://|www\.)\S+|(?<![\w-])[\w-]+(?:\.[\w-]+)+(?:/\S*)?")
_CAPITAL = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯ" + "".join(map(chr, range(0x1EA0, 0x1EFA, 2)))
_SMALL = _CAPITAL.lower()
_NAME = re.compile(
    rf"(?:\b[Tt][êe]n(?:\s\w{{1,5}}){{0,2}}\s{{1,3}})?\b[{_CAPITAL}][{_SMALL}]{{1,12}}(?:\s{{1,3}}[{_CAPITAL}][{_SMALL}]{{1,12}}){{1,6}}"
)
_CALLED = re.compile(
    r"\bten (?:la |toi la |em la |minh la |chau la |co la |bac la )?(?:(?!o |dau |muon |cho |hoi |bi |nen )\w+ ?){1,4}"
)
_SURNAMES = "nguyen|tran|le|pham|huynh|hoang|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|truong|dinh|trinh|mai"
_SURNAME = re.compile(rf"\b(?:{_SURNAMES}) (?:van|thi) \w+(?: \w+)?")


def anonymous(text: str, reader: Reader, known: Container[str]) -> str:
    """Return the question folded, with what may tell who asked left out; nothing if hardly a word is left."""
    folded = reader.read(_NAME.sub(" ", _ADDRESSES.sub(" ", text))).folded
    folded = _SURNAME.sub(" ", _CALLED.sub(" ", folded))
    spoken = words().spoken
    kept = [
        word for word in folded.split() if word.isalpha() and (word in SYLLABLES or word in known or word in spoken)
    ]
    return " ".join(kept)[:LONGEST].rstrip() if len(kept) >= FEWEST_WORDS else ""
