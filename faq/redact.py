"""Redacting: a message without the numbers, names and live links in it."""

import re
from functools import cache

from faq.scam_hosts import hosts_in
from faq.scam_signals import source

_NUMBER = re.compile(r"\+?\d(?:[\s.\-–]{0,2}\d){5,}")
_CAPITALS = "".join(filter(str.isupper, map(chr, range(ord("A"), ord("Ỹ") + 1))))
_TO_SPACE = re.compile(r"^\S+")
_MAIL = re.compile(r"(?<![^\s@])[^\s@]+@[^\s@]+\.\S+")


@cache
def _name() -> re.Pattern[str]:
    """Return what a full name looks like: a surname, and up to three more words in capitals."""
    surnames = source()["surnames"]
    return re.compile(rf"\b(?:{'|'.join([*surnames, *map(str.upper, surnames)])})(?:\s+[{_CAPITALS}][^\W\d_]*){{1,3}}")


def redacted(text: str) -> str:
    """Return the text with long numbers, mail addresses and full names left out."""
    text = _name().sub("(tên)", _MAIL.sub("(thư)", text))
    return _NUMBER.sub("(số)", text).replace("*", "")


def defanged(text: str) -> str:
    """Return the text with every link cut down to a host that nothing turns into a link again."""
    for host in reversed(hosts_in(text)):
        link, rest = text[host.start : host.end], text[host.end :]
        if link.count("(") > link.count(")"):  # a number was left out in the middle of the link
            rest = _TO_SPACE.sub("", rest, count=1)
        text = text[: host.start] + host.name.replace(".", "[.]") + rest
    return text.replace("://", " ")
