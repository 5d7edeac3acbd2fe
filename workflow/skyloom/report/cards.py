"""Model cards and data cards: what one has to know of an encoder or an image set, from records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skyloom.provenance import told
from skyloom.report.figures import NAMES
from skyloom.report.tables import sources
from skyloom.report.templating import fill
from skyloom.surveys.credit import Credit

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Background:
    """What every card is written from.

    Attributes:
        survey: the survey; simulated: whether its archive is.
        records: of the jobs behind what the card is about.
        credits: of the archives.
    """

    survey: str
    simulated: bool
    records: Sequence[Record]
    credits: Sequence[Credit]

    def of_stage(self, stage: str) -> list[Record]:
        """Return the records of a stage's jobs."""
        return [record for record in self.records if record["stage"] == stage]

    def fill(self, template: str, **values: Any) -> str:
        """Return a card's template with its values and those that every card tells."""
        return fill(
            template,
            survey=self.survey,
            simulated=self.simulated,
            credits=self.credits,
            **values,
        )


def model_card(background: Background, curves: pd.DataFrame) -> str:
    """Return the card of an encoder as Markdown.

    Args:
        background: with the records of the encoder and of its images.
        curves: scores of all encoders, as the compare stage writes them.
    """
    (record,), prepared = background.of_stage("pretrain"), background.of_stage("prepare")
    name = encoder_name(record)
    encoder = record["settings"]["encoder"]
    output = next(e for e in record["outputs"] if e["path"].endswith("encoder.safetensors"))
    return background.fill(
        "model_card.md",
        name=name,
        file=output,
        size=told.size(output["bytes"]),
        network=told.parameters({"settings": encoder["network"]}),
        pretrain=told.parameters({"settings": encoder["pretrain"] or {}}),
        trained_on=record["facts"]["trained_on"],
        images_seen=record["facts"]["images_seen"],
        images=sum(one["facts"]["images"] for one in prepared),
        rejected=sum(one["facts"]["rejected"] for one in prepared),
        seed=told.seed(record),
        when=told.when(record),
        where=told.where(record),
        code=told.code(record),
        versions=told.versions(record),
        metrics=list(NAMES.values()),
        scores=_scores(curves, name),
    )


def data_card(
    background: Background, index: pd.DataFrame, shape: tuple[int, ...], kind: str
) -> str:
    """Return the card of a survey's image set as Markdown.

    Args:
        background: with the records of the jobs that fetched and prepared.
        index: of all its images, also of those that could not be read.
        shape: of one image; kind: its type of numbers.
    """
    usable = index[index["rejected"].isna()]
    times = usable["time"].dropna()
    prepared = background.of_stage("prepare")
    return background.fill(
        "data_card.md",
        images=len(usable),
        rejected=_counts(index["rejected"].dropna().map(_reason)),
        shape=" x ".join(map(str, shape)),
        kind=kind,
        groups=usable["group"].nunique(),
        originals=usable["original"].nunique(),
        first=str(times.min())[:19] if len(times) else None,
        last=str(times.max())[:19] if len(times) else None,
        splits=list(usable["split"].value_counts().sort_index()),
        split_names=sorted(usable["split"].unique()),
        labels=_labels(usable),
        targets=_targets(usable),
        reader=told.parameters({"settings": prepared[0]["settings"].get("reader", {})}),
        prepare=told.parameters({"settings": prepared[0]["settings"].get("prepare", {})}),
        remarks=sorted({remark for one in prepared for remark in one["facts"]["remarks"]}),
        sources=sources([dict(record) for record in background.records]),
        files=[(e["path"], e["sha256"]) for one in prepared for e in one["outputs"]],
        code=told.code(prepared[0]),
    )


def encoder_name(record: Record) -> str:
    """Return the name of the encoder that a record of `pretrain` is about."""
    return Path(record["outputs"][0]["path"]).parent.name


def _scores(curves: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Return a row per split and model: each metric with its interval, all labels."""
    mine = curves[curves["encoder"] == name]
    mine = mine[mine["fraction"] == mine["fraction"].max()]
    rows = []
    for (by, split, model), points in mine.groupby(["by", "split", "probe"], sort=True):
        cells = points.set_index("metric")
        said = [
            "{value:.3f} [{low:.3f}, {high:.3f}]".format(**cells.loc[metric])
            if np.isfinite(cells.loc[metric, "value"])
            else "-"
            for metric in NAMES
        ]
        rows.append({"by": by, "split": split, "model": model, "cells": said})
    return rows


def _labels(usable: pd.DataFrame) -> list[dict[str, Any]]:
    labelled = usable[usable["label"].notna()]
    counts = pd.crosstab(labelled["label"], labelled["split"])
    splits = sorted(usable["split"].unique())
    return [
        {"label": label, "counts": [int(row.get(split, 0)) for split in splits]}
        for label, row in counts.iterrows()
    ]


def _targets(usable: pd.DataFrame) -> str | None:
    targets = usable["target"].dropna()
    if targets.empty:
        return None
    low, middle, high = targets.quantile([0, 0.5, 1])
    span = f"{low:.4g} to {high:.4g}, median {middle:.4g}"
    return f"{len(targets)} images have a number to predict: {span}"


def _reason(text: str) -> str:
    """Return a reason for a rejection without what is peculiar to one image."""
    return text.partition(":")[0]


def _counts(values: "pd.Series[str]") -> list[tuple[str, int]]:
    return [(str(value), int(count)) for value, count in values.value_counts().items()]
