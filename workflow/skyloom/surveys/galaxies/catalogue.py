"""Catalogues of galaxies: tables whose columns are found by name, in one form.

The form is a data frame with `COLUMNS`; what a catalogue does not say is NaN or the empty text.
"""

import csv
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.galaxies.dust import ebv_from_extinction
from skyloom.surveys.galaxies.settings import ReaderSettings
from skyloom.surveys.galaxies.sky import BANDS, SkyField, field_of_objid, sky_cell

MODEL_MAGNITUDES = tuple(f"model_mag_{band}" for band in BANDS)
NUMBERS = ("ra", "dec", "redshift", "redshift_error", "ebv", "petro_r", *MODEL_MAGNITUDES)
TEXTS = ("id", "source", "group", "label", "rejected")
COLUMNS = (*TEXTS, *NUMBERS)
"""id, source (its name in the raw file), group, label, rejected (a reason), ra and dec (degrees),
redshift and its error, ebv = E(B-V) (mag), petro_r = Petrosian r before dust (mag), model_mag_u to
model_mag_z = the catalogue's model magnitudes before dust."""

_USUAL: Mapping[str, tuple[str, ...]] = {
    "id": ("objid", "dr7objid", "dr8objid", "iauname", "id_str", "id", "specobjid", "fullid"),
    "file": ("file", "filename", "file_loc", "png_loc", "image", "path"),
    "ra": ("ra", "raj2000"),
    "dec": ("dec", "decj2000"),
    "redshift": ("redshift", "z", "z_spec", "zspec", "specz", "specz_redshift"),
    "redshift_error": ("redshift_error", "zerr", "z_err", "specz_redshift_err"),
    "ebv": ("ebv", "e_bv"),
    "petro_r": ("dered_petro_r", "petro_r"),
    "label": ("label", "class", "gz_class", "morphology"),
}
_EXTINCTION = [f"extinction_{band}" for band in BANDS]
_FIELD = ("run", "camcol", "field")
_NO_VALUE = -9000.0
"""Below it, SDSS and its followers mean that there is no value (-9999)."""


def read_csv(text: str, name: str) -> pd.DataFrame:
    """Return a CSV table with every value as text; `#` lines, as SkyServer writes, are left out.

    Raises:
        UnreadableArchiveError: empty, or a line with more or fewer values than there are headers.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.reader(lines))
    if not rows:
        raise UnreadableArchiveError(
            f"{name} is empty: expected a CSV table with a line of headers. Fetch it again."
        )
    headers = [header.removeprefix("\ufeff").strip() for header in rows[0]]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(headers):
            raise UnreadableArchiveError(
                f"{name} is no readable CSV table: row {number} has {len(row)} values, its line of "
                f"headers {len(headers)}. Is it cut short, or is a comma not in quotes?"
            )
    return pd.DataFrame(rows[1:], columns=headers, dtype=str)


def normalised(
    table: pd.DataFrame, settings: ReaderSettings, name: str, needs: Iterable[str] = ("id",)
) -> pd.DataFrame:
    """Return `table` in the form of this module, with `file` (text) besides; rows keep their order.

    Args:
        table: columns in any order, headers in any case.
        settings: `columns` names headers that are not the usual ones.
        name: of the table, for messages.
        needs: columns of the form of which at least one must be there.

    Raises:
        UnreadableArchiveError: a column that is needed, or named in the settings, is not there.
    """
    found = _find(table, settings.columns, name)
    if not any(need in found for need in needs):
        raise UnreadableArchiveError(
            f"{name} has no column for {' or '.join(needs)}; its columns are "
            f"{', '.join(map(str, table.columns))}. Name the right one in reader.columns, such as "
            f"{{id: {table.columns[0]}}}."
        )
    form = pd.DataFrame(index=range(len(table)))
    for column in ("id", "file", "label"):
        form[column] = _texts(table[found[column]]) if column in found else ""
    for column in NUMBERS:
        form[column] = _numbers(table[found[column]]) if column in found else np.nan
    _add_extinction(form, table)
    form["source"], form["rejected"] = "", ""
    form["group"] = groups(form, settings, _fields(table))
    return form


def groups(
    form: pd.DataFrame, settings: ReaderSettings, fields: list[SkyField | None] | None = None
) -> list[str]:
    """Return each galaxy's field: as given, as its objID says, its sky cell, or its own id."""
    given = fields or [None] * len(form)
    rows = zip(form["id"], form["ra"], form["dec"], given, strict=True)
    return [_group(objid, ra, dec, place, settings) for objid, ra, dec, place in rows]


def _group(
    objid: str, ra: float, dec: float, place: SkyField | None, settings: ReaderSettings
) -> str:
    known = place or field_of_objid(objid)
    if known is not None:
        return known.name
    if np.isfinite(ra) and np.isfinite(dec):
        return sky_cell(ra, dec, settings.cell_degrees)
    return objid


def _find(table: pd.DataFrame, named: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the header of each column of the form that the table has."""
    headers = {str(header).strip().lower(): header for header in table.columns}
    found = {}
    for column, usual in _USUAL.items():
        candidates = (named[column].lower(),) if column in named else usual
        present = [headers[header] for header in candidates if header in headers]
        if column in named and not present:
            raise UnreadableArchiveError(
                f"{name} has no column '{named[column]}', which reader.columns names for {column}; "
                f"its columns are {', '.join(map(str, table.columns))}."
            )
        if present:
            found[column] = present[0]
    return found


def _texts(values: pd.Series) -> list[str]:
    return [text(value) for value in values]


def text(value: object) -> str:
    """Return a table's value as text; bytes of a FITS or HDF5 table are decoded."""
    found = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
    return found.strip()


def _numbers(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return numbers.where(numbers > _NO_VALUE).to_numpy()


def _add_extinction(form: pd.DataFrame, table: pd.DataFrame) -> None:
    """Fill in what the five extinctions of a SkyServer table give: E(B-V), magnitudes before dust.

    These are the catalogue's magnitudes less the catalogue's extinctions, as is usual.
    """
    headers = {str(header).lower(): header for header in table.columns}
    if not all(column in headers for column in _EXTINCTION):
        return
    extinction = np.stack([_numbers(table[headers[column]]) for column in _EXTINCTION], axis=1)
    form["ebv"] = form["ebv"].fillna(pd.Series(ebv_from_extinction(extinction)))
    for column, magnitude, dust in zip(
        ("petro_r", *MODEL_MAGNITUDES),
        ("petromag_r", *(f"modelmag_{band}" for band in BANDS)),
        (extinction[:, 2], *extinction.T),
        strict=True,
    ):
        if magnitude in headers:
            before = pd.Series(_numbers(table[headers[magnitude]]) - dust)
            form[column] = form[column].fillna(before)


def _fields(table: pd.DataFrame) -> list[SkyField | None] | None:
    headers = {str(header).lower(): header for header in table.columns}
    if not all(column in headers for column in _FIELD):
        return None
    numbers = zip(*(_numbers(table[headers[column]]) for column in _FIELD), strict=True)
    return [_field(*values) for values in numbers]


def _field(run: float, camcol: float, number: float) -> SkyField | None:
    if not np.isfinite([run, camcol, number]).all():
        return None
    return SkyField(int(run), int(camcol), int(number))
