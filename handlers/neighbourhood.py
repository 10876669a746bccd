"""Neighbourhoods: found by link code, by list or by a name typed anyhow; confirmed; changed later."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from rapidfuzz import fuzz

from faq.secret import looks_secret
from faq.text import fold, spelled
from handlers import agreeing, aside, question
from handlers.messages import PERSON_KEY, Choice, Reply
from handlers.speech import known_words, word_lists
from handlers.turn import Stray, Turn, number
from storage.facts import Placed
from storage.neighbourhoods import Neighbourhood, all_of, by_code

PAGE = 7
NUMBERED_PAGE = 24
"""More neighbourhoods fit on a page when each is chosen by its own number."""
SURE = 88
"""How alike a typed name and a neighbourhood's must be to ask about that one alone, of 100."""
MAYBE = 60
CLEARLY = 5
"""How much more alike than the next one a name must be to be clear."""
ASKED_BACK = 4
HIGHEST = 96
"""Two digits are all a number to type has, and the list needs three numbers above."""
MOST_WORDS = 14
"""Who only says where they live needs no more."""
UNKNOWN = "-"
_NUMBER = re.compile(r"(?<!\d)(\d{1,3})$")
_WITHIN = re.compile(r"\b(?:to|so|nha|hem|ngo|ngach|duong|doi|cum) \d+")
"""A number within a neighbourhood, as in "ấp 2, tổ 4, số nhà 17"."""


async def pick(turn: Turn, page: str = "1", join: str = "", *_: str) -> Reply:
    """List the neighbourhoods; a name may be typed instead."""
    if not turn.is_resident:
        return _ask_leave(turn)
    places = await turn.read(all_of, turn.house.ward.id)
    if not places:
        return await place(turn, UNKNOWN, join)
    keys = _own_numbers(places)
    size = NUMBERED_PAGE if keys else PAGE
    at = number(page, len(places))
    shown = places[(at - 1) * size :][:size]
    if not shown:
        raise Stray(page)
    more_key, unknown_key, person_key = _keys_beyond(keys)
    choices = [_choice(place, join, keys.get(place.id, "")) for place in shown]
    if places[-1] != shown[-1]:
        choices.append(Choice(turn.say("neighbourhood.more"), _command(f"/neighbourhoods {at + 1}", join), more_key))
    choices.append(Choice(turn.say("neighbourhood.unknown"), _command(f"/place {UNKNOWN}", join), unknown_key))
    choices.append(turn.back(_command(f"/neighbourhoods {at - 1}", join) if at > 1 else "/menu"))
    choices.append(replace(turn.person(), key=person_key))
    text = turn.say("neighbourhood.ask", numbered=bool(keys), buttons=turn.inbound.buttons)
    return Reply(text, tuple(choices), expects=_command("/named", join))


async def named(turn: Turn, *arguments: str) -> Reply:
    """Find the neighbourhood that was typed, "khu pho 5" or "kp5"; ask back when it is not clear, answer a question."""
    join = "join" if arguments[:-1] == ("join",) else ""
    typed = arguments[-1] if arguments else ""
    if looks_secret(typed):
        return question.refuse(turn)
    found = find(typed, await turn.read(all_of, turn.house.ward.id))
    if len(found) == 1:
        return await confirm(turn, found[0].code, join)
    if question.is_one(turn, typed):
        return replace(await question.ask(turn, typed), expects=turn.offered.expects)
    listed = await pick(turn, "1", join)
    if not found:
        return Reply(turn.say("neighbourhood.not_found") + "\n\n" + listed.text, listed.choices, expects=listed.expects)
    choices = [_choice(place, join) for place in found]
    choices.append(turn.choice("neighbourhood.other", _command("/neighbourhoods 1", join)))
    return Reply(turn.say("neighbourhood.which"), turn.ways(*choices), expects=listed.expects)


async def ask(turn: Turn, *words: str) -> Reply:
    """Take a neighbourhood's bare name, "kp5" or "tôi ở khu phố 5", as where somebody lives; else answer a question."""
    typed = " ".join(words)
    found = await alone(turn, typed)
    if found is None:
        told = agreeing.told(typed, turn.today.year)
        asks = told is None or not (told.age or told.agrees)  # an age and a yes are no question, wherever they are said
        return await (question.ask(turn, typed) if asks else question.again(turn))
    commands = {choice.command for choice in turn.offered.choices}
    join = "join" if any(command.endswith(" join") for command in commands) else ""
    if _command(f"/place {found.code}", join) in commands:  # the very name that is asked about is a yes
        return await place(turn, found.code, join)
    if join:
        return await confirm(turn, found.code, join)
    if found.id == turn.known.neighbourhood_id:
        return question.offer_again(turn, turn.say("neighbourhood.here", name=found.name))
    return aside.kept(turn, await confirm(turn, found.code))


