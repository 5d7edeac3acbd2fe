"""Tables of the report: from Parquet tables and records to rows of text."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from skyloom.report.figures import NAMES, NULLS

CLUSTER_QUANTITIES = {
    "clusters": ("clusters [in samples of 80 %]", "{:.0f}"),
    "kept_clusters": ("clusters that go on from the kept ones", "{:.0f}"),
    "lost_clusters": ("kept clusters that are gone", "{:.0f}"),
    "classes": ("classes of the labels", "{:.0f}"),
    "stable_clusters": ("clusters that stay in samples (Jaccard > 0.75)", "{:.0f}"),
    "stability_ari": ("adjusted Rand index between samples and all", "{:.2f}"),
    "noise_share": ("images in no cluster", "{:.1%}"),
    "purity": ("purity", "{:.2f}"),
    "homogeneity": ("homogeneity", "{:.2f}"),
    "completeness": ("completeness", "{:.2f}"),
    "nmi": ("normalised mutual information with labels", "{:.2f}"),
    "ari": ("adjusted Rand index with labels", "{:.2f}"),
}
"""Quantities of a clustering, as the report names and prints them."""


MOST_LOOKS = 30
LEVEL = 0.05
"""False discovery rate from which a cluster's covariate is shown."""
CLASS_METRICS = ("precision", "recall", "f1", "average_precision")
CALIBRATION_QUANTITIES = {
    "temperature": "temperature",
    "nll": "negative log-likelihood",
    "ece": "expected calibration error",
    "shown_share": "share of images that would be shown",
    "shown_accuracy": "share of these that is right",
}


def score_rows(curves: pd.DataFrame, split: str, encoders: list[str]) -> list[dict[str, Any]]:
    """Return one row per encoder and share of labels, each score with its interval."""
    part = curves[curves["split"] == split]
    rows = []
    for name in [*encoders, *NULLS]:
        for fraction, points in part[part["encoder"] == name].groupby("fraction"):
            cells = points.set_index("metric")
            rows.append(
                {
                    "encoder": name,
                    "fraction": f"{100 * fraction:g} %",
                    "cells": [with_interval(cells.loc[metric]) for metric in NAMES],
                }
            )
    return rows


def model_rows(curves: pd.DataFrame, encoders: list[str]) -> list[dict[str, Any]]:
    """Return one row per encoder, split and model, each with the most labels it had."""
    full = curves[curves["fraction"] == curves["fraction"].max()]
    order = [*encoders, *NULLS]
    full = full.assign(place=full["encoder"].map(order.index))
    rows = []
    for where, points in full.groupby(["place", "by", "split", "probe"], sort=True):
        cells = points.set_index("metric")
        rows.append(
            {
                "encoder": order[where[0]],
                "by": where[1],
                "split": where[2],
                "model": where[3],
                "cells": [with_interval(cells.loc[metric]) for metric in NAMES],
            }
        )
    return rows


