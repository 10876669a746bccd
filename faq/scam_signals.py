"""Signals: wordings that speak for or against a scam, read from `scam.yaml` and found in a message."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple

import yaml

from faq.scam_words import NUMBER, Message, Word, fold_word

GAP = "…"
LONGEST_GAP = 4
"""Words that may stand where a pattern has "…"."""
LONGEST_NEGATED = 24
"""Words after "không …" that are still what one should not do."""

SERVICE = ("1900", "1800")
"""How the numbers of companies begin that people may call."""
SERVICE_DIGITS = 8
PHONE = "0"
"""How other telephone numbers begin."""
PHONE_DIGITS = 9
MONEY, ACCOUNT = "d", "stk"
"""What patterns call amounts of money and long numbers: "#đ", "#stk"."""
_MONEY = re.compile(r"\d+([.,]\d{3})+(d|vnd|dong)?|\d+([.,]\d+)?(k|tr\d*|d|vnd|trieu|cu|usd|nghin|ngan)")
_ACCOUNT = re.compile(r"\d{8,}|\d{4,}x{2,}\d*")

Step = tuple[str, str]
"""A word of a pattern: folded, and its diacritics."""


@dataclass(frozen=True)
class Signal:
    """One thing a message may say."""

    name: str
    weight: float  # in log-odds: above 0 it speaks for a scam
    says: str  # what it means, for residents; "" where it is not worth quoting
    kind: str
    groups: frozenset[str]
    negatable: bool  # "không …" before it takes it away


@dataclass(frozen=True)
class Combination:
    """Signals that mean more together."""

    name: str
    needs: tuple[frozenset[str], ...]  # of each one: names of signals, or groups
    without: frozenset[str]
    weight: float
    kind: str


@dataclass(frozen=True)
class Rules:
    """All that `scam.yaml` says."""

    signals: Mapping[str, Signal]
    combinations: tuple[Combination, ...]
    short: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    tree: "Node"
    negations: "Node"
    lessons: Mapping[str, str]
    state: Mapping[str, Mapping[str, str]]  # by signal that names the state: which kind of scam becomes which
    no_state: frozenset[str]  # with these in it, a message is still about a bank
    hosts: Mapping[str, str]
    bias: float
    slant: float  # how much the choice of words counts beside the signals
    leans: str  # what words mean that are suspicious by themselves, for residents
    suspect: float
    scam: float
    sure: float  # the score for danger where hardly a sign shows it


@dataclass(slots=True)
class Node:
    """A place in the tree of patterns."""

    following: dict[str, "Node"] = field(default_factory=dict)
    gap: "Node | None" = None
    ends: tuple[tuple[str, tuple[str, ...]], ...] = ()  # signal, diacritics of its words


class Hit(NamedTuple):
    """A signal found in a message, from word `first` to word `last`."""

    signal: str
    first: int
    last: int


@cache
def source() -> Any:
    """Return `scam.yaml` as it stands."""
    return yaml.load(files("faq").joinpath("scam.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@cache
def rules() -> Rules:
    """Return what `scam.yaml` says, ready to be looked for."""
    read = source()
    tree, negations = Node(), Node()
    signals = {}
    known: set[str] = set(read["known"])
    for name, row in read["signals"].items():
        signals[name] = Signal(
            name,
            float(row["weight"]),
            row.get("says", ""),
            row.get("kind", ""),
            frozenset(row.get("groups", ())),
            row.get("negatable", True) and row["weight"] > 0,
        )
        for pattern in row.get("patterns", ()):
            known.update(_plant(tree, name, pattern))
    for name in ("negations", "conditions"):
        for pattern in read[name]:
            known.update(_plant(negations, name, pattern))
    return Rules(
        signals=signals,
        combinations=tuple(
            Combination(
                name,
                tuple(frozenset(need.split("|")) for need in row["needs"]),
                frozenset(row.get("without", ())),
                float(row["weight"]),
                row.get("kind", ""),
            )
            for name, row in read["combinations"].items()
        ),
        short={short: tuple(meant.split()) for short, meant in read["short"].items()},
        known=frozenset(word for word in known if word.isalpha() and len(word) > 1),
        tree=tree,
        negations=negations,
        lessons=read["lessons"],
        state=read["state"]["kinds"],
        no_state=frozenset(read["state"]["unless"]),
        hosts=read["hosts"],
        bias=float(read["levels"]["bias"]),
        slant=float(read["levels"]["slant"]),
        leans=read["leans"],
        suspect=float(read["levels"]["suspect"]),
        scam=float(read["levels"]["scam"]),
        sure=float(read["levels"]["sure"]),
    )


def sequences(pattern: str) -> Iterator[tuple[Step, ...]]:
    """Yield every sequence of words a pattern stands for: "(tải|cài) … app" gives two."""
    slots: list[list[list[str]]] = []
    for group, word in re.findall(r"\(([^)]*)\)|(\S+)", pattern):
        slots.append([choice.split() for choice in group.split("|")] if group else [[word]])
    for chosen in product(*slots):
        yield tuple(fold_word(word) for words in chosen for word in words)


def hits(message: Message, tree: Node) -> list[Hit]:
    """Return the signals of a tree that stand in a message."""
    words, found = message.words, list[Hit]()
    for first, word in enumerate(words):
        if word.folded in tree.following or word.kind == NUMBER:
            _step(words, tree.following, first, first, (), found)
    return found


def negated(message: Message, negations: Node) -> list[tuple[int, int]]:
    """Return the spans, word to word, that say what one should not do or what nobody will ask for."""
    words, spans = message.words, []
    found = hits(message, negations)
    threats = {hit.first for hit in found if hit.signal == "conditions"}  # "không … sẽ bị …"
    for hit in found:
        if hit.first in threats:
            continue
        end, last = hit.last, min(hit.first + LONGEST_NEGATED, len(words) - 1)
        while end < last and words[end + 1].sentence == words[hit.first].sentence:
            end += 1
        spans.append((hit.first, end))
    return spans


def _plant(tree: Node, name: str, pattern: str) -> set[str]:
    planted: set[str] = set()
    for sequence in sequences(pattern):
        node = tree
        for folded, _ in sequence:
            if folded == GAP:
                node.gap = node.gap or Node()
                node = node.gap
            else:
                node = node.following.setdefault(folded, Node())
                planted.add(folded)
        end = name, tuple(marks for folded, marks in sequence if folded != GAP)
        if end not in node.ends:
            node.ends = (*node.ends, end)
    return planted


def _follow(words: Sequence[Word], node: Node, first: int, at: int, marks: tuple[str, ...], found: list[Hit]) -> None:
    """Add the signals that end somewhere below this place of the tree, the words from `at` on following."""
    for name, wanted in node.ends:
        if all(not typed or typed == meant for typed, meant in zip(marks, wanted, strict=True)):
            found.append(Hit(name, first, at - 1))
    if at == len(words) or words[at].sentence != words[first].sentence:
        return
    if node.following:
        _step(words, node.following, first, at, marks, found)
    if node.gap:
        following, sentence = node.gap.following, words[first].sentence
        for place in range(at, min(at + LONGEST_GAP + 1, len(words))):
            word = words[place]
            if word.sentence != sentence:
                break
            if word.folded in following or word.kind == NUMBER:
                _step(words, following, first, place, marks, found)


def _step(
    words: Sequence[Word], following: dict[str, Node], first: int, at: int, marks: tuple[str, ...], found: list[Hit]
) -> None:
    word = words[at]
    if word.kind != NUMBER:
        if node := following.get(word.folded):
            _follow(words, node, first, at + 1, (*marks, word.marks), found)
        return
    for form in forms(word):
        if node := following.get(form):
            _follow(words, node, first, at + 1, (*marks, word.marks), found)


def forms(word: Word) -> tuple[str, ...]:
    """Return what a pattern may call a number: "500k" is also "#", "#k" and "#đ", "1900545413" "#1900" and "#stk"."""
    written = word.folded
    forms = [written, NUMBER]
    if unit := written.lstrip("0123456789.,"):
        forms.append(NUMBER + unit)
    if written.startswith(SERVICE) and len(written) >= SERVICE_DIGITS:
        forms.append(NUMBER + SERVICE[0])
    elif written.startswith(PHONE) and len(written) >= PHONE_DIGITS:
        forms.append(NUMBER + PHONE)
    if unit != MONEY and _MONEY.fullmatch(written):
        forms.append(NUMBER + MONEY)
    if _ACCOUNT.fullmatch(written):
        forms.append(NUMBER + ACCOUNT)
    return tuple(forms)
