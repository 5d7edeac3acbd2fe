"""Probes: scores of all encoders side by side, and each confusion down to its images."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skyloom.report import figures, tables
from skyloom.report.page import MODELS
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.figures import Draw, Figures
from skyloom.web.explore.probe_predictions import Predictions, ProbePredictions, Task
from skyloom.web.explore.views import Bytes, Page, Table, View

HOME, CELL = "probes.html", "probes/confusion.html"
COMPARED, DETAILS = ("curves", "differences"), ("classes", "calibration")
CALIBRATED = "logistic"
"""The model whose probabilities are calibrated."""
SHADES = 10
"""Steps of the colour of a confusion's cells."""


class ProbesView(View):
    """Curves and differences of all encoders; confusions, classes and errors of each.

    Args:
        catalogue: the images.
        predictions: of the probes.
    """

    name, title = "probes", "Probes"

    def __init__(self, catalogue: Catalogue, predictions: ProbePredictions) -> None:
        self._catalogue, self._predictions = catalogue, predictions
        self._figures = Figures()

    def home(self, encoder: str) -> str | None:
        """Return the page of all encoders."""
        return HOME

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the pages: of all encoders, of each, and of a confusion's cells."""
        yield HOME
        if self._predictions.encoders:
            yield CELL
        yield from map(_page_of, self._predictions.encoders)

    def page(self, address: str) -> Page | None:
        """Return one of these pages."""
        encoders = self._predictions.encoders
        if address == CELL and encoders:
            return Page("confusion.html", "confusion", {}, "confusion.js")
        shown = encoders[:1] if address == HOME else [e for e in encoders if _page_of(e) == address]
        if address != HOME and not shown:
            return None
        values = {
            "compared": self._compared() if address == HOME else [],
            "tasks": [(task.key, _said(task)) for task in self._predictions.tasks()],
            "shown": shown[0] if shown else "",
            "tabs": [(name, _page_of(name)) for name in encoders],
            "details": self._details(shown[0]) if shown else [],
            "labels": int(self._catalogue.index["label"].notna().sum()),
            "metric_names": list(figures.NAMES.values()),
            "names": {key: str(file) for key, file in self._tables().items()},
        }
        return Page("probes.html", "probes", values, "probes.js")

    def data(self, name: str) -> bytes | None:
        """Return predictions, `probes/<encoder>/<task>`, or the list of what there is, `probes`."""
        if name == "probes":
            tasks = {e: list(self._predictions.of(e)) for e in self._predictions.encoders}
            told = {e: [{"key": t.key, "title": _said(t)} for t in ts] for e, ts in tasks.items()}
            return pack({"encoders": told})
        kind, _, rest = name.partition("/")
        encoder, _, key = rest.partition("/")
        if kind != "probes" or encoder not in self._predictions.encoders:
            return None
        found = {task.key: one for task, one in self._predictions.of(encoder).items()}
        return found[key].packed() if key in found else None

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all these."""
        yield "probes"
        for encoder in self._predictions.encoders:
            yield from (f"probes/{encoder}/{task.key}" for task in self._predictions.of(encoder))

    def files(self) -> Mapping[str, Bytes]:
        """Return curves and reliability diagrams."""
        return {**self._curves(), **self._reliability()}

    def tables(self) -> Mapping[str, Table]:
        """Return curves and differences."""
        return {f"probes-{key}": _reader(file) for key, file in self._tables().items()}

    def _tables(self) -> dict[str, Path]:
        places = self._catalogue.places
        found = {key: places.table("comparison", f"{key}.parquet") for key in COMPARED}
        return {key: file for key, file in found.items() if file is not None}

    def _curves(self) -> Mapping[str, Bytes]:
        file = self._tables().get("curves")
        if file is None:
            return {}
        places = self._catalogue.places
        encoders = [*places.encoders, *places.baselines]
        return {
            _curve_file(task): self._figures.file(
                _curve_file(task), [file], _curve(file, task, encoders)
            )
            for task in self._predictions.tasks()
        }

    def _reliability(self) -> Mapping[str, Bytes]:
        found: dict[str, Bytes] = {}
        for encoder in self._predictions.encoders:
            file = self._catalogue.places.home / encoder / "probes" / "reliability.parquet"
            for task in self._predictions.of(encoder):
                if task.model == CALIBRATED:
                    name = _reliability_file(encoder, task)
                    found[name] = self._figures.file(name, [file], _reliable(file, task))
        return found

    def _compared(self) -> list[dict[str, Any]]:
        """Return what is told of all encoders, for each task."""
        found = self._tables()
        if set(found) != set(COMPARED):
            return []
        curves, differences = (read_table(found[key]) for key in COMPARED)
        places = self._catalogue.places
        encoders = [*places.encoders, *places.baselines]
        return [
            {
                "key": task.key,
                "curve": _curve_file(task),
                "images": int(mine["n"].max()),
                "scores": tables.score_rows(mine, task.split, encoders),
                "differences": tables.difference_rows(_of(differences, task), task.split),
            }
            for task in self._predictions.tasks()
            if len(mine := _of(curves[curves["split"] == task.split], task))
        ]

    def _details(self, encoder: str) -> list[dict[str, Any]]:
        """Return what is told of one encoder, for each task."""
        home = self._catalogue.places.home / encoder / "probes"
        classes, calibration = (read_table(home / f"{name}.parquet") for name in DETAILS)
        predictions = self._predictions.of(encoder)
        graded = next(iter(predictions)).model
        found = []
        for task, said in predictions.items():
            one: dict[str, Any] = {"key": task.key, "matrix": confusion_rows(said)}
            one |= {"classes": said.classes, "images": len(said.positions)}
            one |= {"wrong": int(said.wrong.sum())}
            one |= {"scores": [], "calibration": [], "reliability": ""}
            if task.model == graded:
                one["scores"] = tables.class_rows(_on(classes, task))
            if task.model == CALIBRATED:
                one["calibration"] = tables.calibration_rows(_on(calibration, task))
                one["reliability"] = _reliability_file(encoder, task)
            found.append(one)
        return found


def confusion_rows(said: Predictions) -> list[dict[str, Any]]:
    """Return a row per true class: name, count, and per predicted class its count and shade."""
    counts = said.counts()
    totals = counts.sum(axis=1)
    rows = []
    for place, name in enumerate(said.classes):
        shares = counts[place] / max(totals[place], 1)
        cells = [
            {"count": int(count), "shade": round(share * SHADES), "share": f"{share:.0%}"}
            for count, share in zip(counts[place], shares, strict=True)
        ]
        rows.append({"name": name, "count": int(totals[place]), "cells": cells})
    return rows


def _page_of(encoder: str) -> str:
    return f"encoders/{encoder}/probes.html"


def _said(task: Task) -> str:
    model = MODELS.get(task.model, task.model)
    return f"{model} on {task.split}{'' if task.by == 'split' else f' ({task.by})'}"


def _curve_file(task: Task) -> str:
    return f"probes/curves/{task.key}.svg"


def _reliability_file(encoder: str, task: Task) -> str:
    return f"probes/reliability/{encoder}/{task.key}.svg"


def _curve(file: Path, task: Task, encoders: Sequence[str]) -> Draw:
    return lambda: figures.label_curves(_of(read_table(file), task), task.split, encoders)


def _reliable(file: Path, task: Task) -> Draw:
    return lambda: figures.reliability(_on(read_table(file), task))


def _reader(file: Path) -> Table:
    return lambda: read_table(file)


def _of(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    return table[(table["by"] == task.by) & (table["probe"] == task.model)]


def _on(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    return table[(table["by"] == task.by) & (table["split"] == task.split)]
