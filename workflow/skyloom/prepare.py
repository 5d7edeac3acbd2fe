"""From a raw file to the image store: read, reject or resize, index."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from skyloom.errors import SkyloomError
from skyloom.images import INDEX_COLUMNS
from skyloom.scaling import Pixels, resize
from skyloom.settings.prepare import PrepareSettings
from skyloom.shard_writer import ShardWriter
from skyloom.surveys.contract import Archive, Offer, Reading, UnreadableImageError

_CHUNK = 5000
"""Index rows held as Python objects at a time: an archive may offer a million images."""

_NULLABLE = {
    pa.string(): pd.StringDtype("pyarrow"),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


class TooManyRejectedError(SkyloomError):
    """More images could not be read than the config allows."""


class _Rows:
    """The growing index: rows go in as dictionaries and are kept as compact Arrow tables."""

    def __init__(self) -> None:
        self._new: list[dict[str, object]] = []
        self._tables: list[pa.Table] = []

    def add(self, row: dict[str, object]) -> None:
        """Take in one row."""
        self._new.append(row)
        if len(self._new) == _CHUNK:
            self._pack()

    def frame(self) -> pd.DataFrame:
        """Return all rows, in order."""
        self._pack()
        table = pa.concat_tables(self._tables, promote_options="permissive")
        return table.to_pandas(types_mapper=_NULLABLE.get)

    def _pack(self) -> None:
        names = dict.fromkeys(name for row in self._new for name in row) or INDEX_COLUMNS
        columns = {name: [row.get(name) for row in self._new] for name in names}
        self._tables.append(pa.table(columns))
        self._new = []


def prepare_shard(
    archive: Archive, shard: str, settings: PrepareSettings, images: Path, index: Path
) -> pd.DataFrame:
    """Read every image of `archive` into the store at `images` and `index`; return the index.

    Raises:
        TooManyRejectedError: the share of rejected images exceeds `settings.max_rejected`;
            nothing is written then.
    """
    offers = spread(archive.offers, settings.limit)
    rows = _Rows()
    with ShardWriter(images, index) as writer:
        for offer in tqdm(offers, f"prepare {shard}", mininterval=5, unit="image"):
            reading = _read(archive, offer)
            if isinstance(reading, Reading):
                writer.append(_fit(reading, settings.image_size))
            rows.add(_row(offer, shard, reading))
        table = rows.frame()
        _check_rejected(table, settings.max_rejected, shard)
        return writer.close(table)


def spread(offers: Sequence[Offer], limit: int | None) -> Sequence[Offer]:
    """Return at most `limit` offers, the same share of every (split, label), chosen by hash."""
    if limit is None or len(offers) <= limit:
        return offers
    strata: dict[tuple[str, str | None], list[tuple[bytes, int]]] = defaultdict(list)
    for place, offer in enumerate(offers):
        strata[offer.split, offer.label].append((_hash_of(offer), place))
    ranked = [
        ((rank + 0.5) / len(members), digest, place)
        for members in strata.values()
        for rank, (digest, place) in enumerate(sorted(members))
    ]
    return [offers[place] for place in sorted(place for *_, place in sorted(ranked)[:limit])]


def _hash_of(offer: Offer) -> bytes:
    return hashlib.blake2b(offer.image_id.encode(), digest_size=8).digest()


def _read(archive: Archive, offer: Offer) -> Reading | UnreadableImageError:
    """Return the image, or why it cannot be used."""
    if offer.rejected is not None:
        return UnreadableImageError(offer.rejected)
    try:
        return archive.read(offer)
    except UnreadableImageError as error:
        return error


def _fit(reading: Reading, size: int | None) -> Pixels:
    return reading.pixels if size is None else resize(reading.image, size)


def _row(offer: Offer, shard: str, reading: Reading | UnreadableImageError) -> dict[str, object]:
    row = asdict(offer)
    covariates = dict(row.pop("covariates"))
    if isinstance(reading, Reading):
        covariates |= reading.covariates
    rejected = str(reading) if isinstance(reading, UnreadableImageError) else None
    return {
        **row,
        **covariates,
        "shard": shard,
        "source_sha256": reading.sha256,
        "rejected": rejected,
    }


def _check_rejected(table: pd.DataFrame, allowed: float, shard: str) -> None:
    bad = table[table["rejected"].notna()]
    for row in bad.itertuples():
        print(f"rejected {row.source}: {row.rejected}")
    if len(bad) > allowed * len(table):
        first = "\n".join(f"  {row.source}: {row.rejected}" for row in bad.head(10).itertuples())
        raise TooManyRejectedError(
            f"shard {shard}: {len(bad)} of {len(table)} images cannot be used, max_rejected allows "
            f"{allowed:.1%}. The first of them:\n{first}\n"
            "Repair or refetch the raw file, or raise prepare.max_rejected if this is expected."
        )
