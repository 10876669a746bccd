"""Is this message a scam? A level, and the phrases of the message that show it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from faq.scam_signals import Combination, Hit, Rules, hits, negated, rules
from faq.scam_slant import most_slanted, slant, weights
from faq.scam_words import LINK, Message, take_apart

LEVELS = ("ok", "suspect", "scam")
MOST_EVIDENCE = 4
SHOWING = 0.9
"""What the signs that can be quoted must weigh together to show much."""
TERSE = 8
"""Words of a message up to which one strong sign is all of it."""
LONGEST_QUOTE = 9
"""Words of a message that are quoted in one piece."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase of the message, and what it shows."""

    phrase: str
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of a message."""

    level: str  # one of LEVELS; "ok" only means that nothing was found
    score: float  # from 0 to 1
    evidence: tuple[Evidence, ...]  # the strongest first
    kind: str  # of scam, as in `lessons` of scam.yaml; "" where none is clear

    @property
    def topic(self) -> str:
        """The lesson about this kind of scam."""
        return lesson_about(self.kind)


def lesson_about(kind: str) -> str:
    """Return the topic of the lesson about a kind of scam."""
    return rules().lessons.get(kind, rules().lessons[""])


def judge(text: str, weigh: Mapping[str, float] | None = None) -> Verdict:
    """Return the level of a message with its reasons; `weigh` are learnt weights other than those shipped."""
    known = rules()
    message = take_apart(text, known.known, known.short)
    found = _found(message, known)
    weight = (
        known.bias
        + sum(known.signals[name].weight for name in found)
        + known.slant * slant(message, weigh or weights())
    )
    kinds: dict[str, float] = {}
    for name in found:
        signal = known.signals[name]
        if signal.kind and signal.weight > 0:
            kinds[signal.kind] = kinds.get(signal.kind, 0) + signal.weight
    names = _with_groups(found, known)
    for combination in known.combinations:
        if _holds(combination, names):
            weight += combination.weight
            if combination.kind:
                kinds[combination.kind] = kinds.get(combination.kind, 0) + combination.weight
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, weight))))
    shown = _evidence(message, found, known) if score >= known.suspect else ()
    showing = sum(sign.weight for sign in map(known.signals.__getitem__, found) if sign.weight > 0 and sign.says)
    if score >= known.suspect and not shown and (leans := most_slanted(message, weigh or weights())):
        shown = (Evidence(message.quote(*leans), known.leans),)
    # nobody is told of danger without a phrase that shows it, and what shows little must be the surer
    enough = known.scam if showing >= SHOWING else known.sure
    level = "scam" if shown and score >= enough else "suspect" if score >= known.suspect else "ok"
    kind = _of_state(max(kinds, key=lambda name: kinds[name]) if kinds else "", names, known)
    return Verdict(level, round(score, 4), shown, kind)


def signals_in(text: str) -> list[str]:
    """Return the names of the signals and combinations a message holds: for those who tend the rules."""
    known = rules()
    found = _found(take_apart(text, known.known, known.short), known)
    names = _with_groups(found, known)
    return [*found, *(each.name for each in known.combinations if _holds(each, names))]


def _of_state(kind: str, names: set[str], known: Rules) -> str:
    """Return the kind of scam, another where the state's name is borrowed and no bank's."""
    if known.no_state & names:
        return kind
    return next((kinds[kind] for named, kinds in known.state.items() if named in names and kind in kinds), kind)


def _holds(combination: Combination, names: set[str]) -> bool:
    for need in combination.needs:  # "all" takes twice as long
        if need.isdisjoint(names):
            return False
    return combination.without.isdisjoint(names)


def _with_groups(found: dict[str, Hit], known: Rules) -> set[str]:
    return {*found, *(group for name in found for group in known.signals[name].groups)}


def _found(message: Message, known: Rules) -> dict[str, Hit]:
    """Return the signals of a message, each with the first place where it stands."""
    spans = negated(message, known.negations)
    found: dict[str, Hit] = {}
    for hit in hits(message, known.tree):
        signal = known.signals[hit.signal]
        inside = signal.negatable and any(first <= hit.first <= last for first, last in spans)
        before = found.get(hit.signal)
        longer = before is not None and hit.first == before.first and hit.last > before.last
        if not inside and (before is None or longer):
            found[hit.signal] = hit
    if len(message.words) <= TERSE and _is_bait(found, known):
        found["nothing_else"] = Hit("nothing_else", 0, 0)
    if spans:
        found.setdefault("negated_advice", Hit("negated_advice", *spans[0]))
    links = iter(message.hosts)
    for place, word in enumerate(message.words):
        if word.disguised:
            found.setdefault("disguise", Hit("disguise", place, place))
        if word.kind == LINK:
            for trait in next(links).traits:
                found.setdefault(known.hosts[trait], Hit(known.hosts[trait], place, place))
    return found


def _is_bait(found: Mapping[str, Hit], known: Rules) -> bool:
    """Return whether there is a strong sign and none that speaks for a genuine message."""
    counts = [known.signals[name].weight for name in found]
    return bool(counts) and max(counts) >= 1 and min(counts) >= 0


def _evidence(message: Message, found: dict[str, Hit], known: Rules) -> tuple[Evidence, ...]:
    """Return the phrases that speak for a scam, the strongest first, none of them twice."""
    told = [hit for name, hit in found.items() if known.signals[name].weight > 0 and known.signals[name].says]
    told.sort(key=lambda hit: -known.signals[hit.signal].weight)
    chosen: list[Hit] = []
    for hit in told:
        overlapping = any(hit.first <= other.last and other.first <= hit.last for other in chosen)
        if not overlapping and len(chosen) < MOST_EVIDENCE:
            chosen.append(hit)
    return tuple(
        Evidence(message.quote(hit.first, min(hit.last, hit.first + LONGEST_QUOTE)), known.signals[hit.signal].says)
        for hit in chosen
    )
