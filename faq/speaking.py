"""Speaking: of which entries the features of a message speak, and how loudly."""

import math
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, repeat
from operator import itemgetter

LOUDEST = 240
"""What a feature says that is all there is."""
HEAVIEST = 240
"""What a feature weighs that is the whole message: no sum of products fills more than a lane."""
WHOLE = LOUDEST * HEAVIEST
"""How loudly a message speaks of what says the very same."""
FEW = 6
SHARE = 40
"""Speaking of more than so few, and of more than one in so many, a feature keeps all its numbers side by side in one
great number: they are added all at once."""
_LANE = 2
"""Bytes of each number in a great one."""


class Speaking:
    """How loudly each feature speaks of whom: what it counts in the middle of all that is said there."""

    __slots__ = ("_great", "_loud", "_size", "starts", "whom")

    def __init__(self, said: Iterable[tuple[int, Sequence[int], Sequence[float]]], count: int, size: int) -> None:
        """Take what each of so many says, one after the other: features, of so many, and how much each says."""
        self._size = size
        features, whose, louds = array("I"), array("H"), array("B")
        root = math.sqrt
        for whom, middle in _middles(said):
            whole = sum(middle.values()) or 1.0
            features.extend(middle)
            whose.extend(repeat(whom, len(middle)))  # the root: what is said again and again counts less
            louds.extend([round(LOUDEST * root(total / whole)) for total in middle.values()])
        counts = [0] * count
        for feature in features:
            counts[feature] += 1
        self.starts = array("I", accumulate(counts, initial=0))
        """Where the row of each feature begins in `whom`."""
        self.whom, self._loud = array("H", bytes(2 * len(features))), array("B", bytes(len(features)))
        free, whom_by_feature, loud_by_feature = self.starts.tolist(), self.whom, self._loud
        for feature, whom, loud in zip(features, whose, louds, strict=True):
            at = free[feature]
            whom_by_feature[at], loud_by_feature[at] = whom, loud
            free[feature] = at + 1
        many = max(FEW, size // SHARE)
        self._great = {feature: self._side_by_side(feature) for feature, count in enumerate(counts) if count > many}

    def _side_by_side(self, feature: int) -> int:
        begin, end = self.starts[feature], self.starts[feature + 1]
        lanes = array("H", bytes(_LANE * self._size))
        for whom, loud in zip(self.whom[begin:end], self._loud[begin:end], strict=True):
            lanes[whom] = loud
        return int.from_bytes(lanes.tobytes(), sys.byteorder)

    def heard(self, weighed: Sequence[tuple[int, float]]) -> list[int]:
        """Return how loudly these features together speak of each, at most WHOLE."""
        whom, loud, starts, great = self.whom, self._loud, self.starts, self._great
        scale = HEAVIEST / (math.hypot(*[weight for _, weight in weighed]) or 1.0)
        whole, few = 0, []
        for feature, weight in weighed:
            steps = int(scale * weight + 0.5)
            if feature in great:
                whole += great[feature] * steps
            else:
                few.append((starts[feature], starts[feature + 1], steps))
        heard = array("H", whole.to_bytes(_LANE * self._size, sys.byteorder)).tolist()
        for begin, end, steps in few:
            for number, value in zip(whom[begin:end], loud[begin:end]):  # noqa: B905  (the same rows)
                heard[number] += steps * value
        return heard


def _middles(said: Iterable[tuple[int, Sequence[int], Sequence[float]]]) -> Iterator[tuple[int, Mapping[int, float]]]:
    """Yield what each says, by feature; each of its messages counts the same."""
    for whom, messages in groupby(said, itemgetter(0)):
        middle: dict[int, float] = defaultdict(float)
        for _, features, values in messages:
            length = math.hypot(*values) or 1.0
            for feature, value in zip(features, values):  # noqa: B905  (one for each)
                middle[feature] += value / length
        yield whom, middle
