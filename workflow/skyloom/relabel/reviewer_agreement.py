"""How far reviewers agree with each other, and each of them with their own earlier answers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from skyloom.relabel.verdicts import Event
from skyloom.settings.base import Settings

Standing = Mapping[str, Mapping[str, Event]]
"""The standing verdicts of every reviewer, by item."""


@dataclass(frozen=True, order=True)
class AnswerPair:
    """How often two answers about one item met.

    Attributes:
        first, second: reviewers; one name twice for the earlier and the present answer of one.
        answer, other: a class, `(unsure)` or `(none)`, by the first and by the second.
        items: about which they were given.
    """

    first: str
    second: str
    answer: str
    other: str
    items: int


class Agreement(Settings):
    """How far two reviewers agree, or one with the own earlier answers.

    Attributes:
        first, second: reviewers; one name twice for repeats.
        items, same: that both answered, and with one answer.
        kappa: Cohen's; None where both gave one and the same answer throughout: chance alone would
            agree as well.
        ac1: Gwet's, which keeps its meaning where nearly all items are of one class.
    """

    first: str
    second: str
    items: int
    same: int
    kappa: float | None
    ac1: float


def compare_reviewers(
    verdicts: Standing, earlier: Standing, repeats: Iterable[str]
) -> tuple[AnswerPair, ...]:
    """Return how often which answers met, sorted.

    Args:
        verdicts: of a round. Amendments, which are made with the old label in view, do not count.
        earlier: of the rounds before it.
        repeats: the items of the round that were shown before.
    """
    now = {name: _answers(found) for name, found in verdicts.items()}
    met: Counter[tuple[str, str, str, str]] = Counter()
    for first, second in combinations(sorted(now), 2):
        for item in now[first].keys() & now[second].keys():
            met[first, second, now[first][item], now[second][item]] += 1
    again = set(repeats)
    for name, found in now.items():
        before = _answers(earlier.get(name, {}))
        for item in found.keys() & before.keys() & again:
            met[name, name, before[item], found[item]] += 1
    return tuple(sorted(AnswerPair(*pair, items) for pair, items in met.items()))


def agreements_of(pairs: Iterable[AnswerPair], classes: Sequence[str]) -> tuple[Agreement, ...]:
    """Return the agreement of every two reviewers, over all pairs of answers."""
    between = attrgetter("first", "second")
    found = []
    for (first, second), group in groupby(sorted(pairs, key=between), key=between):
        table = _table(list(group), classes)
        found.append(
            Agreement(
                first=first,
                second=second,
                items=int(table.sum()),
                same=int(np.trace(table)),
                kappa=cohen_kappa(table),
                ac1=gwet_ac1(table),
            )
        )
    return tuple(found)


def cohen_kappa(table: NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa (1960) of a table (K, K) of answers, rows by one, columns by the other.

    None where both gave one and the same answer throughout: it would be 0 / 0.
    """
    shares = table / table.sum()
    chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    if np.isclose(chance, 1):
        return None
    return float((np.trace(shares) - chance) / (1 - chance))


def gwet_ac1(table: NDArray[np.int64]) -> float:
    """Return Gwet's AC1 (2008) of a table (K, K), K at least 2, of answers by two reviewers."""
    shares = table / table.sum()
    used = (shares.sum(axis=1) + shares.sum(axis=0)) / 2
    chance = float((used * (1 - used)).sum()) / (len(table) - 1)
    return float((np.trace(shares) - chance) / (1 - chance))


def _answers(verdicts: Mapping[str, Event]) -> dict[str, str]:
    return {item: _answer(event) for item, event in verdicts.items() if not event.amends}


def _answer(event: Event) -> str:
    if event.label is not None:
        return event.label
    return "(unsure)" if event.verdict == "unsure" else "(none)"


def _table(pairs: Sequence[AnswerPair], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return the items (K, K) by answers: all classes, and of the others those that were given."""
    given = {answer for pair in pairs for answer in (pair.answer, pair.other)}
    place = {name: number for number, name in enumerate(sorted({*classes, *given}))}
    table = np.zeros((len(place), len(place)), dtype=np.int64)
    for pair in pairs:
        table[place[pair.answer], place[pair.other]] += pair.items
    return table
