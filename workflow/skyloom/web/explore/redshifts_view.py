"""Redshifts: scores against labels, told against true, and the galaxies that are furthest off."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skyloom.report.redshift import (
    dust_figure,
    estimates_figure,
    factor_rows,
    label_figure,
    score_rows,
)
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.figures import Draw, Figures
from skyloom.web.explore.redshift_estimates import Estimates, KeptEstimates
from skyloom.web.explore.redshift_pdfs import RedshiftPdfs
from skyloom.web.explore.slugs import name_of, slug_of
from skyloom.web.explore.views import Bytes, Page, Table, View

HOME = "redshifts.html"
NAMES = ("curves", "factors", "dust", "estimates", "scores")
PANELS = 4
"""Models side by side in one figure of told and true."""
OF_PDFS = {"cde_loss": "CDE loss", "pit_outlier": "PIT outliers", "ks": "KS of the PITs"}
STRATA = {"sigma_mad": "sigma_MAD", "bias": "bias", "eta": "eta"}


class RedshiftsView(View):
    """The redshifts that models tell; a survey without their tables has no such view.

    Args:
        catalogue: the images.
    """

    name, title = "redshifts", "Redshifts"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._figures = Figures()
        self._pdfs, self._kept = RedshiftPdfs(catalogue), KeptEstimates(catalogue)

    def home(self, encoder: str) -> str | None:
        """Return the page; None of a survey without redshifts."""
        return HOME if self._files() else None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the page."""
        if self._files():
            yield HOME

    def page(self, address: str) -> Page | None:
        """Return the page."""
        files = self._files()
        if address != HOME or not files:
            return None
        curves, scores = read_table(files["curves"]), read_table(files["scores"])
        models = _models(curves)
        values = {
            "models": models,
            "baseline": _baseline(curves),
            "galaxies": int(read_table(files["estimates"])["image_id"].nunique()),
            "labels": int(curves["labels"].max()),
            "scores": score_rows(curves),
            "of_pdfs": list(OF_PDFS.values()),
            "pdf_scores": _pdf_scores(scores, models),
            "strata": _strata(scores, models),
            "factors": factor_rows(read_table(files["factors"])),
            "pictures": [name for name in self.files() if "told" in name],
            "dust": "redshifts/dust.svg" in self.files(),
        }
        return Page("redshifts.html", "redshifts", values, "redshifts.js")

    def data(self, name: str) -> bytes | None:
        """Return what a model tells of all, `redshifts/<model>`, or all of one, `pdf/<slug>`."""
        kind, _, rest = name.partition("/")
        told = self._told()
        if told is None or kind not in ("redshifts", "pdf"):
            return None
        if kind == "pdf":
            return self._packed_pdf(told, self._catalogue.position(name_of(rest)))
        if rest not in told.means:
            return None
        scored = told.scored()
        return pack({"model": rest}, scored, told.truth[scored], told.means[rest][scored])

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all these."""
        told = self._told()
        if told is None:
            return
        yield from (f"redshifts/{model}" for model in told.models)
        positions = self._catalogue.positions(list(items))
        for item, position in zip(items, positions.tolist(), strict=True):
            if self.has_pdf(position):
                yield f"pdf/{slug_of(item)}"

    def files(self) -> Mapping[str, Bytes]:
        """Return the figures."""
        files = self._files()
        if not files:
            return {}
        curves, estimates = files["curves"], files["estimates"]
        models = _models(read_table(curves))
        found = {
            "redshifts/labels.svg": self._figures.file(
                "labels", [curves], lambda: label_figure(read_table(curves), models)
            )
        }
        for first in range(0, len(models), PANELS):
            some = models[first : first + PANELS]
            found[f"redshifts/told-{first // PANELS}.png"] = self._figures.file(
                f"told-{first}", [estimates], _told_and_true(estimates, some)
            )
        if len(read_table(files["dust"])):
            found["redshifts/dust.svg"] = self._figures.file(
                "dust", [files["dust"]], lambda: dust_figure(read_table(files["dust"]), models)
            )
        return found

    def tables(self) -> Mapping[str, Table]:
        """Return the tables of the stage that scores."""
        return {f"redshifts-{name}": _reader(path) for name, path in self._files().items()}

    def has_pdf(self, position: int) -> bool:
        """Whether a model tells a density of the image at a position."""
        told = self._told()
        return told is not None and self._pdfs.has(position, told.models, told.draw)

    def _files(self) -> dict[str, Path]:
        """Return the tables by name; nothing unless all are there."""
        places = self._catalogue.places
        found = {name: places.table("redshift", f"{name}.parquet") for name in NAMES}
        return {name: path for name, path in found.items() if path} if all(found.values()) else {}

    def _told(self) -> Estimates | None:
        files = self._files()
        return self._kept.of(files["estimates"], files["curves"]) if files else None

    def _packed_pdf(self, told: Estimates, position: int) -> bytes | None:
        found = self._pdfs.of(position, told.models, told.draw)
        if found is None:
            return None
        header = {
            "models": found.models,
            "low": float(found.edges[0]),
            "high": float(found.edges[-1]),
            "truth": float(told.truth[position]),
            "means": [float(told.means[model][position]) for model in found.models],
        }
        return pack(header, found.values)


def _models(curves: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(curves["model"]))


def _baseline(curves: pd.DataFrame) -> str | None:
    """Return the model that differences are to: the only one without any."""
    without = curves.groupby("model")["difference"].apply(lambda one: bool(one.isna().all()))
    names = list(without.index[without])
    return str(names[0]) if len(names) == 1 and len(without) > 1 else None


def _told_and_true(path: Path, models: list[str]) -> Draw:
    return lambda: estimates_figure(read_table(path), models)


def _reader(path: Path) -> Table:
    return lambda: read_table(path)


def _with_all_labels(scores: pd.DataFrame) -> pd.DataFrame:
    full = scores["fraction"] == scores["fraction"].max()
    return scores[full & (scores["draw"] == 0)]


def _pdf_scores(scores: pd.DataFrame, models: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row per model with the metrics of its whole PDFs."""
    mine = _with_all_labels(scores)
    mine = mine[(mine["stratum"] == "all") & (mine["estimate"] == "pdf")]
    table = mine.set_index(["model", "metric"])
    return [
        {"model": model, "values": [_said(table.loc[(model, metric)]) for metric in OF_PDFS]}
        for model in models
    ]


def _strata(scores: pd.DataFrame, models: Sequence[str]) -> list[dict[str, Any]]:
    """Return a table per stratum and metric of the mean redshift: a row per bin."""
    mine = _with_all_labels(scores)
    mine = mine[(mine["estimate"] == "mean") & (mine["convention"] == "hayat")]
    tables = []
    for stratum, part in mine[mine["stratum"] != "all"].groupby("stratum", sort=False):
        for metric, title in STRATA.items():
            rows = []
            for low, cells in part[part["metric"] == metric].groupby("bin_low"):
                by_model = cells.set_index("model")
                values = [
                    _said(by_model.loc[model]) if model in by_model.index else "-"
                    for model in models
                ]
                where = f"{low:.4g} to {cells['bin_high'].iloc[0]:.4g}"
                rows.append({"where": where, "count": int(cells["n"].iloc[0]), "values": values})
            tables.append({"stratum": stratum, "metric": title, "rows": rows})
    return tables


def _said(row: "pd.Series[Any]") -> str:
    if not np.isfinite(row["low"]):
        return f"{row['value']:.4f}"
    return f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
