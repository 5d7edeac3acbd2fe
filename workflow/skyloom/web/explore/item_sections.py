"""What the page of an image says further: clusters, probes, emergence, redshift, origin."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skyloom.analyze.cluster_numbers import ALGORITHMS
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.columns import pack
from skyloom.web.explore.origins import Origins
from skyloom.web.explore.probe_predictions import ProbePredictions
from skyloom.web.explore.slugs import name_of, slug_of
from skyloom.web.pictures import read_curves


class ItemSections:
    """Looks things up about single images.

    Args:
        catalogue: the images.
        predictions: of the probes.
        has_pdf: whether a model tells a density of redshift of the image at a position.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        predictions: ProbePredictions,
        has_pdf: Callable[[int], bool],
    ) -> None:
        self._catalogue, self._predictions, self._has_pdf = catalogue, predictions, has_pdf
        self._origins = Origins(catalogue.places)
        self._aligned = cache(self._read)
        self._curves_of = cache(read_curves)

    def of(self, name: str, position: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the template `item_more.html`.

        Args:
            name: image_id; position: of the image; row: of the index, without empty cells.
        """
        return {
            "clusters": list(self._clusters(position)),
            "probes": list(self._probes(position)),
            "emergence": self._emergence(name),
            "pdf": self._has_pdf(position),
            "shard": row["shard"],
        }

    def data(self, name: str) -> bytes | None:
        """Return the curve over a film, `emergence/<slug>`, or a shard's origin, `why/<shard>`."""
        kind, _, rest = name.partition("/")
        if kind == "emergence":
            found = self._emergence(name_of(rest))
            return None if found is None else pack(found)
        if kind == "why" and rest in self._catalogue.places.shards:
            return pack({"trees": self._origins.of(rest)})
        return None

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all these."""
        yield from (f"emergence/{slug_of(name)}" for name in items if self._emergence(name))
        positions = self._catalogue.positions(list(items))
        shards = self._catalogue.index["shard"].iloc[positions].unique()
        yield from (f"why/{shard}" for shard in shards)

    def _clusters(self, position: int) -> Iterator[dict[str, Any]]:
        """Yield the image's cluster in each clustering of each encoder."""
        for encoder in self._catalogue.places.encoders:
            for algorithm, title in ALGORITHMS.items():
                path = self._catalogue.places.table(encoder, "clusters", f"{algorithm}.parquet")
                if path is None:
                    continue
                table = self._aligned(path, path.stat().st_mtime_ns)
                number, strength = table[position]
                if np.isnan(number):
                    continue
                page = f"encoders/{encoder}/clusters/{algorithm}-{int(number)}.html"
                yield {
                    "encoder": encoder,
                    "algorithm": title,
                    "name": "noise" if number < 0 else f"cluster {int(number)}",
                    "page": "" if number < 0 else page,
                    "strength": float(strength),
                }

    def _read(self, path: Path, changed: int) -> Any:
        """Return cluster and strength of every position (N, 2), NaN where there is none."""
        columns = ["cluster", "strength"]
        return self._catalogue.aligned(path, columns).to_numpy(dtype=np.float32)

    def _probes(self, position: int) -> Iterator[dict[str, Any]]:
        """Yield what the first probe of each encoder that scored the image says."""
        for encoder in self._predictions.encoders:
            for task, said in self._predictions.of(encoder).items():
                places = np.flatnonzero(said.positions == position)
                if not len(places):
                    continue
                place = places[0]
                probability = float(said.probability[place])
                yield {
                    "encoder": encoder,
                    "model": f"{task.model} on {task.split}",
                    "said": said.classes[said.predicted[place]],
                    "right": bool(said.truth[place] == said.predicted[place]),
                    "probability": "" if pd.isna(probability) else f"{probability:.2f}",
                    "page": f"encoders/{encoder}/probes.html",
                }
                break

    def _emergence(self, name: str) -> Mapping[str, Any] | None:
        """Return the curve over the frames of a video by the last round that drew curves."""
        places = self._catalogue.places
        for number in range(places.round or 0, 0, -1):
            path = places.table("rounds", str(number), "emergence.parquet")
            if path is not None:
                return self._curves_of(path).get(name)
        return None
