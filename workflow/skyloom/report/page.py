"""The static report: everything on one page that opens offline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.images import ImageStore
from skyloom.report import figures, sheets, tables
from skyloom.report.lookalikes import RetrievalTables, lookalikes_section
from skyloom.report.redshift import RedshiftTables, redshift_section
from skyloom.report.rounds import rounds_section
from skyloom.report.templating import fill
from skyloom.report.tree import condensed_tree
from skyloom.surveys.credit import Credit

NOISE = -1
MODELS = {
    "logistic": "Logistic regression",
    "ridge": "Ridge classification",
    "knn": "Nearest neighbours",
}


@dataclass(frozen=True)
class EncoderTables:
    """What one trained encoder contributes."""

    name: str
    training: pd.DataFrame
    kmeans: pd.DataFrame
    hdbscan: pd.DataFrame
    tree: pd.DataFrame
    selection: pd.DataFrame
    summary: pd.DataFrame
    members: pd.DataFrame
    enrichment: pd.DataFrame
    recall: pd.DataFrame
    layout: pd.DataFrame
    predictions: pd.DataFrame
    classes: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame


@dataclass(frozen=True)
class ReportInputs:
    """Everything that the page shows."""

    survey: str
    simulated: bool
    encoders: list[str]
    store: ImageStore
    trained: list[EncoderTables]
    curves: pd.DataFrame
    differences: pd.DataFrame
    retrieval: RetrievalTables
    records: list[dict[str, Any]]
    thumbnail: sheets.Thumbnail
    by: str
    model: str
    confident: float
    status: dict[str, Any] | None
    redshift: RedshiftTables | None
    scores: pd.DataFrame | None
    credits: Sequence[Credit]

    def main(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the study's first split and first model."""
        return table[(table["by"] == self.by) & (table["probe"] == self.model)]


def render(inputs: ReportInputs) -> str:
    """Return the page as HTML."""
    return fill(
        "report.html",
        survey=inputs.survey,
        simulated=inputs.simulated,
        facts=_facts(inputs),
        rejected=inputs.store.rejected.to_dict("records"),
        rounds=rounds_section(inputs.status, inputs.scores),
        redshift=redshift_section(inputs.redshift),
        remarks=tables.remarks(inputs.records),
        splits=[_split(inputs, split) for split in _scored_splits(inputs)],
        models=tables.model_rows(inputs.curves, inputs.encoders) if len(inputs.curves) else [],
        lookalikes=lookalikes_section(
            inputs.retrieval, inputs.encoders, inputs.store, inputs.thumbnail, inputs.records
        ),
        classes=_classes(inputs),
        encoders=[_encoder(inputs, encoder) for encoder in inputs.trained],
        metric_names=list(figures.NAMES.values()),
        by=inputs.by,
        model=MODELS[inputs.model],
        confident=inputs.confident,
        sources=tables.sources(inputs.records),
        credits=inputs.credits,
        jobs=tables.provenance_rows(inputs.records),
        versions=inputs.records[0]["versions"] if inputs.records else {},
    )


def _facts(inputs: ReportInputs) -> list[tuple[str, str]]:
    index = inputs.store.index
    counts = index["split"].value_counts()
    saw = {
        name: record["facts"]
        for record in inputs.records
        if record["stage"] == "pretrain" and record["facts"]["trained_on"]
        for name in [Path(record["outputs"][0]["path"]).parent.name]
    }
    seen = ", ".join(
        f"{name}: {fact['images_seen']} images of split {' + '.join(fact['trained_on'])}"
        for name, fact in saw.items()
    )
    return [
        ("images", f"{len(index):,}"),
        ("rejected", f"{len(inputs.store.rejected):,}"),
        ("classes", f"{index['label'].nunique()}"),
        ("groups", f"{index['group'].nunique():,}"),
        ("splits", ", ".join(f"{name} {count:,}" for name, count in counts.items())),
        ("pretraining saw", seen or "nothing"),
    ]


def _scored_splits(inputs: ReportInputs) -> list[str]:
    found = set(inputs.main(inputs.curves)["split"])
    return [split for split in ("test", "val") if split in found]


