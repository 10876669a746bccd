"""How long a question takes among 200, 2,000 and 20,000 phrasings, beside rapidfuzz's own extract in the same run."""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from random import Random

from rapidfuzz import fuzz, process

from faq.bank import LEARNT, WEIGHTS, Asked, learnt_weights, read_bank, topics_of
from faq.index import Index
from faq.leaning import Leaning, read_learnt
from faq.matcher import Matcher
from faq.noise import STYLES, noisy
from faq.scam import judge
from faq.text import fold

SIZES = (200, 2_000, 20_000)
QUESTIONS = 400
PEER_QUESTIONS = 40
PER_ENTRY = 8
LONGEST_WORDS = 45
TIMES = 3


def phrasings(asked: Sequence[Asked], size: int, chance: Random) -> tuple[list[list[str]], list[int]]:
    """Return so many phrasings by entry, and the topic of each entry; those beyond the bank's are made of its words."""
    own = [list(each.entry.ask) for each in asked]
    words = [word for ask in own for text in ask for word in text.split()]
    topics = topics_of(asked)
    numbers = [topics.index(each.topic) for each in asked]
    chosen, chosen_topics, count = [], [], 0
    order = list(range(len(own)))
    chance.shuffle(order)
    for place in order:
        if count + len(own[place]) > size:
            break
        chosen.append(own[place])
        chosen_topics.append(numbers[place])
        count += len(own[place])
    while count < size:
        lengths = [chance.choice((4, 7, 10, 14, LONGEST_WORDS)) for _ in range(min(PER_ENTRY, size - count))]
        chosen.append([" ".join(chance.choices(words, k=length)) for length in lengths])
        chosen_topics.append(chance.randrange(len(topics)))
        count += len(lengths)
    return chosen, chosen_topics


def took(work: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Return the milliseconds of CPU time of this thread that each question took, sorted.

    Of three times the least: what else the machine does, and what it throws out of the processor's caches, is not ours.
    """
    for question in questions:  # once before, so that every run finds the same caches
        work(question)
    found = [math.inf] * len(questions)
    for _ in range(TIMES):
        for place, question in enumerate(questions):
            begun = time.thread_time_ns()
            work(question)
            found[place] = min(found[place], (time.thread_time_ns() - begun) / 1e6)
    return sorted(found)


def run(asked: Sequence[Asked], seed: int) -> dict[str, float]:
    """Return the milliseconds of one run."""
    chance = Random(seed)
    figures: dict[str, float] = {}
    own = [text for each in asked for text in each.entry.ask]
    questions = [noisy(text, chance.choice(STYLES), chance) for text in chance.sample(own, QUESTIONS)]
    for size in SIZES:
        asks, topics = phrasings(asked, size, chance)
        leaning = Leaning(read_learnt(WEIGHTS.with_name(LEARNT)), topics_of(asked))
        matcher = Matcher(Index(asks, topics), leaning, learnt_weights())
        ours = took(matcher.rank, questions)
        figures[f"p50_ms_{size}"], figures[f"p99_ms_{size}"] = statistics.median(ours), ours[int(len(ours) * 0.99)]
        if size == 2_000:
            folded = [fold(text) for ask in asks for text in ask]
            for name, scorer in (("wratio", fuzz.WRatio), ("token_set", fuzz.token_set_ratio)):
                peer = took(_extract(folded, scorer), questions[:PEER_QUESTIONS])
                figures[f"{name}_ms"] = statistics.median(peer)
    scam = took(judge, [f"{text} https://vi-du.top/{number}" for number, text in enumerate(questions)])
    figures["scam_p99_ms"] = scam[int(len(scam) * 0.99)]
    return figures


def _extract(folded: Sequence[str], scorer: Callable[..., float]) -> Callable[[str], object]:
    return lambda question: process.extract(fold(question), folded, scorer=scorer, limit=5)


def main() -> None:
    """Run several times and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    asked = list(read_bank())
    runs = [run(asked, seed) for seed in range(options.runs)]
    middle = {name: statistics.median(one[name] for one in runs) for name in runs[0]}
    figures = {name: round(value, 3) for name, value in middle.items()}
    figures["ratio_wratio"] = round(middle["wratio_ms"] / middle["p50_ms_2000"], 1)
    figures["ratio_token_set"] = round(middle["token_set_ms"] / middle["p50_ms_2000"], 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
