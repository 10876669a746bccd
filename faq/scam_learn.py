"""Learn `scam_weights.json` from files of messages: a logistic model of words and pairs of words."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from faq.scam_signals import rules
from faq.scam_slant import features, share
from faq.scam_words import take_apart

Row = Mapping[str, Any]
FEWEST = 2
"""In how many messages a word or a pair must stand at least."""
MISTAKES = 30.0
"""What a mistake costs, beside a weight of one."""


def held_back(row: Row) -> bool:
    """Return whether a message is among the third that nothing is learnt from and nobody tunes for."""
    return int(sha256(str(row["id"]).encode()).hexdigest(), 16) % 3 == 0


def learn(rows: Sequence[Row]) -> dict[str, float]:
    """Return the weights of words and pairs, "" for the bias."""
    known = rules()
    said = [sorted(set(features(take_apart(row["text"], known.known, known.short)))) for row in rows]
    often = {name for name, times in Counter(name for names in said for name in names).items() if times >= FEWEST}
    vectors = DictVectorizer()
    shares = vectors.fit_transform([{name: share(names) for name in names if name in often} for names in said])
    model = LogisticRegression(C=MISTAKES, class_weight="balanced", max_iter=1000)
    model.fit(shares, [row["label"] == "scam" for row in rows])
    weights = zip(vectors.get_feature_names_out(), model.coef_[0].round(1).tolist(), strict=True)
    return {"": round(float(model.intercept_[0]), 1), **{name: weight for name, weight in weights if weight}}


if __name__ == "__main__":
    files = [Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]]
    read = [json.loads(line) for file in files for line in file.splitlines()]
    written = json.dumps(learn(read), ensure_ascii=False, separators=(",", ":"))
    Path(__file__).with_name("scam_weights.json").write_text(written + "\n", encoding="utf-8")
