"""Learning how far words lean towards topics: a linear model of how people ask, as they write and with noise."""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from functools import cache
from random import Random

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.svm import LinearSVC

from faq.features import MARKED, STOP, pair_count
from faq.index import Index
from faq.leaning import FARTHEST, STEPS, Learnt, share, told
from faq.noise import STYLES, noisy
from faq.words import sound, words

NOISY = 3
"""How many noisy copies of each question are learnt from, beside itself."""
FEWEST = 4
"""In how many copies a word must stand at least."""
MISTAKES = 1.0
"""What a mistake costs, beside a weight of one."""
TONE = 0.5
"""What a word with its diacritics counts, beside the word without."""
KEPT = 160_000
"""How many weights are kept, the greatest."""


def lean(index: Index, asked: Iterable[tuple[str, str]], chance: Random) -> Learnt:
    """Return how far words lean towards topics, learnt from questions, each after its topic."""
    right, said = zip(*_copies(index, asked, chance), strict=True)
    often = {word for word, times in Counter(word for one in said for word in one).items() if times >= FEWEST}
    vectors = DictVectorizer()
    rows = vectors.fit_transform([{word: share(one) * counted(word) for word in one & often} for one in said])
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)  # what LinearSVC takes
    model = LinearSVC(C=MISTAKES, tol=0.01, random_state=0).fit(rows, right)
    names = vectors.get_feature_names_out()
    says = model.coef_ * list(map(counted, names))
    says[np.abs(says) < np.sort(np.abs(says), axis=None)[-KEPT:][0]] = 0
    steps = np.rint(says * STEPS).clip(-FARTHEST, FARTHEST).astype(int)
    return Learnt(
        model.classes_.tolist(),
        np.rint(model.intercept_ * STEPS).astype(int).tolist(),
        {
            word: [int(value) for topic in np.flatnonzero(column) for value in (topic, column[topic])]
            for word, column in zip(names, steps.T, strict=True)
            if column.any()
        },
    )


@cache
def counted(word: str) -> float:
    """Return what a word of a message counts, or a pair, or a word with diacritics."""
    if word.startswith(MARKED):
        return TONE
    first, _, second = word.partition(" ")
    if not second:
        return STOP if word in words().stops else 1.0
    stops = _stop_sounds()
    return pair_count(*[STOP if heard in stops else 1.0 for heard in (first, second)])


@cache
def _stop_sounds() -> Set[str]:
    return set(map(sound, words().stops))


def _copies(index: Index, asked: Iterable[tuple[str, str]], chance: Random) -> Iterator[tuple[str, set[str]]]:
    for topic, text in asked:
        yield topic, told(index, index.reader.read(text))
        for style in chance.sample(STYLES[1:], NOISY):
            yield topic, told(index, index.reader.read(noisy(text, style, chance)))
