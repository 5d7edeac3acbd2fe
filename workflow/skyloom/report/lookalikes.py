"""The report's section on search by likeness: precision by class, and what it looks like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skyloom.images import ImageStore
from skyloom.report.lookalike_sheet import BOX, Shown, lookalike_sheet, verdict_of
from skyloom.report.sheets import Thumbnail, fitted, spread_over
from skyloom.report.style import as_jpeg
from skyloom.report.tables import difference_cell, with_interval

ORDER, CHANCE = "sheet-order", "chance"
MACRO = "macro"
MOST_ROWS = 36
"""Queries on the sheet; with more classes than this the most frequent are shown."""
NEIGHBOURS = 10
"""Neighbours on the sheet."""


@dataclass(frozen=True)
class RetrievalTables:
    """What the stage `retrieve` has written, and the classes that count as one."""

    scores: pd.DataFrame
    differences: pd.DataFrame
    lookalikes: pd.DataFrame
    alike: Mapping[str, Sequence[str]]


def precision_tables(
    retrieval: pd.DataFrame, encoders: Sequence[str], alike: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return a table for each number of neighbours, the greatest first: a row a class.

    Args:
        retrieval: scores of all encoders and nulls.
        encoders: in the order of the columns.
        alike: classes that count as one; of these rows only what the classes as given lack.
    """
    columns = [*encoders, ORDER, CHANCE]
    found = []
    for k, part in sorted(retrieval.groupby("k"), reverse=True):
        rows = []
        for kind in ("given", "alike"):
            mine = part[part["labels"] == kind]
            names = [MACRO, *sorted(set(mine["label"]) - {MACRO})]
            shown = names if kind == "given" else [MACRO, *sorted(set(alike) & set(names))]
            rows += [_row(mine, name, columns, kind) for name in shown if len(mine)]
        found.append({"k": int(k), "columns": columns, "rows": rows})
    return found


def _row(part: pd.DataFrame, label: str, columns: Sequence[str], kind: str) -> dict[str, Any]:
    cells = part[part["label"] == label].set_index("encoder")
    name = "all classes (mean)" if label == MACRO else label
    return {
        "name": f"{name}, counted as one" if kind == "alike" else name,
        "count": int(cells["n"].iloc[0]),
        "cells": [
            f"{cells['value'][each]:.2f}" if each == CHANCE else with_interval(cells.loc[each], 2)
            for each in columns
        ],
        "ceiling": f"{cells['ceiling'].iloc[0]:.2f}",
        "first": label == MACRO,
    }


def gain_rows(differences: pd.DataFrame) -> dict[str, Any]:
    """Return the differences of the main encoder's mean over classes from each baseline."""
    macro = differences[differences["label"] == MACRO]
    points = list(macro.groupby(["labels", "k"], sort=False).groups)
    heads = [f"precision@{k}{', counted as one' if kind == 'alike' else ''}" for kind, k in points]
    rows = []
    for baseline, part in macro.groupby("baseline", sort=False):
        cells = part.set_index(["labels", "k"])
        rows.append(
            {"baseline": baseline, "cells": [difference_cell(cells.loc[each]) for each in points]}
        )
    return {"heads": heads, "rows": rows}


def lookalike_picture(
    store: ImageStore,
    lookalikes: pd.DataFrame,
    alike: Mapping[str, Sequence[str]],
    thumbnail: Thumbnail,
) -> bytes:
    """Return some queries of each class, each with its nearest neighbours, as one JPEG.

    Queries are spread evenly over those of a class, in the order of the sheets: none is chosen by
    what was found.

    Args:
        store: the images.
        lookalikes: one encoder's neighbours.
        alike: classes that count as one.
        thumbnail: how an image is shown.
    """
    names = pd.Index(store.index["image_id"])
    asked = lookalikes.assign(place=names.get_indexer(pd.Index(lookalikes["image_id"])))
    asked = asked.sort_values("place")
    labels = store.index["label"].iloc[asked["place"]].to_numpy(dtype=str)
    frequent = pd.Series(labels).value_counts().index[:MOST_ROWS]
    each = 2 if 2 * len(frequent) <= MOST_ROWS else 1
    rows = []
    for label in sorted(frequent):
        for query in spread_over(np.flatnonzero(labels == label), each):
            found = names.get_indexer(pd.Index(asked["neighbours"].iloc[query][:NEIGHBOURS]))
            places = np.array([asked["place"].iloc[query], *found], dtype=np.int64)
            said = store.index["label"].iloc[places].astype(str)
            verdicts = ["query", *(verdict_of(one, label, alike.values()) for one in said[1:])]
            pictures = [fitted(thumbnail(image), BOX) for image in store.batch(places)]
            rows.append(list(map(Shown, pictures, said, verdicts)))
    return lookalike_sheet(rows)


def lookalikes_section(
    tables: RetrievalTables,
    encoders: Sequence[str],
    store: ImageStore,
    thumbnail: Thumbnail,
    records: Sequence[dict[str, Any]],
) -> dict[str, Any] | None:
    """Return the section's tables, picture and remarks; None where nothing was asked with."""
    if tables.scores.empty:
        return None
    mine = tables.lookalikes[tables.lookalikes["encoder"] == encoders[0]]
    return {
        "tables": precision_tables(tables.scores, encoders, tables.alike),
        "gains": gain_rows(tables.differences),
        "picture": as_jpeg(lookalike_picture(store, mine, tables.alike, thumbnail)),
        "alike": ", ".join(f"{' + '.join(said)} = {name}" for name, said in tables.alike.items()),
        "remarks": [
            remark
            for record in records
            if record["stage"] == "retrieve"
            for remark in record["facts"]["remarks"]
        ],
    }
