"""Clusters: questions that ask for the same, put together."""

from collections.abc import Iterable

from rapidfuzz import fuzz

ALIKE = 72
"""How alike two questions must be to stand together, of 100."""

Counted = tuple[str, int]
"""A question, folded, and how often it was asked."""


def clusters(questions: Iterable[Counted]) -> list[list[Counted]]:
    """Return the questions in clusters, the one asked most often first, its most frequent wording at the head."""
    found: list[list[Counted]] = []
    for text, times in sorted(questions, key=lambda question: (-question[1], question[0])):
        alike = [(fuzz.token_sort_ratio(text, cluster[0][0]), cluster) for cluster in found]
        nearest = max(alike, key=lambda pair: pair[0], default=None)
        if nearest and nearest[0] >= ALIKE:
            nearest[1].append((text, times))
        else:
            found.append([(text, times)])
    return sorted(found, key=lambda cluster: -sum(times for _, times in cluster))
