"""Text as it is said: numbers, dates, telephone numbers and shares in words, for a voice that would spell them."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_DAY = re.compile(r"\b([0-2]?\d|3[01])/(1[0-2]|0?[1-9])\b(?!/)")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+|\d+,\d+|\d+")
_DIGITS_FROM = 6
"""A number this long without dots is a code or a telephone number, and read digit by digit."""


def spoken(text: str) -> str:
    """Return the text with everything a voice reads wrongly in words; our markup is left out."""
    words = _words()
    said = text.replace("**", "")
    said = _DATE.sub(lambda found: words["date"].format(day=found[1], month=found[2], year=found[3]), said)
    said = _DAY.sub(lambda found: words["day"].format(day=found[1], month=found[2]), said)
    said = re.sub(r"(?<=\d)\s*%", f" {words['percent']}", said)
    said = re.sub(r"(?<=\w)\.(?=[^\W\d])", f" {words['dot']} ", said)  # of addresses
    for written, read in words["read"].items():
        said = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", read, said)
    return _NUMBER.sub(lambda found: number(found[0]), said)


def number(written: str) -> str:
    """Return a number as it is read: "22.000", "1,4", "0900123456", "115"."""
    words = _words()
    whole, comma, part = written.partition(",")
    digits = whole.replace(".", "")
    by_digit = "." not in whole and (len(digits) >= _DIGITS_FROM or (digits.startswith("0") and len(digits) > 1))
    if by_digit or (not comma and digits in words["short_numbers"]):
        return _each(digits)
    said = _whole(int(digits))
    return f"{said} {words['comma']} {_each(part)}" if comma else said


def _each(digits: str) -> str:
    names = _words()["digits"]
    return " ".join(names[int(digit)] for digit in digits)


def _whole(value: int) -> str:
    """Return a whole number in words, by groups of three digits."""
    words = _words()
    if value == 0:
        return str(words["digits"][0])
    said: list[str] = []
    for name, size in (("billion", 10**9), ("million", 10**6), ("thousand", 10**3), ("", 1)):
        group, value = divmod(value, size)
        if group:
            said.append(_whole(group) if group > 999 else _group(group, whole=bool(said)))
            if name:
                said.append(words[name])
    return " ".join(said)


def _group(value: int, whole: bool) -> str:
    """Return up to three digits in words; `whole`: something stands before, so that zeros are said."""
    words = _words()
    names = words["digits"]
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = [names[hundreds], words["hundred"]] if hundreds or whole else []
    if tens > 1:
        said += [names[tens], words["tens"]]
    elif tens == 1:
        said.append(words["ten"])
    elif ones and said:
        said.append(words["odd"])
    if ones == 1 and tens > 1:
        said.append(words["one_after_tens"])
    elif ones == 5 and tens:
        said.append(words["five_after_tens"])
    elif ones:
        said.append(names[ones])
    return " ".join(said)


@cache
def _words() -> Mapping[str, Any]:
    source = files("bot").joinpath("texts/spoken.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.load(source, yaml.CSafeLoader)
    return words