async def alone(turn: Turn, typed: str) -> Neighbourhood | None:
    """Return the neighbourhood whose name was typed, with nothing beside it but that somebody lives or moves there."""
    if len(typed.split()) > MOST_WORDS:
        return None
    places = await turn.read(all_of, turn.house.ward.id)
    rest = " ".join(word for word in fold(typed).split() if word not in _beside())
    told = [place for name in (fold(typed), rest) for place in places if _is_name(name, place)]
    return told[0] if told else None


async def confirm(turn: Turn, code: str = "", join: str = "", *_: str) -> Reply:
    """Ask whether this is the right neighbourhood."""
    found = await of_code(turn, code)
    if not turn.is_resident:
        return _ask_leave(turn, found)
    if found is None:
        return await pick(turn, "1", join)
    choices = (
        turn.choice("neighbourhood.right", _command(f"/place {found.code}", join)),
        turn.choice("neighbourhood.other", _command("/neighbourhoods 1", join)),
        turn.choice("neighbourhood.unknown", _command(f"/place {UNKNOWN}", join)),
    )
    current = turn.known.neighbourhood_name or ""
    return Reply(turn.say("neighbourhood.confirm", name=found.name, current=current), turn.ways(*choices))


async def place(turn: Turn, code: str = "", join: str = "", *_: str) -> Reply:
    """Record where the resident lives; the move can be undone."""
    found = await of_code(turn, code)
    if not turn.is_resident:
        return _ask_leave(turn, found)
    if found is None and code != UNKNOWN:
        raise Stray(code)
    turn.note(Placed(found.id if found else None))
    text = turn.say("neighbourhood.placed", name=found.name if found else "")
    if join:
        if turn.known.age_band == "child":
            return Reply(text, turn.ways(turn.choice("common.go_on", "/menu")))
        choices = (turn.choice("start.yes_remind", "/remind yes"), turn.choice("start.no_remind", "/remind no"))
        return Reply(f"{text}\n\n{turn.say('start.ask_remind')}", turn.ways(*choices, back="/neighbourhoods 1 join"))
    undo = f"/place {turn.known.neighbourhood_code or UNKNOWN}"
    return Reply(text, turn.ways(turn.choice("common.menu", "/menu"), turn.choice("common.undo", undo)))


async def of_code(turn: Turn, code: str) -> Neighbourhood | None:
    """Return the ward's neighbourhood of this code, in capitals or not."""
    found = await turn.read(by_code, turn.house.ward.id, code) if code else None
    return found or (await turn.read(by_code, turn.house.ward.id, code.lower()) if code.lower() != code else None)


def find(typed: str, places: list[Neighbourhood]) -> list[Neighbourhood]:
    """Return the neighbourhoods a resident may mean, the only one if it is clear, at most four.

    A number must be met exactly: "khu pho 5" is as like "khu phố 15" as can be, and yet another place.
    """
    wanted = fold(typed)
    names = {place.id: fold(place.name) for place in places}
    for alike in (
        [place for place in places if _ends(spelled(place.name), spelled(typed))],
        [place for place in places if wanted in (names[place.id], fold(place.code))],
        [place for place in places if _ends(names[place.id], wanted)],
    ):
        if len(alike) == 1:
            return alike
    if 1 <= len(told := _told(wanted, names, places)) <= ASKED_BACK:
        return told
    digits = _digits(_WITHIN.sub("", wanted)) or _digits(wanted) or _spoken(wanted, names.values())
    candidates = [place for place in places if not digits or digits == _digits(names[place.id])]
    if digits and len(candidates) == 1:
        return candidates
    return _most_alike(wanted, candidates) or (candidates if len(candidates) <= ASKED_BACK else [])


def _is_name(typed: str, place: Neighbourhood) -> bool:
    """Return whether this is a neighbourhood's name, its code or the first letters of its name with its number."""
    name, code = fold(place.name), fold(place.code)
    kind, _, own = name.rpartition(" ")
    short = "".join(word[0] for word in kind.split()) + own if own.isdigit() else ""
    spoken = _said_for().get(own, ())
    typed = re.sub(r"(?<!\d)0+(?=\d)", "", typed.replace(" ", ""))
    own_words = name.partition(" ")[2]
    ways = {name, code, short, own_words if " " in own_words else "", *(f"{kind} {word}" for word in spoken)}
    return typed in {way.replace(" ", "") for way in ways if way and not way.isdigit()}