def _split(inputs: ReportInputs, split: str) -> dict[str, Any]:
    main = inputs.trained[0]
    predictions, curves = inputs.main(main.predictions), inputs.main(inputs.curves)
    full = predictions[predictions["fraction"] == predictions["fraction"].max()]
    by = inputs.by
    return {
        "name": split,
        "count": int(full["split"].eq(split).sum()),
        "curve": figures.label_curves(curves, split, inputs.encoders),
        "scores": tables.score_rows(curves, split, inputs.encoders),
        "differences": tables.difference_rows(inputs.main(inputs.differences), split),
        "confusion": figures.confusion(full, split),
        "classes": tables.class_rows(_on(main.classes, by, split)),
        "calibration": tables.calibration_rows(_on(main.calibration, by, split)),
        "reliability": figures.reliability(_on(main.reliability, by, split)),
    }


def _on(table: pd.DataFrame, by: str, split: str) -> pd.DataFrame:
    return table[(table["by"] == by) & (table["split"] == split)]


def _classes(inputs: ReportInputs) -> list[dict[str, Any]]:
    rows, store = [], inputs.store
    for label, count in store.index["label"].value_counts().items():
        positions = np.flatnonzero(store.index["label"].eq(label).fillna(False).to_numpy())
        strip = sheets.strip(store, sheets.spread_over(positions), inputs.thumbnail)
        rows.append({"name": label, "count": count, "strip": strip})
    return rows


def _encoder(inputs: ReportInputs, encoder: EncoderTables) -> dict[str, Any]:
    index = inputs.store.index
    layout = encoder.layout.set_index("image_id").loc[index["image_id"]].reset_index()
    clusters = {
        name: table.set_index("image_id").loc[index["image_id"]].reset_index()
        for name, table in (("k-means", encoder.kmeans), ("HDBSCAN", encoder.hdbscan))
    }
    panels = {
        name: table["cluster"].map(lambda number: figures.NOISE if number == NOISE else str(number))
        for name, table in clusters.items()
    }
    if index["label"].notna().any():
        panels = {"label": index["label"], **panels}
    return {
        "name": encoder.name,
        "training": figures.training_curves(encoder.training) if len(encoder.training) else None,
        "epochs": len(encoder.training),
        "recall": tables.recall_sentence(encoder.recall),
        "selection": _selection(encoder.selection, encoder.summary),
        "tree": condensed_tree(encoder.tree) if len(encoder.tree) else None,
        "map": figures.maps(layout, panels),
        "clusterings": [
            {
                "name": name,
                "clusters": _clusters(inputs, table, _jaccard(encoder.members, name)),
                "noise": _noise(table),
                "summary": tables.cluster_rows(encoder.summary, name),
                "looks": int((encoder.enrichment["algorithm"] == name).sum()),
                "enriched": tables.enrichment_rows(encoder.enrichment, name),
            }
            for name, table in clusters.items()
        ],
    }


def _selection(selection: pd.DataFrame, summary: pd.DataFrame) -> str | None:
    if selection.empty:
        return None
    values = summary.set_index("quantity")["value"]
    chosen = {name: int(values[f"k_{name}"]) for name in figures.CRITERIA}
    return figures.selection_curves(selection, chosen)


def _jaccard(members: pd.DataFrame, algorithm: str) -> dict[int, float]:
    mine = members[members["algorithm"] == algorithm]
    return dict(zip(mine["cluster"], mine["jaccard"], strict=True))


def _clusters(
    inputs: ReportInputs, table: pd.DataFrame, jaccard: dict[int, float]
) -> list[dict[str, Any]]:
    """Return a strip per cluster, its strongest members first, the largest cluster first."""
    rows, store = [], inputs.store
    sizes = table.loc[table["cluster"] != NOISE, "cluster"].value_counts()
    for number, count in sizes.items():
        members = np.flatnonzero(table["cluster"].to_numpy() == number)
        strongest = members[np.argsort(-table["strength"].to_numpy()[members], kind="stable")]
        rows.append(
            {
                "number": number,
                "count": count,
                "jaccard": jaccard[int(number)],
                "content": _content(store.index["label"].iloc[members]),
                "strip": sheets.strip(store, _different_groups(store, strongest), inputs.thumbnail),
            }
        )
    return rows


def _different_groups(store: ImageStore, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put one image of each group first, so that a strip is not twelve frames of one scene."""
    repeated = store.index["group"].iloc[positions].duplicated().to_numpy()
    return np.concatenate([positions[~repeated], positions[repeated]])


def _content(labels: "pd.Series[str]") -> str:
    counts = labels.value_counts()
    if counts.empty:
        return "no labels"
    shares = counts / len(labels)
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.head(3).items())


def _noise(table: pd.DataFrame) -> int:
    return int((table["cluster"] == NOISE).sum())
