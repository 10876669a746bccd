"""Meaning: what a message asks for, as a command, given what was offered last."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from unicodedata import category

from rapidfuzz.distance import OSA

from faq.text import fold, spelled
from handlers.messages import BACK_KEY, PERSON_KEY, Reply
from handlers.speech import word_lists

SHORTEST_MISTYPED = 5
LETTERS_PER_SLIP = 8
"""Words of five letters and more are recognised with one letter typed wrong, of sixteen with two, and so on."""
LONGEST_PLAIN = 120
"""Characters; whoever writes more than this says more than a label with politeness around it."""
ASK = "/ask"
FOR_PEOPLE = frozenset({"again", "thanks", "unclear", "rest", "go_on", "help_look", "help_leave"})
"""What words alone may stand for and is yet for the person who is being talked to: "dạ, cảm ơn", "mệt quá"."""
QUIZ = ("/answer ", "/refreshed ")
"""What the options of a question carry: they may be called a, b, c as well."""
_BEFORE = re.compile(r"^(?:(?:toi|cho|lua|chon|bam|go|nhan|phim|nut|so|thu|cai|cau|muc|bai|hoc|y|phuong an|dap an) )+")
_AFTER = re.compile(r"(?: (?:a|nhe|nha))+$")
_OPTIONS = ("a", "b", "c", "d")
_CLAUSES = re.compile(r"[.,;!?\n]+")
_NUMBER = re.compile(r"0*(\d{1,2})")
_LINK = re.compile(r"(?:noi|ma noi|lien ket) (?:ma )?(\d{6}|\d{3} \d{3})")
_CODE = re.compile(r"#\s*([A-Za-z0-9-]{1,40})")

Meaning = tuple[str, tuple[str, ...]]
"""Name and arguments of a command."""
Nicknames = Mapping[str, Collection[str]]
"""Other words for labels, by label."""


def command(words: str) -> Meaning:
    """Return name and arguments of a command as a choice carries it: "/lesson qr_pay 2"."""
    name, *arguments = words.removeprefix("/").split() or [""]
    return name.lower(), tuple(arguments)


def meaning(
    text: str, offered: Reply, words: Mapping[str, str], free: str = ASK, nicknames: Nicknames | None = None
) -> Meaning:
    """Return the command a text stands for: a command, an offered number or label, a known word, or free text.

    `words` are the words understood everywhere with their commands, spelled and folded; `free` is the command that
    free text is an argument of where nothing else is expected; `nicknames` are other words for labels.
    """
    text = text.strip()
    if text.startswith("/"):
        return command(text)
    if code := _CODE.fullmatch(text):
        return "start", (code[1].lower(),)
    folded = fold(text)
    if typed := _LINK.fullmatch(folded):
        return "link", (typed[1],)
    chosen = _of_text(text, offered, words, free, nicknames or {})
    for plain in _plainer(text, words) if chosen is None and free == ASK else ():
        chosen = chosen or _of_text(plain, offered, words, free, nicknames or {})
    if chosen and (free == ASK or chosen[0] not in FOR_PEOPLE or _is_offered(chosen, offered)):
        return chosen
    if not folded:
        return "unreadable", ("sticker" if any(category(sign) == "So" for sign in text) else "other",)
    if len(folded) == 1 and free == ASK and not offered.expects:  # a slip of the finger asks nothing
        return "again", ()
    name, arguments = command(offered.expects or free)
    return name, (*arguments, text)


def _is_offered(meant: Meaning, offered: Reply) -> bool:
    return any(command(choice.command) == meant for choice in offered.choices)


def _of_text(text: str, offered: Reply, words: Mapping[str, str], free: str, nicknames: Nicknames) -> Meaning | None:
    """Return what a number or words stand for; None: it is free text."""
    bare = _bare(fold(text))
    if (
        spelled(text).endswith(bare)
        and bare in _OPTIONS
        and any(one.command.startswith(QUIZ) for one in offered.choices)
    ):
        return _of_number(str(_OPTIONS.index(bare) + 1), offered)
    if digits := _NUMBER.fullmatch(bare):
        counted = _of_number(str(int(digits[1])), offered)
        if counted[0] != "again" or free == ASK:  # "2" may answer the person who is being talked to
            return counted
    return _of_words(text, offered, words, nicknames)


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


def _plainer(text: str, words: Mapping[str, str]) -> Iterator[str]:
    """Yield a short text with less and less around it; whole clauses of thanks and greetings fall away first.

    "Dạ, tui ko cần nhắc nghen" becomes "dạ tôi không cần nhắc nghen", "tôi không cần nhắc", then "không cần nhắc".
    "Con ba" is somebody, and no number.
    """
    if len(text) > LONGEST_PLAIN:
        return
    clauses = [spelled(clause) for clause in _CLAUSES.split(text) if not _is_kind(clause, words)]
    typed = " ".join(clauses).split()
    full = [_shorthand().get(word, word) for word in typed]
    if full != spelled(text).split():
        yield " ".join(full)
    polite = _without(full, "before", "after")
    if polite != full:
        yield " ".join(polite)
    bare = " ".join(_without(polite, "opening", "closing"))
    if bare != " ".join(polite) and not any(words.get(one, one).isdigit() for one in (bare, fold(bare))):
        yield bare


def _is_kind(clause: str, words: Mapping[str, str]) -> bool:
    """Return whether a part of a sentence is thanks or a greeting and nothing else."""
    return words.get(fold(clause)) in ("/thanks", "/start")


def _without(words: list[str], opening: str, closing: str) -> list[str]:
    """Return the words without those of two lists of texts/politeness.yaml at both ends; one is always left."""
    first, last = 0, len(words)
    while last - first > 1 and words[last - 1] in _politeness()[closing]:
        last -= 1
    while last - first > 1 and words[first] in _politeness()[opening]:
        first += 1
    return words[first:last]


@cache
def _politeness() -> Mapping[str, frozenset[str]]:
    """Return the lists, each word with and without its diacritics: "chau" is "cháu", but "tối" is not "tôi"."""
    return {name: frozenset(f(one) for one in said for f in (fold, spelled)) for name, said in _lists("politeness")}


@cache
def _shorthand() -> Mapping[str, str]:
    return {short: word for word, said in _lists("shorthand") for short in said}


def _lists(name: str) -> Collection[tuple[str, list[str]]]:
    return word_lists(name).items()


def _of_words(text: str, offered: Reply, words: Mapping[str, str], nicknames: Nicknames) -> Meaning | None:
    """Return what words stand for: a whole label or another word for it, a known word, then what comes near a label.

    "dừng" spelled so is known everywhere; "dung" only where no label begins so, for "đúng" folds alike.
    """
    folded = fold(text)
    labels = [(_folded_label(choice.label), choice.command) for choice in offered.choices]
    numbers = [key for key, _ in offered.numbered()]
    if whole := [place for place, (label, _) in enumerate(labels) if folded in (label, f"{numbers[place]} {label}")]:
        return command(offered.choices[_as_spelled(text, offered, whole)].command)
    with_diacritics = spelled(text) != folded
    nicknamed = _nicknamed(spelled(text), offered, nicknames)
    if len(nicknamed) == 1:
        return command(nicknamed[0])
    another_word = with_diacritics and " " not in folded  # "đúng" is not "dừng", nor "bà" three
    said = (spelled(text),) if another_word else (folded,) if folded in words else (folded, _bare(folded))
    if number := next((words[one] for one in said if words.get(one, "").isdigit()), ""):
        return _of_number(number, offered)
    begun = _begun(folded, labels) or nicknamed
    known = (with_diacritics and words.get(spelled(text))) or (not begun and not another_word and words.get(folded))
    if known and not (begun and known == "/again"):
        return command(known)
    alike = begun or _within(folded, labels) or _mistyped(folded, labels)
    if len(alike) == 1:
        return command(alike[0])
    return ("again", ()) if alike and not offered.expects else None


_folded_label = lru_cache(maxsize=4096)(fold)
"""The same labels are offered again and again."""


def _nicknamed(typed: str, offered: Reply, nicknames: Nicknames) -> list[str]:
    """Return the commands of the choices that are called so too."""
    return [choice.command for choice in offered.choices if typed in nicknames.get(choice.label, ())]


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
