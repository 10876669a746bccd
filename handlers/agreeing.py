"""What is typed at the question of consent: an age, a clear yes, a no; in few words, and nothing else beside them."""

import re
from dataclasses import dataclass
from functools import cache

from faq.text import fold
from handlers.speech import word_lists

MOST_WORDS = 20
OLDEST = 115
ADULT, SENIOR = 18, 60
_YES = re.compile(r"\b(?:dong y|nhat tri|chap nhan|cho phep|okie|oke|ok)\b")
_NO = re.compile(r"\b(?:khong|ko|chua)\b")
_ASKED = re.compile(r"\b(?:duoc|co|ghi|hoc|luu|hoi|phai|dong y)\b.*\b(?:khong|ko|chua)$")
"""A question without its mark: "con học được không"."""
_LESS = re.compile(r"\b(?:duoi|gan|sap|chua toi|chua den|chua du) (?=\d)")
_BORN = re.compile(r"\b(?:sinh|sn)\b")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_TENS = "muoi|chuc"
_ONES = {
    word: str(number)
    for number, words in enumerate(("khong", "mot", "hai", "ba", "bon tu", "nam lam", "sau", "bay bay", "tam", "chin"))
    for word in words.split()
}
_ONE = "|".join(_ONES)
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{_ONE}) (?:{_TENS})|muoi)(?: (?P<ones>{_ONE}))?\b"
    rf"|\b(?P<short>(?:(?:{_ONE}) )?(?:{_ONE}))(?= t(?:uoi)?\b)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody said of themselves."""

    age: int | None = None
    agrees: bool = False
    refuses: bool = False

    @property
    def band(self) -> str:
        """The age band; empty where no age was told."""
        return "" if self.age is None else _band(self.age)


def told(text: str, year: int) -> Told | None:
    """Return what was said, in the year it is; None where it holds anything else, which may be a question."""
    folded = _SPELLED.sub(_digits, fold(text))
    numbers = _NUMBER.findall(folded)
    words = _NUMBER.sub(" ", _NO.sub(" ", _YES.sub(" ", _LESS.sub(" ", folded)))).split()
    if "?" in text or len(folded.split()) > MOST_WORDS or len(numbers) > 1 or not _beside().issuperset(words):
        return None
    if _ASKED.search(folded) or re.search(r"\bu ?\d", folded):  # "u60" is not sixty yet
        return None
    refuses = _NO.search(_LESS.sub("", folded)) is not None
    agrees = not refuses and bool(_YES.search(folded) or _yes_then().match(text.strip()))
    return Told(_age(folded, int(numbers[0]), year) if numbers else None, agrees, refuses)


@cache
def _beside() -> frozenset[str]:
    """Return the words around an age or a yes that say nothing else, folded."""
    return frozenset(map(fold, word_lists("agreeing")["beside"]))


@cache
def _yes_then() -> re.Pattern[str]:
    """Return the pattern of a yes with its marks and a comma: "có 65 tuổi" tells no more than an age, as "dạ" does."""
    before, agrees = ("|".join(word_lists("agreeing")[name]) for name in ("before", "agrees"))
    return re.compile(rf"(?:(?:{before}),? )?(?:{agrees}),", re.IGNORECASE)


def _digits(spelled: re.Match[str]) -> str:
    """Return a number said in words, "tam muoi hai" or "sau lam" before "tuoi", in digits."""
    if short := spelled["short"]:
        return "".join(_ONES[word] for word in short.split())
    return (_ONES[spelled["tens"]] if spelled["tens"] else "1") + _ONES.get(spelled["ones"], "0")


def _age(folded: str, number: int, year: int) -> int | None:
    """Return the age told; None where it may be one of two bands, or no age at all: a single digit is a choice."""
    if _BORN.search(folded) and number < 100:
        number += 1900 if number > year % 100 else 2000
    if number >= 1900:
        age = year - number
        return age if 1 <= age <= OLDEST and _band(age) == _band(age - 1) else None
    if number < 10 and not re.search(r"\d ?t(?:uoi)?\b", folded):
        return None
    age = number - 1 if _LESS.search(folded) else number
    return age if 1 <= age <= OLDEST else None


def _band(age: int) -> str:
    return "child" if age < ADULT else "adult" if age < SENIOR else "senior"
