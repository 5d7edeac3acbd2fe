"""The images most like each image, of all and of other groups, for one at a time or for many."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.other_groups import ASKED, best_of_other_groups, cosine_of
from skyloom.analyze.similar import Bounds, most_alike
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.encoded import Encoded

COUNT = 12


def nearest_of(catalogue: Catalogue, encoded: Encoded, name: str) -> bytes:
    """Return both lists of an image as its page reads them: positions and similarities of each."""
    (row,) = encoded.rows([name])
    searchable = encoded.searchable
    direction, own = np.asarray(searchable.vectors[row]), searchable.index.iloc[[row]]
    lists = [
        most_alike(searchable, direction, own, Bounds(COUNT, other_groups=others))
        for others in (False, True)
    ]
    return _packed(catalogue, encoded, lists)


def nearest_of_many(
    catalogue: Catalogue, encoded: Encoded, names: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and both lists of each image; all vectors are read once for many images."""
    vectors = encoded.searchable.vectors
    rows = encoded.rows(names)
    alone, groups = np.arange(len(vectors)), _groups(encoded.searchable.index["group"])
    for start in range(0, len(rows), ASKED):
        asked = rows[start : start + ASKED]
        found = [
            best_of_other_groups(cosine_of(vectors), parts, asked, COUNT)
            for parts in (alone, groups)
        ]
        for place, row in enumerate(asked):
            best = [each[place][each[place] >= 0] for each in found]
            lists = [(rows_of, vectors[rows_of] @ vectors[row]) for rows_of in best]
            yield names[start + place], _packed(catalogue, encoded, lists)


def _groups(column: "pd.Series[str]") -> NDArray[np.int64]:
    """Return a number for each group (N,); an image without a group is one of its own."""
    codes, known = pd.factorize(column)
    return np.where(codes < 0, len(known) + np.arange(len(codes)), codes)


def _packed(
    catalogue: Catalogue,
    encoded: Encoded,
    lists: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> bytes:
    arrays = []
    for rows, similarity in lists:
        positions = catalogue.names.get_indexer(encoded.names[rows])
        arrays += [positions.astype(np.uint32), similarity.astype(np.float32)]
    return pack({}, *arrays)
