"""Meaning: what a message asks for, as a command, given what was offered last."""

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from faq.text import fold
from handlers.messages import BACK_KEY, PERSON_KEY, Reply

LABEL_CUTOFF = 90
"""How alike typed words and a label must be, of 100."""
_NUMBER = re.compile(r"(?:(?:so|cau|chon|bam|y|phuong an|dap an) )?(\d{1,2})")
_CODE = re.compile(r"#\s*([A-Za-z0-9-]{1,40})")

Meaning = tuple[str, tuple[str, ...]]
"""Name and arguments of a command."""


def command(words: str) -> Meaning:
    """Return name and arguments of a command as a choice carries it: "/lesson qr_pay 2"."""
    name, *arguments = words.removeprefix("/").split() or [""]
    return name, tuple(arguments)


def meaning(text: str, offered: Reply, words: Mapping[str, str]) -> Meaning:
    """Return the command a text stands for: a command, an offered number or label, a known word, or free text.

    `words` are the words understood everywhere, folded, with their commands.
    """
    text = text.strip()
    if text.startswith("/"):
        return command(text)
    if code := _CODE.fullmatch(text):
        return "start", (code[1].lower(),)
    folded = fold(text)
    if number := _NUMBER.fullmatch(folded):
        return _of_number(str(int(number[1])), offered)
    labels = [(fold(choice.label), choice.command) for choice in offered.choices]
    for label, chosen in labels:
        if folded == label:
            return command(chosen)
    if folded in words:
        spoken_number = words[folded].isdigit()
        return _of_number(words[folded], offered) if spoken_number else command(words[folded])
    if alike := _alike(folded, labels):
        return command(alike[0]) if len(alike) == 1 else ("again", ())
    if not folded:
        return "unreadable", ("other",)
    name, arguments = command(offered.expects or "/ask")
    return name, (*arguments, text)


def _of_number(number: str, offered: Reply) -> Meaning:
    for key, choice in offered.numbered():
        if key == number:
            return command(choice.command)
    if offered.expects:
        name, arguments = command(offered.expects)
        return name, (*arguments, number)
    everywhere = {BACK_KEY: "menu", PERSON_KEY: "person"}
    return (everywhere[number], ()) if number in everywhere else ("again", (number,))


def _alike(folded: str, labels: list[tuple[str, str]]) -> list[str]:
    """Return the commands of the labels that may be meant: begun alike, containing the words, or with one slip."""
    begun = [command for label, command in labels if f"{label} ".startswith(f"{folded} ")]
    if begun and folded:
        return begun
    if len(folded.split()) > 1 and (within := [command for label, command in labels if f" {folded} " in f" {label} "]):
        return within
    best = process.extractOne(folded, [label for label, _ in labels], scorer=fuzz.ratio, score_cutoff=LABEL_CUTOFF)
    return [labels[best[2]][1]] if best else []
