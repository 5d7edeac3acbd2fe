"""Runs: what was trained when and how, and two encoders side by side."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from skyloom.report import figures
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.disagreements import (
    NEIGHBOURS,
    Answers,
    answers_of,
    paired_differences,
    shared_neighbours,
)
from skyloom.web.explore.figures import Figures
from skyloom.web.explore.probe_predictions import ProbePredictions, Task
from skyloom.web.explore.trainings import (
    differing_settings,
    encoders_of,
    run_row,
    runs_of,
    training_of,
    training_row,
)
from skyloom.web.explore.views import Bytes, Page, View

HOME, ALL = "runs.html", "runs/trainings.svg"


class RunsView(View):
    """Trainings and runs from their records, and pairs of encoders.

    Args:
        catalogue: the images.
        predictions: of the probes.
        seed: of the study, for the resamples behind intervals.
    """

    name, title = "runs", "Runs"

    def __init__(self, catalogue: Catalogue, predictions: ProbePredictions, seed: int) -> None:
        self._catalogue, self._predictions, self._seed = catalogue, predictions, seed
        self._figures = Figures()
        self._shared: dict[tuple[str, str], tuple[list[int], bytes]] = {}

    def home(self, encoder: str) -> str | None:
        """Return the page of all."""
        return HOME

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the page of all, and one per pair of encoders."""
        yield HOME
        yield from map(_page_of, self._pairs())

    def page(self, address: str) -> Page | None:
        """Return one of these pages."""
        places = self._catalogue.places
        if address == HOME:
            runs = runs_of(places)
            trainings = [training_row(places, name, runs) for name in encoders_of(places)]
            values = {
                "trainings": trainings,
                "made": [row for row in trainings if row["made"]],
                "figure": ALL if self._trained() else "",
                "runs": [run_row(run) for run in runs],
                "pairs": [(*pair, _page_of(pair)) for pair in self._pairs()],
            }
            return Page("runs.html", "runs", values)
        pair = next((pair for pair in self._pairs() if _page_of(pair) == address), None)
        return None if pair is None else self._pair(pair)

    def data(self, name: str) -> bytes | None:
        """Return where a pair differs: `runs/<a>/<b>/neighbours` or `runs/<a>/<b>/probes`."""
        pair = next((pair for pair in self._pairs() if name in _data_of(pair)), None)
        if pair is None:
            return None
        if name == _data_of(pair)[0]:
            return self._neighbours(pair) if self._searchable(pair) else None
        answers = self._answers(pair)
        return None if answers is None else _packed(answers[1])

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all these."""
        for pair in self._pairs():
            near, probes = _data_of(pair)
            if self._searchable(pair):
                yield near
            if self._answers(pair) is not None:
                yield probes

    def files(self) -> Mapping[str, Bytes]:
        """Return the curves of all trainings, and of pairs of them."""
        trained = self._trained()
        found = {ALL: self._curves(ALL, trained)} if trained else {}
        for pair in self._pairs():
            mine = [name for name in pair if name in trained]
            if mine:
                found[_figure_of(pair)] = self._curves(_figure_of(pair), mine)
        return found

    def _curves(self, name: str, encoders: Sequence[str]) -> Bytes:
        places = self._catalogue.places
        sources = [places.home / encoder / "training.parquet" for encoder in encoders]

        def draw() -> str:
            return figures.trainings({one: training_of(places, one) for one in encoders})

        return self._figures.file(name, sources, draw)

    def _trained(self) -> list[str]:
        places = self._catalogue.places
        return [name for name in encoders_of(places) if len(training_of(places, name))]

    def _pairs(self) -> list[tuple[str, str]]:
        return list(combinations(encoders_of(self._catalogue.places), 2))

    def _searchable(self, pair: tuple[str, str]) -> bool:
        places = self._catalogue.places
        return all(places.table(name, "search", "vectors.npy") for name in pair)

    def _neighbours(self, pair: tuple[str, str]) -> bytes:
        """Return which images share how many neighbours, sought again where vectors changed."""
        home = self._catalogue.places.home
        files = [home / name / "search" / "vectors.npy" for name in pair]
        changed = [file.stat().st_mtime_ns for file in files]
        kept = self._shared.get(pair)
        if kept is None or kept[0] != changed:
            found = shared_neighbours(self._catalogue, *pair)
            kept = self._shared[pair] = (changed, pack({"count": NEIGHBOURS}, *found))
        return kept[1]

    def _answers(self, pair: tuple[str, str]) -> tuple[Task, Answers] | None:
        """Return the first task that both encoders have, and their answers."""
        first, second = (self._predictions.of(name) for name in pair)
        task = next((task for task in first if task in second), None)
        return None if task is None else (task, answers_of(first[task], second[task]))

    def _pair(self, pair: tuple[str, str]) -> Page:
        places, answers = self._catalogue.places, self._answers(pair)
        scores, differ = [], 0
        if answers is not None and len(answers[1].positions):
            scores = paired_differences(answers[1], self._catalogue, self._seed)
            differ = int((answers[1].first != answers[1].second).sum())
        values = {
            "first": pair[0],
            "second": pair[1],
            "settings": differing_settings(places, *pair),
            "figure": _figure_of(pair) if set(pair) & set(self._trained()) else "",
            "task": "" if answers is None else f"{answers[0].model} on {answers[0].split}",
            "images": 0 if answers is None else len(answers[1].positions),
            "differ": differ,
            "scores": scores,
            "searchable": self._searchable(pair),
            "neighbours": NEIGHBOURS,
            "pairs": [(*one, _page_of(one)) for one in self._pairs()],
            "data": _data_of(pair),
        }
        return Page("pair.html", f"{pair[0]} and {pair[1]}", values, "pair.js")


def _page_of(pair: tuple[str, str]) -> str:
    return f"runs/{pair[0]}-and-{pair[1]}.html"


def _figure_of(pair: tuple[str, str]) -> str:
    return f"runs/{pair[0]}-and-{pair[1]}.svg"


def _data_of(pair: tuple[str, str]) -> tuple[str, str]:
    folder = f"runs/{pair[0]}/{pair[1]}"
    return f"{folder}/neighbours", f"{folder}/probes"


def _packed(answers: Answers) -> bytes:
    """Return the answers that differ, the surest first, as a page reads them."""
    order = (-answers.surprise).argsort(kind="stable")
    order = order[answers.first[order] != answers.second[order]]
    header: dict[str, Any] = {"classes": answers.classes}
    columns = (answers.positions, answers.truth, answers.first, answers.second)
    return pack(header, *(column[order] for column in columns))