@cache
def _said_for() -> Mapping[str, frozenset[str]]:
    """Return what is said for each number: "năm" and "nam" are 5."""
    numbers = {number for number in known_words().values() if number.isdigit()}
    return {number: frozenset(fold(word) for word, own in known_words().items() if own == number) for number in numbers}


@cache
def _beside() -> frozenset[str]:
    """Return the words around a neighbourhood's name that say nothing else, folded."""
    return frozenset(map(fold, word_lists("place")["beside"]))


def _ends(name: str, wanted: str) -> bool:
    return bool(wanted) and f" {name}".endswith(f" {wanted}")


def _told(wanted: str, names: Mapping[int, str], places: list[Neighbourhood]) -> list[Neighbourhood]:
    """Return the places whose names are told among other words, "nha toi o khu pho 5 ngay cho"; the longest only.

    A name of words is also told without what its kind is called: "ben do" is "Ấp Bến Đò".
    """
    told: dict[int, str] = {}
    for place, name in names.items():
        own = name.partition(" ")[2]
        said = (name, own) if " " in own and not _digits(own) else (name,)
        if found := next((one for one in said if _holds(wanted, one)), ""):
            told[place] = found
    longest = {one for one in told.values() if not any(one != other and _holds(other, one) for other in told.values())}
    return [place for place in places if told.get(place.id) in longest]


def _holds(words: str, some: str) -> bool:
    return f" {some} " in f" {words} "


def _most_alike(wanted: str, places: list[Neighbourhood]) -> list[Neighbourhood]:
    """Return the places whose names are most like what is wanted; none when it is like too many."""
    scored = [(_likeness(wanted, fold(place.name)), place) for place in places]
    scored = sorted((pair for pair in scored if pair[0] >= MAYBE), key=lambda pair: -pair[0])[: ASKED_BACK + 1]
    if scored and scored[0][0] >= SURE and (len(scored) == 1 or scored[0][0] - scored[1][0] >= CLEARLY):
        return [scored[0][1]]
    if len(scored) > ASKED_BACK and scored[0][0] - scored[-1][0] < CLEARLY:
        return []
    return [place for _, place in scored[:ASKED_BACK]]


def _likeness(wanted: str, name: str) -> float:
    """Return how alike two folded names are, of 100: words may change places, spaces may be missing."""
    joined = fuzz.ratio(wanted.replace(" ", ""), name.replace(" ", ""))
    return max(fuzz.token_sort_ratio(wanted, name), joined)


def _digits(folded: str) -> list[str]:
    """Return the last number in a name, if there is one."""
    return [digits.lstrip("0") for digits in re.findall(r"\d+", folded)[-1:]]


def _spoken(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the number whose word stands last, "khu pho nam" is 5, where every neighbourhood has a number."""
    if not all(map(_digits, names)):
        return []
    said = {word: number for word, number in known_words().items() if number.isdigit()}
    ending = max((word for word in said if f" {wanted}".endswith(f" {word}")), key=len, default="")
    return [said[ending]] if ending else []


def _own_numbers(places: list[Neighbourhood]) -> dict[int, str]:
    """Return each neighbourhood's own number by id, if every one has its own: "Khu phố 5" is chosen by 5."""
    numbers = {place.id: int(found[1]) for place in places if (found := _NUMBER.search(place.name))}
    distinct = len(set(numbers.values())) == len(places)
    usable = distinct and min(numbers.values()) >= 1 and max(numbers.values()) <= HIGHEST
    return {identity: str(own) for identity, own in numbers.items()} if usable else {}


def _keys_beyond(keys: dict[int, str]) -> tuple[str, str, str]:
    """Return the numbers of "more", "unknown" and the person, none of which may be a neighbourhood's own.

    On the second page, too, 9 is Khu phố 9 for whoever types it.
    """
    if not keys:
        return "", "", PERSON_KEY
    highest = max(map(int, keys.values()))
    above = [str(key) for key in range(highest + 1, highest + 5) if str(key) != PERSON_KEY]
    return above[0], above[1], above[2] if PERSON_KEY in keys.values() else PERSON_KEY


def _ask_leave(turn: Turn, found: Neighbourhood | None = None) -> Reply:
    """Say that nothing is kept of somebody who has not agreed, and offer to agree."""
    agree = turn.choice("start.agree_after_all", f"/consent {found.code if found else ''}".strip())
    return Reply(turn.say("neighbourhood.not_kept"), turn.ways(agree))


def _choice(place: Neighbourhood, join: str, key: str = "") -> Choice:
    return Choice(place.name, _command(f"/confirm {place.code}", join), key)


def _command(words: str, join: str) -> str:
    """Return the command, marked when it belongs to joining."""
    return f"{words} join" if join else words
