"""`skyloom similar`: images that look like some examples."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.analyze.features import read_features
from skyloom.analyze.searchable import Searchable, of_features, open_searchable
from skyloom.analyze.similar import Bounds, SearchError, direction_of, search
from skyloom.atomic import atomic_path
from skyloom.commands.answers import check_format, write_answers
from skyloom.commands.outside import Outside, read_outside
from skyloom.commands.studied import Studied, find_studied
from skyloom.digest import sha256_of_file
from skyloom.images import INDEX_COLUMNS, ImageStore
from skyloom.report.grid import Cell, grid
from skyloom.report.sheets import Thumbnail
from skyloom.settings.base import nearest
from skyloom.settings.search import SearchSettings
from skyloom.surveys.registry import survey_part
from skyloom.tables import read_table

SHOWN = ["similarity", "image_id", "label", "group", "time", "source"]


def similar(given: argparse.Namespace) -> None:
    """Search, print the answers, and write what was asked for.

    Raises:
        SkyloomError: there is nothing to search in or for.
    """
    if not given.examples and given.file is None:
        raise SearchError("no example was given: name at least one image_id, or a --file.")
    if given.count < 1:
        raise SearchError(f"--count is {given.count}, expected at least 1.")
    check_format(given.output)
    studied = find_studied(given.results, given.survey, given.encoder)
    searchable = _open(studied)
    like = _positions(searchable, given.examples)
    unlike = _positions(searchable, given.unlike)
    with ExitStack() as stack:
        outside = None
        if given.file is not None:
            outside = stack.enter_context(read_outside(given.file, studied))
        vectors = [searchable.vectors[like]] + ([outside.vectors] if outside else [])
        direction = direction_of(np.concatenate(vectors), searchable.vectors[unlike])
        named = [searchable.index.iloc[[*like, *unlike]]] + (
            [outside.store.index] if outside else []
        )
        bounds = Bounds(given.count, given.least, given.other_groups, given.seconds)
        answers = search(searchable, direction, pd.concat(named, ignore_index=True), bounds)
        print(answers[SHOWN].to_string(index=False) if len(answers) else "no image is so alike")
        if given.output is not None:
            write_answers(given.output, answers)
        if given.picture is not None:
            _draw(given.picture, studied, searchable, like, outside, answers)


def _open(studied: Studied) -> Searchable:
    """Return the vectors of a study, by memory map where the search stage has written them."""
    if studied.search is None:
        return of_features(read_features(studied.features, studied.indices))
    index = pd.concat([read_table(path, INDEX_COLUMNS) for path in studied.indices])
    settings = SearchSettings.model_validate(studied.searched)
    return open_searchable(studied.search, index, sha256_of_file(studied.encoder), settings)


def _positions(searchable: Searchable, names: Sequence[str]) -> NDArray[np.int64]:
    """Return where images stand among the vectors; raise for a name that is not there."""
    known = pd.Index(searchable.index["image_id"])
    found = known.get_indexer(pd.Index(names, dtype=known.dtype))
    for name, place in zip(names, found, strict=True):
        if place < 0:
            raise SearchError(f"there is no image '{name}'.{_near(name, known)}")
    return np.asarray(found, dtype=np.int64)


def _near(name: str, known: "pd.Index[str]") -> str:
    """Return the nearest known name; of many only those that begin alike are looked at."""
    alike = [each for each in known if each[:4] == name[:4]] or list(known[:3])
    return nearest(name, alike[:5000])


def _draw(
    path: Path,
    studied: Studied,
    searchable: Searchable,
    like: NDArray[np.int64],
    outside: Outside | None,
    answers: pd.DataFrame,
) -> None:
    thumbnail = survey_part(studied.survey, "display").thumbnail
    store = ImageStore.beside(studied.indices)
    shown = searchable.index["image_id"].iloc[like]
    cells = _cells(store, shown, ["example"] * len(shown), shown, thumbnail)
    if outside is not None:
        theirs = outside.store.index["image_id"]
        cells += _cells(outside.store, theirs, ["example"] * len(theirs), theirs, thumbnail)
    similarities = [f"{value:.3f}" for value in answers["similarity"]]
    said = answers["label"].fillna(answers["group"])
    cells += _cells(store, answers["image_id"], similarities, said, thumbnail)
    with atomic_path(path) as temporary:
        temporary.write_bytes(grid(cells))


def _cells(
    store: ImageStore,
    names: "pd.Series[str]",
    titles: Sequence[str],
    subtitles: "pd.Series[str]",
    thumbnail: Thumbnail,
) -> list[Cell]:
    """Return one cell for each image named."""
    places = pd.Index(store.index["image_id"]).get_indexer(pd.Index(names))
    return [
        Cell(thumbnail(image), title, str(subtitle))
        for image, title, subtitle in zip(
            store.batch(places.astype(np.int64)), titles, subtitles, strict=True
        )
    ]
