"""Learn `scam_weights.json` from a file of messages: a logistic model of words and pairs, by gradient descent."""

import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from faq.scam_signals import rules
from faq.scam_slant import features
from faq.scam_words import take_apart

Row = Mapping[str, Any]
ROUNDS = 60
STEP = 0.5
SHRINK = 0.004
"""How much of every weight is taken away at each step, so that rare words stay light."""
SMALLEST = 0.03


def held_back(row: Row) -> bool:
    """Return whether a message is among the third that nothing is learnt from and nobody tunes for."""
    return int(sha256(str(row["id"]).encode()).hexdigest(), 16) % 3 == 0


def learn(rows: Sequence[Row]) -> dict[str, float]:
    """Return the weights of words and pairs, "" for the bias."""
    known = rules()
    examples = [
        (sorted(set(features(take_apart(row["text"], known.known, known.short)))), row["label"] == "scam")
        for row in rows
    ]
    scams = sum(scam for _, scam in examples)
    counts = {True: len(examples) / (2 * scams), False: len(examples) / (2 * (len(examples) - scams))}
    weights: dict[str, float] = {"": 0.0}
    order = random.Random(1)  # noqa: S311  (the same weights every time)
    for _ in range(ROUNDS):
        order.shuffle(examples)
        for names, scam in examples:
            share = 1 / len(names) ** 0.5
            sum_ = weights[""] + share * sum(weights.get(name, 0.0) for name in names)
            error = counts[scam] * (scam - 1 / (1 + math.exp(-sum_)))
            weights[""] += 0.1 * STEP * error
            for name in names:
                old = weights.get(name, 0.0)
                weights[name] = old + STEP * (error * share - SHRINK * old)
    kept = {name: round(weight, 2) for name, weight in weights.items() if abs(weight) >= SMALLEST or not name}
    return dict(sorted(kept.items()))


if __name__ == "__main__":
    read = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    learnt = learn(read)
    written = json.dumps(learnt, ensure_ascii=False, separators=(",", ":"))
    Path(__file__).with_name("scam_weights.json").write_text(written + "\n", encoding="utf-8")
