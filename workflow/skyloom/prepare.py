"""From a raw file to the image store: read, reject or resize, index."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from skyloom.errors import SkyloomError
from skyloom.images import ShardWriter, resize
from skyloom.settings.prepare import PrepareSettings
from skyloom.surveys.contract import Archive, Offer, UnreadableImageError


class TooManyRejectedError(SkyloomError):
    """More images could not be read than the config allows."""


def prepare_shard(
    archive: Archive, shard: str, settings: PrepareSettings, images: Path, index: Path
) -> pd.DataFrame:
    """Read every image of `archive` into the store at `images` and `index`; return the index.

    Raises:
        TooManyRejectedError: the share of rejected images exceeds `settings.max_rejected`;
            nothing is written then.
    """
    offers = spread(archive.offers, settings.limit)
    rows = []
    with ShardWriter(images, index) as writer:
        for offer in tqdm(offers, f"prepare {shard}", mininterval=5, unit="image"):
            pixels, sha256, rejected = _read(archive, offer)
            if pixels is not None:
                writer.append(_fit(pixels, settings.image_size))
            rows.append(_row(offer, shard, sha256, rejected))
        table = pd.DataFrame(rows)
        _check_rejected(table, settings.max_rejected, shard)
        return writer.close(table)


def spread(offers: Sequence[Offer], limit: int | None) -> list[Offer]:
    """Return at most `limit` offers, the same share of every (split, label), chosen by hash."""
    if limit is None or len(offers) <= limit:
        return list(offers)
    strata: dict[tuple[str, str | None], list[Offer]] = defaultdict(list)
    for offer in offers:
        strata[offer.split, offer.label].append(offer)
    ranked = [
        ((place + 0.5) / len(members), offer.image_id, offer)
        for members in strata.values()
        for place, offer in enumerate(sorted(members, key=_hash_of))
    ]
    chosen = {image_id for _, image_id, _ in sorted(ranked, key=lambda item: item[:2])[:limit]}
    return [offer for offer in offers if offer.image_id in chosen]


def _hash_of(offer: Offer) -> bytes:
    return hashlib.blake2b(offer.image_id.encode(), digest_size=8).digest()


def _read(
    archive: Archive, offer: Offer
) -> tuple[NDArray[np.uint8] | None, str | None, str | None]:
    """Return pixels, SHA-256 of the bytes, and the reason when it is rejected."""
    if offer.rejected is not None:
        return None, None, offer.rejected
    sha256 = None
    try:
        content = archive.read(offer)
        sha256 = hashlib.sha256(content).hexdigest()
        return archive.decode(offer, content), sha256, None
    except UnreadableImageError as error:
        return None, sha256, str(error)


def _fit(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale (C, H, W) to (C, size, size); the aspect ratio is not kept."""
    scaled: NDArray[np.uint8] = resize(torch.from_numpy(pixels.copy())[None], size)[0].numpy()
    return scaled


def _row(offer: Offer, shard: str, sha256: str | None, rejected: str | None) -> dict[str, object]:
    row = asdict(offer)
    covariates = row.pop("covariates")
    return {**row, **covariates, "shard": shard, "source_sha256": sha256, "rejected": rejected}


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
