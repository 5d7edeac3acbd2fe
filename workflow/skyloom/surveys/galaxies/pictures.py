"""Folders of ready pictures (JPEG, PNG, FITS cut-outs) with CSV tables beside them."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from skyloom.scaling import Pixels, as_pixels
from skyloom.surveys.contract import (
    Offer,
    Reading,
    UnreadableArchiveError,
    UnreadableImageError,
)
from skyloom.surveys.fits import read_fits
from skyloom.surveys.galaxies.catalogue import NUMBERS, groups, normalised, read_csv
from skyloom.surveys.galaxies.flux import check_finite, crop_centre
from skyloom.surveys.galaxies.offers import Offers, in_redshift_range
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.sky import field_in_name
from skyloom.surveys.member_list import absent_members
from skyloom.surveys.members import Members
from skyloom.surveys.pictures import decode_picture

PICTURE = re.compile(r"\.(jpe?g|png|fits?(\.gz)?)$", re.IGNORECASE)
_ENDINGS = re.compile(r"(\.(jpe?g|png|fits?|gz))+$", re.IGNORECASE)


class PicturesArchive:
    """Pictures with tables; see `skyloom.surveys.contract.Archive`.

    A picture belongs to the row whose file column, or else id, is its name.
    """

    def __init__(self, path: Path, settings: ReaderSettings) -> None:
        self._members, self._settings = Members(path), settings
        self.remarks: list[str] = []
        names = [name for name in self._members.names if PICTURE.search(name)]
        if not names:
            raise UnreadableArchiveError(
                f"{path} holds no .jpg, .png or .fits. Expected galaxies as SDSS frames, sdss.npz, "
                "an HDF5 file, a .npy stack with a table, or pictures."
            )
        known = self._read_tables()
        form = _form(names, known, settings)
        self._remark(form, known)
        absent = [name for name in absent_members(self._members) if PICTURE.search(name)]
        form = pd.concat([form, _form(absent, known, settings)], ignore_index=True)
        form.loc[len(names) :, "rejected"] = "the archive has no such file (404)"
        form, left_out = in_redshift_range(form, settings)
        self.remarks += left_out
        self.offers: Sequence[Offer] = Offers(form, settings)

    def read(self, offer: Offer) -> Reading:
        """Return (3, H, W) uint8 of a JPEG or PNG, (C, H, W) float32 of a FITS cut-out."""
        content = self._members.read(offer.source)
        digest = hashlib.sha256(content).hexdigest()
        try:
            pixels = crop_centre(_decode(offer.source, content), self._settings.crop)
            check_finite(pixels)
        except UnreadableImageError as error:
            raise UnreadableImageError(str(error), digest) from error
        return Reading(pixels, digest)

    def _read_tables(self) -> Mapping[str, Mapping[str, object]]:
        """Return the rows of all tables by the stem of the picture; the first table wins."""
        known: dict[str, Mapping[str, object]] = {}
        for name in self._members.names:
            if not name.lower().endswith(".csv"):
                continue
            table = read_csv(self._members.text(name), name)
            form = normalised(table, self._settings, name, needs=("id", "file"))
            repeated = int(form["id"].duplicated().sum())
            if repeated:
                self.remarks.append(f"{name}: {repeated} rows repeat an id; the first one counts")
            for row in form.to_dict("records"):
                known.setdefault(_stem(str(row["file"] or row["id"])), row)
        return known

    def _remark(self, form: pd.DataFrame, known: Mapping[str, object]) -> None:
        stems = {_stem(source) for source in form["source"]}
        alone, unseen = len(stems - known.keys()), len(known.keys() - stems)
        if alone:
            self.remarks.append(f"{alone} pictures stand in no table: no label, no redshift")
        if unseen:
            self.remarks.append(f"{unseen} rows of the tables have no picture in this archive")


def _form(
    names: Sequence[str], known: Mapping[str, Mapping[str, object]], settings: ReaderSettings
) -> pd.DataFrame:
    """Return the catalogue's form of pictures, with what the tables say of them."""
    blank = {"label": "", "rejected": "", **dict.fromkeys(NUMBERS, float("nan"))}
    rows = [
        {**blank, **known.get(_stem(name), {}), "id": _stem(name), "source": name} for name in names
    ]
    columns = ["id", "source", "group", "label", "rejected", *NUMBERS]
    form = pd.DataFrame(rows, columns=columns)
    fields = [field_in_name(str(group)) for group in form["group"]]  # that the tables tell
    form["group"] = groups(form, settings, fields)
    return form


def _stem(name: str) -> str:
    return _ENDINGS.sub("", PurePosixPath(name).name)


def _decode(name: str, content: bytes) -> Pixels:
    if not re.search(r"\.fits?(\.gz)?$", name, re.IGNORECASE):
        return as_pixels(decode_picture(content))
    try:
        return read_fits(content, dimensions=3)[0]
    except UnreadableImageError:
        return read_fits(content, dimensions=2)[0][None]