def class_rows(classes: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row per class: images, and its scores with their intervals."""
    rows = []
    for label, points in classes.groupby("label", sort=True):
        cells = points.set_index("metric")
        said = [with_interval(cells.loc[metric], 2) for metric in CLASS_METRICS]
        rows.append({"label": label, "count": int(points["n"].iloc[0]), "cells": said})
    return rows


def calibration_rows(calibration: pd.DataFrame) -> list[dict[str, str]]:
    """Return one row per quantity of the calibration, before and after scaling."""
    rows = []
    for quantity, name in CALIBRATION_QUANTITIES.items():
        mine = calibration[calibration["quantity"] == quantity].set_index("scaled")
        before, after = (_if_known(mine.loc[is_scaled]) for is_scaled in (False, True))
        rows.append({"name": name, "before": before, "after": after})
    return rows


def difference_rows(differences: pd.DataFrame, split: str) -> list[dict[str, Any]]:
    """Return one row per baseline and share of labels: differences, intervals and p-values."""
    part = differences[differences["split"] == split]
    rows = []
    order = list(dict.fromkeys(part["baseline"]))
    part = part.assign(place=part["baseline"].map(order.index))
    for (_, fraction), points in part.groupby(["place", "fraction"]):
        baseline = points["baseline"].iloc[0]
        cells = points.set_index("metric")
        rows.append(
            {
                "baseline": baseline,
                "fraction": f"{100 * fraction:g} %",
                "cells": [difference_cell(cells.loc[metric]) for metric in NAMES],
            }
        )
    return rows


def cluster_rows(summary: pd.DataFrame, algorithm: str) -> list[dict[str, str]]:
    """Return what there is to say of one clustering: name, value and, where known, interval."""
    mine = summary[summary["algorithm"] == algorithm].set_index("quantity")
    rows = []
    for quantity, (name, pattern) in CLUSTER_QUANTITIES.items():
        if quantity not in mine.index:
            continue
        value, low, high = mine.loc[quantity, ["value", "low", "high"]].astype(float)
        said = pattern.format(value)
        if high > low:
            said += f" [{pattern.format(low)}, {pattern.format(high)}]"
        rows.append({"name": name, "value": said})
    return rows


def recall_sentence(recall: pd.DataFrame) -> str | None:
    """Return how a search by likeness finds, in words; nothing where there was nothing to find."""
    if recall.empty:
        return None
    shares = ", ".join(
        f"{row['recall']:.3f} [{row['low']:.3f}, {row['high']:.3f}] of the {row['neighbours']}"
        for row in recall.to_dict("records")
    )
    first = recall.iloc[0]
    how = "every image is compared" if first["exact"] else "an approximate index is asked"
    return (
        f"{how.capitalize()}: of {first['queries']:,} images of this study it finds {shares} true "
        f"nearest neighbours, in {first['milliseconds']:.1f} ms each."
    )


def enrichment_rows(enrichment: pd.DataFrame, algorithm: str) -> list[dict[str, Any]]:
    """Return the strongest covariates of clusters that are no chance, at most `MOST_LOOKS`.

    Of values only those that a cluster has more of: what it lacks follows from these.
    """
    mine = enrichment[(enrichment["algorithm"] == algorithm) & (enrichment["q_value"] <= LEVEL)]
    mine = mine[(mine["value"] == "") | (mine["effect"] > 0)]
    strongest = mine.reindex(mine["effect"].abs().sort_values(ascending=False).index)
    return [_look(row) for row in strongest.head(MOST_LOOKS).to_dict("records")]


def _look(row: dict[Hashable, Any]) -> dict[str, Any]:
    """Return one look at a cluster: a share of a value, or a mean of a quantity."""
    name, value, effect = row["covariate"], row["value"], row["effect"]
    pattern = "{:.1%}" if value else "{:.4g}"
    return {
        "cluster": row["cluster"],
        "covariate": f"{name} = {value}" if value else name,
        "inside": pattern.format(row["mean_in"]),
        "all": pattern.format(row["mean_all"]),
        "effect": f"{2**effect:.2g} times" if value else f"{effect:+.2f} deviations",
        "q": f"{row['q_value']:.4f}",
    }


def provenance_rows(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per job, in the order in which they started."""
    return [
        {
            "stage": record["stage"],
            "outputs": [
                {"path": entry["path"], "sha256": entry["sha256"][:12]}
                for entry in record["outputs"]
            ],
            "code": record["code"]["digest"],
            "commit": _commit(record["git"]),
            "started": record["started"][:19].replace("T", " "),
            "seconds": f"{record['seconds']:.1f}",
            "memory": f"{record['peak_memory_mb']:.0f}",
            "host": record["machine"]["host"],
        }
        for record in sorted(records, key=lambda record: record["started"])
    ]


def sources(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per raw file: its address, origin, SHA-256 and when it was retrieved."""
    return [
        {
            "url": record["facts"]["url"],
            "origin": record["facts"]["origin"],
            "how": record["facts"]["how"],
            "retrieved": record["facts"]["retrieved"][:19].replace("T", " "),
            "sha256": record["outputs"][0]["sha256"],
        }
        for record in records
        if record["stage"] == "acquire"
    ]


def remarks(records: list[dict[str, Any]]) -> list[str]:
    """Return what preparing the shards remarked: missing lists and the like."""
    return [
        f"{record['outputs'][0]['path']}: {remark}"
        for record in records
        if record["stage"] == "prepare"
        for remark in record["facts"].get("remarks", [])
    ]


def with_interval(row: "pd.Series[Any]", digits: int = 3) -> str:
    """Return a value with its interval as text."""
    if not np.isfinite(row["value"]):
        return "-"
    value, low, high = (f"{row[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _if_known(row: "pd.Series[Any]") -> str:
    """Return a value, with its interval where there is one."""
    if np.isfinite(row["low"]) or not np.isfinite(row["value"]):
        return with_interval(row)
    return f"{row['value']:.3f}"


def difference_cell(row: "pd.Series[Any]") -> dict[str, str]:
    """Return a paired difference as text, its p-value, and whether zero is outside its interval."""
    sign = "" if row["low"] <= 0 <= row["high"] else ("better" if row["value"] > 0 else "worse")
    text = f"{row['value']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
    return {"text": text, "p": f"{row['p_value']:.3f}", "sign": sign}


def _commit(git: dict[str, Any]) -> str:
    if not git:
        return "not in git"
    return f"{git['commit'][:10]}{' + changes' if git['dirty'] else ''}"
