"""Noise: a phrasing as it might be typed, to learn and to test with: no diacritics, raw keys, slips, rambling."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from faq.text import fold

STYLES = ("clean", "no_diacritics", "teencode", "misspelt", "rambling")
_TELEX = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j", "\u0306": "w", "\u031b": "w"}
_VNI = {"\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5", "\u0306": "8", "\u031b": "7"}
_TONES = frozenset("sfrxj12345")
_CIRCUMFLEX = "\u0302"
_SHORT_WORDS = 2
_TOGETHER = (3, 2, 1)
"""How many words may be shortened together, the longest first."""
_BESIDE = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "y": "tu",
}  # fmt: skip
"""Keys that lie beside each other."""


def noisy(text: str, style: str, chance: Random) -> str:
    """Return the text as it is typed in a style of STYLES."""
    match style:
        case "no_diacritics":
            return _bare(text) if chance.random() < 0.6 else _bare(text).lower()
        case "teencode":
            return _teencode(text, chance)
        case "misspelt":
            return chance.choice((_raw_keys, _slips, _slips, _glued, _tones_lost))(text, chance)
        case "rambling":
            return _rambling(text, chance)
    return text if chance.random() < 0.5 else text.lower().rstrip("?.!")


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _raw_keys(text: str, chance: Random) -> str:
    """Return the keys that were pressed, in Telex or VNI, with the tone where some people type it: at the end."""
    telex = chance.random() < 0.6
    keys, hat, bar = (_TELEX, "", "d") if telex else (_VNI, "6", "9")
    out = []
    for word in text.lower().split():
        plain, tone = "", ""
        for sign in unicodedata.normalize("NFD", word.replace("đ", "d" + bar)):
            if sign == _CIRCUMFLEX:
                plain += hat or plain[-1]
            elif sign in keys:
                tone, plain = (keys[sign], plain) if keys[sign] in _TONES else (tone, plain + keys[sign])
            else:
                plain += sign
        bare = plain.rstrip("?.!,")
        out.append(bare + tone + plain[len(bare) :])
    return " ".join(out)


def _slips(text: str, chance: Random) -> str:
    """Return the text with one slip of the finger in about every fifth longer word."""
    words = (text if chance.random() < 0.4 else _bare(text)).split()
    for at, word in enumerate(words):
        if len(word) > _SHORT_WORDS and chance.random() < 0.22:
            place = chance.randrange(len(word) - 1)
            left, here, right = word[:place], word[place], word[place + 1 :]
            words[at] = chance.choice(
                (
                    left + right[:1] + here + right[1:],
                    left + right,
                    left + here + here + right,
                    left + (chance.choice(_BESIDE.get(here.lower(), here))) + right,
                )
            )
    return " ".join(words)


def _glued(text: str, chance: Random) -> str:
    words = _bare(text).lower().split()
    return re.sub(" ", lambda _: "" if chance.random() < 0.3 else " ", " ".join(words))


def _tones_lost(text: str, chance: Random) -> str:
    """Return the text with diacritics on some words only, and letters that sound alike mixed up."""
    pairs = _texts()["sound_alike"]
    words = text.lower().split()
    for at, word in enumerate(words):
        if chance.random() < 0.4:
            words[at] = _bare(word)
        elif chance.random() < 0.25:
            written, heard = chance.choice(pairs)
            words[at] = word.replace(written, heard)
    return " ".join(words)


def _teencode(text: str, chance: Random) -> str:
    """Return the text with words, and words that stand together, as they are shortened in chats."""
    short: Mapping[str, list[str]] = _texts()["teencode"]
    left, out = text.lower().split(), []
    while left:
        long = [size for size in _TOGETHER if len(left) >= size and fold(" ".join(left[:size])) in short]
        if long and chance.random() < 0.8:
            out.append(chance.choice(short[fold(" ".join(left[: long[0]]))]))
            left = left[long[0] :]
            continue
        word = left.pop(0)
        plain = _bare(word) if chance.random() < 0.7 else word
        for written, typed in _texts()["chat_letters"]:
            if chance.random() < 0.25:
                plain = re.sub(written, typed, plain)
        out.append(plain)
    return " ".join(out)


def _rambling(text: str, chance: Random) -> str:
    """Return the text between an opening, a story that has nothing to do with it, and thanks."""
    texts = _texts()
    stories = chance.sample(texts["stories"], chance.choice((1, 1, 2)))
    between = chance.choice((" ", ", ", ". "))
    before = between.join(chance.sample(texts["openings"], 1) + stories)
    after = chance.choice(["", *texts["closings"]])
    asked = text.rstrip("?.!")
    said = f"{before} {asked} {after}".strip() if chance.random() < 0.7 else f"{before}. {text} {after}".strip()
    return said if chance.random() < 0.6 else _bare(said).lower()


@cache
def _texts() -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(
        files("faq").joinpath("noise.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return content
