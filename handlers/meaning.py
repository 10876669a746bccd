"""Meaning: what a message asks for, as a command, given what was offered last."""

import re
from collections.abc import Mapping
from unicodedata import category

from rapidfuzz.distance import OSA

from faq.text import fold, spelled
from handlers.messages import BACK_KEY, PERSON_KEY, Reply

SHORTEST_MISTYPED = 5
LETTERS_PER_SLIP = 8
"""Words of five letters and more are recognised with one letter typed wrong, of sixteen with two, and so on."""
_BEFORE = re.compile(r"^(?:(?:toi|cho|lua|chon|bam|go|nhan|phim|nut|so|thu|cai|cau|muc|y|phuong an|dap an) )+")
_AFTER = re.compile(r"(?: (?:a|nhe|nha))+$")
_NUMBER = re.compile(r"0*(\d{1,2})")
_LINK = re.compile(r"(?:noi|ma noi|lien ket) (?:ma )?(\d{6}|\d{3} \d{3})")
_CODE = re.compile(r"#\s*([A-Za-z0-9-]{1,40})")

Meaning = tuple[str, tuple[str, ...]]
"""Name and arguments of a command."""


def command(words: str) -> Meaning:
    """Return name and arguments of a command as a choice carries it: "/lesson qr_pay 2"."""
    name, *arguments = words.removeprefix("/").split() or [""]
    return name.lower(), tuple(arguments)


def meaning(text: str, offered: Reply, words: Mapping[str, str]) -> Meaning:
    """Return the command a text stands for: a command, an offered number or label, a known word, or free text.

    `words` are the words understood everywhere with their commands, spelled and folded.
    """
    text = text.strip()
    if text.startswith("/"):
        return command(text)
    if code := _CODE.fullmatch(text):
        return "start", (code[1].lower(),)
    folded = fold(text)
    if typed := _LINK.fullmatch(folded):
        return "link", (typed[1],)
    if digits := _NUMBER.fullmatch(_bare(folded)):
        return _of_number(str(int(digits[1])), offered)
    if chosen := _of_words(text, folded, offered, words):
        return chosen
    if not folded:
        return "unreadable", ("sticker" if any(category(sign) == "So" for sign in text) else "other",)
    name, arguments = command(offered.expects or "/ask")
    return name, (*arguments, text)


def _bare(folded: str) -> str:
    """Return what is left without the words said around a number: "chon so hai a" is "hai"."""
    return _AFTER.sub("", _BEFORE.sub("", folded))


def _of_number(number: str, offered: Reply) -> Meaning:
    for key, choice in offered.numbered():
        if key == number:
            return command(choice.command)
    if offered.expects:
        name, arguments = command(offered.expects)
        return name, (*arguments, number)
    everywhere = {BACK_KEY: "menu", PERSON_KEY: "person"}
    return (everywhere[number], ()) if number in everywhere else ("again", (number,))


def _of_words(text: str, folded: str, offered: Reply, words: Mapping[str, str]) -> Meaning | None:
    """Return what words stand for: a whole label, a known word, then whatever comes near a label.

    "dừng" spelled so is known everywhere; "dung" only where no label begins so, for "đúng" folds alike.
    """
    labels = [(fold(choice.label), choice.command) for choice in offered.choices]
    numbers = [key for key, _ in offered.numbered()]
    if whole := [place for place, (label, _) in enumerate(labels) if folded in (label, f"{numbers[place]} {label}")]:
        return command(offered.choices[_as_spelled(text, offered, whole)].command)
    if number := next((words[said] for said in (folded, _bare(folded)) if words.get(said, "").isdigit()), ""):
        return _of_number(number, offered)
    begun = _begun(folded, labels)
    with_diacritics = spelled(text) != folded
    if known := (with_diacritics and words.get(spelled(text))) or (not begun and words.get(folded)):
        return command(known)
    alike = begun or _within(folded, labels) or _mistyped(folded, labels)
    if len(alike) == 1:
        return command(alike[0])
    return ("again", ()) if alike and not offered.expects else None


def _as_spelled(text: str, offered: Reply, places: list[int]) -> int:
    """Return the place of the choice that is meant, of those that differ in diacritics only."""
    exact = (place for place in places if spelled(offered.choices[place].label) == spelled(text))
    return next(exact, places[0])


def _begun(folded: str, labels: list[tuple[str, str]]) -> list[str]:
    return [command for label, command in labels if folded and f"{label} ".startswith(f"{folded} ")]


def _within(folded: str, labels: list[tuple[str, str]]) -> list[str]:
    return [command for label, command in labels if " " in folded and f" {folded} " in f" {label} "]


def _mistyped(folded: str, labels: list[tuple[str, str]]) -> list[str]:
    """Return the commands of the labels nearest to what was typed; digits are never slips."""
    slips = max(1, len(folded) // LETTERS_PER_SLIP) if len(folded) >= SHORTEST_MISTYPED else 0
    digits = re.findall(r"\d+", folded)
    distances = [
        (OSA.distance(folded, label, score_cutoff=slips), command)
        for label, command in labels
        if re.findall(r"\d+", label) == digits
    ]
    nearest = min((distance for distance, _ in distances), default=slips + 1)
    return [command for distance, command in distances if distance == nearest <= slips]
