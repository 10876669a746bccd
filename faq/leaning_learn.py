"""Learning how far words lean towards topics: a linear model of how people ask, as they write and with noise."""

from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from faq.index import Index
from faq.leaning import FARTHEST, STEPS, Learnt, told
from faq.noise import STYLES, noisy

NOISY = 3
"""How many noisy copies of each question are learnt from, beside itself."""
FEWEST = 4
"""In how many copies a word must stand at least."""
MISTAKES = 0.5
"""What a mistake costs, beside a weight of one."""
KEPT = 120_000
"""How many weights are kept, the greatest."""


def lean(index: Index, asked: Iterable[tuple[str, str]], chance: Random) -> Learnt:
    """Return how far words lean towards topics, learnt from questions, each after its topic."""
    right, said = zip(*_copies(index, asked, chance), strict=True)
    often = {word for word, times in Counter(word for one in said for word in one).items() if times >= FEWEST}
    vectors = DictVectorizer()
    rows = normalize(vectors.fit_transform([{w: count for w, count in one.items() if w in often} for one in said]))
    model = LinearSVC(C=MISTAKES, tol=0.01, random_state=0).fit(rows, right)
    steps = np.rint(model.coef_ * STEPS).clip(-FARTHEST, FARTHEST).astype(int)
    steps[np.abs(model.coef_) < np.sort(np.abs(model.coef_), axis=None)[-KEPT:][0]] = 0
    return Learnt(
        model.classes_.tolist(),
        np.rint(model.intercept_ * STEPS).astype(int).tolist(),
        {
            word: [int(value) for topic in np.flatnonzero(column) for value in (topic, column[topic])]
            for word, column in zip(vectors.get_feature_names_out(), steps.T, strict=True)
            if column.any()
        },
    )


def _copies(index: Index, asked: Iterable[tuple[str, str]], chance: Random) -> Iterator[tuple[str, dict[str, float]]]:
    for topic, text in asked:
        yield topic, told(index, index.reader.read(text))
        for style in chance.sample(STYLES[1:], NOISY):
            yield topic, told(index, index.reader.read(noisy(text, style, chance)))
