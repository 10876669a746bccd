"""Learning: what each likeness counts, from the bank itself; `python -m faq.learn` writes weights.json."""

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from faq.bank import CONTENT, LEARNT, WEIGHTS, Asked, indexed, learnt_weights, read_topic, topics_of
from faq.leaning import Leaning
from faq.leaning_learn import lean
from faq.likeness import Candidate, candidates
from faq.matcher import Matcher
from faq.noise import STYLES, noisy
from faq.normal import Said

HEARD = CONTENT.parent / "heard"
"""Questions by topic, one a line, in everyday words: nothing is found in them, but where their words lean is learnt."""
FOLDS = 4
ROUNDS = 12
RATE = 0.15
SHRINK = 2e-4
UNSEEN = 0.25
"""How much a question matters whose subject the index does not hold: one in five of all."""
Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class Trial:
    """A noisy phrasing that the index did not hold, and what was found for it."""

    entry: int
    subject: int
    style: str
    said: Said
    found: list[Candidate]


def trials(
    asked: Sequence[Asked], fold: int, styles: int, chance: Random, whole_files: bool
) -> Iterator[tuple[Matcher, Trial]]:
    """Yield noisy phrasings with what an index without them finds: without each phrasing, or without whole files."""
    kept, left = [], []
    files = list(dict.fromkeys(each.file for each in asked))
    for number, each in enumerate(asked):
        if whole_files:
            out = each.entry.ask if files.index(each.file) % FOLDS == fold else ()
        else:
            out = tuple(text for place, text in enumerate(each.entry.ask) if (place + number) % FOLDS == fold)
        kept.append([text for text in each.entry.ask if text not in out])
        left += [(number, text) for text in out]
    index = indexed(list(zip(asked, kept, strict=True)))
    matcher = Matcher(index, Leaning(lean(index, questions(asked, kept), chance), topics_of(asked)), learnt_weights())
    for number, text in left:
        for style in chance.sample(STYLES, styles):
            said = matcher.index.reader.read(noisy(text, style, chance))
            found, _ = candidates(matcher.index, matcher.leaning, said)
            if found:
                yield matcher, Trial(number, index.subjects[number], style, said, found)


def questions(asked: Sequence[Asked], kept: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return these phrasings of entries, and what was heard about their topics, each after its topic."""
    own = [(each.topic, text) for each, ask in zip(asked, kept, strict=True) for text in ask]
    topics = dict.fromkeys(topic for topic, _ in own)
    files = [(topic, HEARD / f"{topic}.txt") for topic in topics]
    heard = [(topic, file.read_text(encoding="utf-8").splitlines()) for topic, file in files if file.exists()]
    return [*own, *[(topic, text) for topic, texts in heard for text in texts]]


def learn_ranking(seen: Sequence[Trial], subjects: Sequence[int], chance: Random) -> list[float]:
    """Return what each likeness counts, so that the right entry and the right subject come first."""
    weights = [0.5] * len(seen[0].found[0].features)
    usable = [trial for trial in seen if any(subjects[one.entry] == trial.subject for one in trial.found)]
    order = list(range(len(usable)))
    for turn in range(ROUNDS):
        chance.shuffle(order)
        rate = RATE / (1 + turn)
        for at in order:
            trial = usable[at]
            scores = [
                math.exp(min(sum(w * x for w, x in zip(weights, one.features, strict=True)), 30)) for one in trial.found
            ]
            whole = sum(scores)
            topical = sum(s for s, one in zip(scores, trial.found, strict=True) if subjects[one.entry] == trial.subject)
            entry_found = any(one.entry == trial.entry for one in trial.found)
            slope = [0.0] * len(weights)
            for score, one in zip(scores, trial.found, strict=True):
                ours = subjects[one.entry] == trial.subject
                wanted = score / topical if ours else 0.0
                if entry_found:
                    wanted = 0.5 * wanted + 0.5 * (one.entry == trial.entry)
                pull = wanted - score / whole
                for place, value in enumerate(one.features):
                    slope[place] += pull * value
            weights = [w + rate * (s - SHRINK * w) for w, s in zip(weights, slope, strict=True)]
    return weights


def learn_sureness(signs: Sequence[tuple[Vector, float, float]], chance: Random) -> list[float]:
    """Return what each sign tells of being right; each comes with whether it was, and how much it matters."""
    weights = [0.0] * len(signs[0][0])
    middle = list(weights)  # of the later rounds: the last examples seen count no more than the others
    order = list(range(len(signs)))
    for turn in range(ROUNDS * 2):
        chance.shuffle(order)
        rate = RATE / (1 + turn)
        for at in order:
            vector, right, matter = signs[at]
            value = sum(w * x for w, x in zip(weights, vector, strict=True))
            pull = matter * (right - 1 / (1 + math.exp(-max(-30.0, min(30.0, value)))))
            weights = [w + rate * (pull * x - SHRINK * w) for w, x in zip(weights, vector, strict=True)]
        if turn >= ROUNDS:
            middle = [m + w / ROUNDS for m, w in zip(middle, weights, strict=True)]
    return middle


def scored(matcher: Matcher, rank: Sequence[float], trial: Trial) -> list[tuple[float, Candidate]]:
    """Return the candidates of a trial with their scores, best first."""
    pairs = [(sum(w * x for w, x in zip(rank, one.features, strict=True)), one) for one in trial.found]
    return sorted(pairs, key=lambda pair: -pair[0])


def learnt(asked: Sequence[Asked], seed: int = 4) -> dict[str, list[float]]:
    """Return the weights learnt from these entries; the same every time."""
    chance = Random(seed)  # noqa: S311  (nothing secret)
    seen = [pair for fold in range(FOLDS) for pair in trials(asked, fold, 2, chance, whole_files=False)]
    subjects = seen[0][0].index.subjects
    unseen = [pair for fold in range(FOLDS) for pair in trials(asked, fold, 1, chance, whole_files=True)]
    found = {"outcome": list(learnt_weights()["outcome"])}  # from which sureness to answer, and to offer: set by hand
    rank = learn_ranking([trial for _, trial in seen], subjects, chance)
    signs = []
    for matter, pairs in ((1.0, seen), (UNSEEN, unseen)):
        for matcher, trial in pairs:
            ordered = scored(matcher, rank, trial)
            right = subjects[ordered[0][1].entry] == trial.subject
            signs.append((matcher.signs(trial.said, ordered), float(right), matter))
    found["rank"] = [round(weight, 4) for weight in rank]
    found["sure"] = [round(weight, 4) for weight in learn_sureness(signs, chance)]
    return found


def main() -> None:
    """Learn from a folder of questions and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=CONTENT)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    asked = [each for file in sorted(options.folder.glob("*.yaml")) for each in read_topic(file)]
    options.out.write_text(json.dumps(learnt(asked), indent=1) + "\n", encoding="utf-8")
    asks = [each.entry.ask for each in asked]
    index = indexed(list(zip(asked, asks, strict=True)))
    leaning = lean(index, questions(asked, asks), Random(0))  # noqa: S311  (nothing secret)
    written = json.dumps(asdict(leaning), ensure_ascii=False, separators=(",", ":"))
    options.out.with_name(LEARNT).write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
