"""SkyServer: the SQL that lists galaxies, and the addresses that answer it."""

from collections.abc import Sequence
from urllib.parse import urlencode

from skyloom.surveys.galaxies.sky import SkyField

_COLUMNS = (
    "p.objID, s.specObjID, p.ra, p.dec, s.z, s.zErr, p.run, p.camcol, p.field, "
    "p.extinction_u, p.extinction_g, p.extinction_r, p.extinction_i, p.extinction_z, "
    "p.petroMag_r, p.petroR50_r, "
    "p.modelMag_u, p.modelMag_g, p.modelMag_r, p.modelMag_i, p.modelMag_z"
)
_CLASS = (
    ", CASE WHEN v.elliptical = 1 THEN 'elliptical' WHEN v.spiral = 1 THEN 'spiral' "
    "WHEN v.uncertain = 1 THEN 'uncertain' ELSE '' END AS gz_class"
)
_PLACE = "p.run, p.camcol, p.field"
_TABLES = " FROM SpecObj s JOIN PhotoObj p ON s.bestObjID = p.objID"
_VOTES = " LEFT JOIN zooSpec v ON v.specobjid = s.specObjID"
_MAIN_SAMPLE = (
    " WHERE s.class = 'GALAXY' AND s.zWarning = 0 AND s.z BETWEEN 0 AND 0.4"
    " AND (s.legacy_target1 & 64) > 0 AND (p.petroMag_r - p.extinction_r) <= 17.8"
)

ROW_LIMITS = (100_000, 500_000)
"""Rows after which SkyServer ends an answer without a word (it has had both limits)."""


def sql_address(release: int) -> str:
    """Return the address that answers SQL for a data release."""
    return f"https://skyserver.sdss.org/dr{release}/SkyServerWS/SearchTools/SqlSearch"


def fields_query(conditions: Sequence[str], limit: int | None) -> str:
    """Return SQL for run, camcol and field of the Main Galaxy Sample.

    Args:
        conditions: SQL conditions besides those of the sample.
        limit: largest number of galaxies, the first by objID, a row each; without it every field is
            a row, for SkyServer cuts long answers.
    """
    extra = "".join(f" AND {condition}" for condition in conditions)
    sample = f"{_TABLES}{_MAIN_SAMPLE}{extra}"
    if limit:
        return f"SELECT TOP {limit} p.objID, {_PLACE}{sample} ORDER BY p.objID"
    return f"SELECT DISTINCT {_PLACE}{sample} ORDER BY {_PLACE}"


def catalogue_query(place: SkyField, morphology: bool) -> str:
    """Return SQL for the Main Galaxy Sample in one field, with what the reader needs of it.

    Args:
        place: the field.
        morphology: ask for the Galaxy Zoo 1 class too.
    """
    chosen = _COLUMNS + (_CLASS if morphology else "")
    tables = _TABLES + (_VOTES if morphology else "")
    where = f" AND p.run = {place.run} AND p.camcol = {place.camcol} AND p.field = {place.number}"
    return f"SELECT {chosen}{tables}{_MAIN_SAMPLE}{where} ORDER BY p.objID"


def answer_url(release: int, sql: str) -> str:
    """Return the address of the CSV answer to a query."""
    return f"{sql_address(release)}?{urlencode({'cmd': sql, 'format': 'csv'})}"
