"""Places for the nodes of a graph without cycles: columns by depth, few crossings, short edges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12


@dataclass
class Layers:
    """A graph in columns.

    Attributes:
        columns: names from top to bottom, a column for each depth; of an edge that passes columns,
            `(from, to, column)` stands in each.
        heights: place of the middle of each, in units of a node.
    """

    columns: list[list[object]]
    heights: dict[object, float]


def layers_of(before: Mapping[str, Sequence[str]]) -> Layers:
    """Place the nodes of a graph.

    Args:
        before: of each node, those that it comes after.
    """
    depths = _depths(before)
    columns: list[list[object]] = [[] for _ in range(max(depths.values(), default=0) + 1)]
    for name in before:
        columns[depths[name]].append(name)
    links: list[tuple[object, object]] = []
    for name, earlier in before.items():
        for one in earlier:
            chain: list[object] = [one]
            for depth in range(depths[one] + 1, depths[name]):
                chain.append((one, name, depth))
                columns[depth].append(chain[-1])
            links += pairwise([*chain, name])
    heights = _heights(columns, links)
    return Layers(columns, heights)


def without_shortcuts(before: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leave out edges between nodes that a longer way joins as well."""
    behind: dict[str, set[str]] = {}

    def all_before(name: str) -> set[str]:
        if name not in behind:
            behind[name] = set().union(*({one} | all_before(one) for one in before[name]))
        return behind[name]

    return {
        name: [
            one
            for one in earlier
            if not any(one in all_before(other) for other in earlier if other != one)
        ]
        for name, earlier in before.items()
    }


def _depths(before: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the columns: as far right as the first that comes after allows."""
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in depths:
            depths[name] = 1 + max((depth(one) for one in before[name]), default=-1)
        return depths[name]

    for name in before:
        depth(name)
    after: dict[str, list[str]] = {name: [] for name in before}
    for name, earlier in before.items():
        for one in earlier:
            after[one].append(name)
    for name in sorted(before, key=lambda name: -depths[name]):
        if after[name] and not before[name]:  # what is given stands beside what reads it
            depths[name] = min(depths[other] for other in after[name]) - 1
    return depths


def _heights(
    columns: list[list[object]], links: Sequence[tuple[object, object]]
) -> dict[object, float]:
    joined: dict[object, list[object]] = {}
    for one, other in links:
        joined.setdefault(one, []).append(other)
        joined.setdefault(other, []).append(one)
    depth = {name: place for place, column in enumerate(columns) for name in column}
    heights = {name: float(place) for column in columns for place, name in enumerate(column)}
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for place in range(len(columns)) if forth else reversed(range(len(columns))):
            column = columns[place]
            wanted = {}
            for name in column:
                near = [
                    one for one in joined.get(name, []) if sweep > 1 or _before(depth, one, name)
                ]
                wanted[name] = (
                    sum(heights[one] for one in near) / len(near) if near else heights[name]
                )
            column.sort(key=lambda name: wanted[name])
            _spread(column, wanted, heights)
    lowest = min(heights.values(), default=0.0)
    return {name: height - lowest for name, height in heights.items()}


def _before(depth: Mapping[object, int], one: object, name: object) -> bool:
    return depth[one] < depth[name]


def _spread(
    column: Sequence[object], wanted: Mapping[object, float], heights: dict[object, float]
) -> None:
    """Place a column as near to what is wanted as its order and the nodes' sizes allow."""
    top, tops = -float("inf"), []
    for name in column:
        height = max(wanted[name], top + _size(name) / 2)
        tops.append(height)
        top = height + _size(name) / 2
    shift = sum(wanted[name] - height for name, height in zip(column, tops, strict=True))
    shift /= max(len(column), 1)
    for name, height in zip(column, tops, strict=True):
        heights[name] = height + shift


def _size(name: object) -> float:
    """Return the room of a node; an edge that passes needs less."""
    return 1.0 if isinstance(name, str) else 0.35
