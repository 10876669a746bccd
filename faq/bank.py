"""The bank: all entries, read and checked; the first mistake is named with its file and field."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock

from content.model import Source
from content.reading import ContentError, complaint, read_yaml, validated
from faq.anonymous import anonymous
from faq.index import Index
from faq.leaning import Leaning, read_learnt
from faq.matcher import SUGGESTIONS, Matcher
from faq.model import OUT_OF_SCOPE, Entry, TopicFile

CONTENT = Path(str(files("faq"))) / "content"
WEIGHTS = Path(str(files("faq"))) / "weights.json"
LEARNT = "leaning.json"
"""The name of the file with what was learnt, beside the weights."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry with what it has from its file."""

    topic: str
    entry: Entry
    sources: tuple[Source, ...]
    checked: dt.date
    check_again: dt.date
    file: str
    small_talk: bool = False

    @property
    def key(self) -> str:
        """What names the entry in the whole bank."""
        return f"{self.topic}.{self.entry.name}"

    @property
    def code(self) -> str:
        """A short name of the entry, for commands: the same as long as topic and name are."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:6]

    @property
    def in_scope(self) -> bool:
        """Whether the entry is ours to answer."""
        return self.topic != OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Match:
    """What a message asks for, as far as can be told."""

    entries: tuple[Asked, ...]  # best first
    sureness: float  # how likely the first is right, from 0 to 1
    action: str  # "answer", "offer" or "refuse"

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics, best first, each once."""
        return tuple(dict.fromkeys(asked.topic for asked in self.entries))

    @property
    def suggestions(self) -> tuple[Asked, ...]:
        """The entries to choose from: the first of every topic, then others; what is not ours only if it leads.

        Small talk is none of them.
        """
        offered = [asked for asked in self.entries if not asked.small_talk]
        ours = [asked for asked in offered if asked.in_scope or asked is self.entries[0]]
        firsts: dict[str, Asked] = {}
        for asked in ours:
            firsts.setdefault(asked.topic, asked)
        others = [asked for asked in ours if asked not in firsts.values()]
        return tuple([*firsts.values(), *others][:SUGGESTIONS])

    @property
    def others_after_answer(self) -> tuple[Asked, ...]:
        """The first entry, and three that may have been meant instead."""
        others = [asked for asked in self.entries[1:] if not asked.small_talk]
        return (self.entries[0], *others[:SUGGESTIONS])


class Bank:
    """The entries in their files' order, and the way from a message to them."""

    def __init__(self, asked: Iterable[Asked], weights: Mapping[str, list[float]], learnt: Path | None = None) -> None:
        """Arrange the entries. ContentError: two have the same topic and name."""
        self._asked = tuple(asked)
        self._by_code: dict[str, Asked] = {}
        for each in self._asked:
            if self._by_code.setdefault(each.code, each) is not each:
                raise ContentError(complaint(each.file, f"entries.{each.entry.name}", "entry_twice", each.key))
        self._weights = weights
        self._learnt = learnt
        self._answer_from, self._offer_from = weights["outcome"]
        self._matcher: Matcher | None = None
        self._building = Lock()

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def matcher(self) -> Matcher:
        """The way from a message to the entries, built when it is first needed: it takes a second or two."""
        with self._building:
            if self._matcher is None:
                index = indexed([(each, each.entry.ask) for each in self])
                self._matcher = Matcher(index, Leaning(read_learnt(self._learnt), topics_of(self)), self._weights)
            return self._matcher

    def warm(self) -> None:
        """Build what is needed to match, so that no resident waits for it."""
        _ = self.matcher

    def become(self, other: "Bank") -> None:
        """Hold what another bank holds, for all who have this one at hand."""
        vars(self).update(vars(other))

    def get(self, code: str) -> Asked | None:
        """Return the entry of this code."""
        return self._by_code.get(code)

    def match(self, text: str) -> Match:
        """Return what the text asks for, and whether that is sure enough to answer or to offer."""
        ranked = self.matcher.rank(text)
        entries = tuple(self._asked[number] for number in ranked.entries)
        if entries and ranked.sureness >= self._answer_from:
            action = "answer"
        else:
            action = "offer" if entries and ranked.sureness >= self._offer_from else "refuse"
        return Match(entries, ranked.sureness, action)

    def kept(self, text: str) -> str:
        """Return what may be kept of a question nobody could answer: folded, without what tells who asked."""
        index = self.matcher.index
        return anonymous(text, index.reader, index.vocabulary)

    def past_review(self, today: dt.date) -> list[Asked]:
        """Return the first entry of every file whose date to check again has come."""
        past = {each.file: each for each in reversed(self._asked) if each.check_again <= today}
        return [past[file] for file in sorted(past)]


def topics_of(asked: Iterable[Asked]) -> list[str]:
    """Return the topics in the order of their numbers."""
    return list(dict.fromkeys(each.topic for each in asked))


def indexed(phrasings: Sequence[tuple[Asked, Sequence[str]]]) -> Index:
    """Return the index of entries with these phrasings of theirs; what is not ours is a subject each."""
    names = {topic: number for number, topic in enumerate(topics_of(each for each, _ in phrasings))}
    topics = [names[each.topic] for each, _ in phrasings]
    subjects = [topics[n] if each.in_scope else len(names) + n for n, (each, _) in enumerate(phrasings)]
    return Index([ask for _, ask in phrasings], topics, subjects)


def read_bank(folder: Path = CONTENT, weights: Path = WEIGHTS, own: Path | None = None) -> Bank:
    """Return the bank of a folder, with what the ward added. ContentError: the first field that cannot be used."""
    places = [place for place in (folder, own) if place]
    asked = [each for place in places for file in sorted(place.glob("*.yaml")) for each in read_topic(file)]
    return Bank(asked, learnt_weights(weights), weights.with_name(LEARNT))


def read_topic(file: Path) -> list[Asked]:
    """Return the entries of a file. ContentError: the first field that cannot be used."""
    found = validated(file.name, TopicFile, read_yaml(file, file.name))
    if found.topic != file.stem and not (found.topic == OUT_OF_SCOPE and file.stem.startswith(f"{OUT_OF_SCOPE}_")):
        raise ContentError(complaint(file.name, "topic", "not_file_name", found.topic))
    sources = {source.id: source for source in found.sources}
    return [
        Asked(
            found.topic,
            entry,
            tuple(sources[name] for name in entry.sources),
            found.checked,
            found.check_again,
            file.name,
            found.small_talk,
        )
        for entry in found.entries
    ]


def learnt_weights(file: Path = WEIGHTS) -> Mapping[str, list[float]]:
    """Return the weights that faq/learn.py has written."""
    weights: Mapping[str, list[float]] = json.loads(file.read_text(encoding="utf-8"))
    return weights
