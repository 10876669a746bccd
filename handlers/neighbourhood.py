"""Neighbourhoods: found by link code, by list or by a name typed anyhow; confirmed; changed later."""

import re

from rapidfuzz import fuzz, process

from faq.text import fold
from handlers.messages import Choice, Reply
from handlers.turn import Stray, Turn, number
from storage.facts import Placed
from storage.neighbourhoods import Neighbourhood, all_of, by_code

PAGE = 7
NUMBERED_PAGE = 24
"""More neighbourhoods fit on a page when each is chosen by its own number."""
SURE = 88
"""How alike a typed name and a neighbourhood's must be to ask about that one alone, of 100."""
MAYBE = 60
UNKNOWN = "-"
_NUMBER = re.compile(r"(\d{1,3})$")


async def pick(turn: Turn, page: str = "1", join: str = "", *_: str) -> Reply:
    """List the neighbourhoods; a name may be typed instead."""
    places = await turn.read(all_of, turn.house.ward.id)
    if not places:
        return await place(turn, UNKNOWN, join)
    keys = _own_numbers(places)
    size = NUMBERED_PAGE if keys else PAGE
    shown = places[(number(page, len(places)) - 1) * size :][:size]
    if not shown:
        raise Stray(page)
    choices = [_choice(place, join, keys.get(place.id, "")) for place in shown]
    if places[-1] != shown[-1]:
        choices.append(turn.choice("neighbourhood.more", f"/neighbourhoods {int(page) + 1} {join}".strip()))
    choices.append(turn.choice("neighbourhood.unknown", f"/place {UNKNOWN} {join}".strip()))
    return Reply(
        turn.say("neighbourhood.ask", numbered=bool(keys)),
        turn.ways(*choices) if not keys else (*choices, turn.back("/menu")),
        expects=f"/named {join}".strip(),
    )


async def named(turn: Turn, *arguments: str) -> Reply:
    """Find the neighbourhood that was typed, "khu pho 5" or "kp5"; ask back when it is not clear."""
    join = "join" if arguments[:-1] == ("join",) else ""
    typed = arguments[-1] if arguments else ""
    found = find(typed, await turn.read(all_of, turn.house.ward.id))
    if len(found) == 1:
        return await confirm(turn, found[0].code, join)
    listed = await pick(turn, "1", join)
    if not found:
        return Reply(turn.say("neighbourhood.not_found") + "\n\n" + listed.text, listed.choices, expects=listed.expects)
    choices = [_choice(place, join) for place in found]
    choices.append(turn.choice("neighbourhood.other", f"/neighbourhoods 1 {join}".strip()))
    return Reply(turn.say("neighbourhood.which"), turn.ways(*choices), expects=listed.expects)


async def confirm(turn: Turn, code: str = "", join: str = "", *_: str) -> Reply:
    """Ask whether this is the right neighbourhood."""
    found = await turn.read(by_code, turn.house.ward.id, code)
    if found is None:
        return await pick(turn, "1", join)
    choices = (
        turn.choice("neighbourhood.right", f"/place {found.code} {join}".strip()),
        turn.choice("neighbourhood.other", f"/neighbourhoods 1 {join}".strip()),
        turn.choice("neighbourhood.unknown", f"/place {UNKNOWN} {join}".strip()),
    )
    current = turn.known.neighbourhood_name or ""
    return Reply(turn.say("neighbourhood.confirm", name=found.name, current=current), turn.ways(*choices))


async def place(turn: Turn, code: str = "", join: str = "", *_: str) -> Reply:
    """Record where the resident lives; the move can be undone."""
    if not turn.is_resident:
        raise Stray(code)
    found = await turn.read(by_code, turn.house.ward.id, code) if code != UNKNOWN else None
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


def find(typed: str, places: list[Neighbourhood]) -> list[Neighbourhood]:
    """Return the neighbourhoods a resident may mean, the only one if it is clear, at most four.

    A number must be met exactly: "khu pho 5" is as like "khu phố 15" as can be, and yet another place.
    """
    wanted = fold(typed)
    digits = _digits(wanted)
    candidates = [place for place in places if not digits or digits == _digits(fold(place.name))]
    names = {place.id: fold(place.name) for place in candidates}
    exact = [place for place in candidates if wanted in (names[place.id], fold(place.code))]
    if len(exact) == 1:
        return exact
    if digits and len(candidates) == 1:
        return candidates
    scored = process.extract(wanted, names, scorer=fuzz.token_sort_ratio, score_cutoff=MAYBE, limit=4)
    if scored and scored[0][1] >= SURE and (len(scored) == 1 or scored[0][1] - scored[1][1] >= 5):
        scored = scored[:1]
    by_id = {place.id: place for place in candidates}
    return [by_id[identity] for _, _, identity in scored]


def _digits(folded: str) -> list[str]:
    """Return the last number in a name, if there is one."""
    return [digits.lstrip("0") for digits in re.findall(r"\d+", folded)[-1:]]


def _own_numbers(places: list[Neighbourhood]) -> dict[int, str]:
    """Return each neighbourhood's own number by id, if every one has its own: "Khu phố 5" is chosen by 5."""
    numbers = {place.id: found[1] for place in places if (found := _NUMBER.search(place.name))}
    distinct = len(set(numbers.values())) == len(places) and "0" not in numbers.values()
    return numbers if distinct else {}


def _choice(place: Neighbourhood, join: str, key: str = "") -> Choice:
    return Choice(place.name, f"/confirm {place.code} {join}".strip(), key)
