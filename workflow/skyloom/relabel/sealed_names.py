"""Names of clusters that the workflow reads: the rows that stood when somebody said so, sealed.

Rows in progress are no rule's input; like a closed round, a sealed file never changes again, and
later names go into the next one, which holds all.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from skyloom.analyze.cluster_numbers import Algorithm
from skyloom.relabel.cluster_events import (
    ClusterEvent,
    NamingError,
    cluster_log,
    effective,
    membership_file,
    names_folder,
)
from skyloom.relabel.headed_csv import SealError, read_head, read_headed, write_headed

COLUMNS = ("uid", "act", "algorithm", "membership", "cluster", "into", "name", "by", "at", "app")
_NAME = re.compile(r"^names_(\d{2,})\.csv$")


def sealed_names(reviews: Path, encoder: str) -> Path | None:
    """Return the last sealed file of names of an encoder's clusters; None where there is none.

    Args:
        reviews: the survey's folder of reviews.
        encoder: whose clusters.
    """
    files = names_folder(reviews, encoder).glob("names_*.csv")
    found = {int(match[1]): path for path in files if (match := _NAME.match(path.name))}
    return found[max(found)] if found else None


def memberships_of(sealed: Path) -> list[Path]:
    """Return the tables of images that the rows of a sealed file speak of.

    Raises:
        SealError: it is no sealed file of names.
    """
    said = read_head(sealed).get("memberships")
    if not isinstance(said, list):
        raise SealError(f"{sealed}: its first line is not that of sealed names")
    return [membership_file(sealed.parent, sha256) for sha256 in said]


def seal_names(reviews: Path, survey: str, encoder: str) -> Path:
    """Write the rows that stand to a file that the workflow reads; return it.

    The last file is returned where nothing was said since.

    Raises:
        NamingError: no cluster has a name.
    """
    rows = effective(cluster_log(reviews, encoder).rows())
    if not any(row.act == "name" for row in rows):
        raise NamingError(
            f"no cluster of {encoder} has a name. Give some names first: skyloom explore {survey}"
        )
    last = sealed_names(reviews, encoder)
    if last is not None and read_sealed_names(last) == rows:
        return last
    number = 1 if last is None else int(last.stem.partition("_")[2]) + 1
    path = names_folder(reviews, encoder) / f"names_{number:02d}.csv"
    memberships = sorted({row.membership for row in rows})
    head = {"survey": survey, "encoder": encoder, "number": number, "memberships": memberships}
    said = (row.model_dump(mode="json", include=set(COLUMNS)) for row in rows)
    write_headed(path, head, COLUMNS, said)
    return path


def read_sealed_names(path: Path) -> list[ClusterEvent]:
    """Return the rows of a sealed file.

    Raises:
        SealError: it was changed after it was sealed.
    """
    _, rows = read_headed(path, "later names: name clusters, and seal again.")
    try:
        return [ClusterEvent.model_validate(_said(row)) for row in rows]
    except ValidationError as error:
        what = error.errors()[0]["msg"]
        raise SealError(f"{path}: a row is none about a cluster: {what}") from None


def _said(row: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a row that hold something; an empty one stands for none."""
    return {key: value for key, value in row.items() if value != ""}


def of_algorithm(rows: Sequence[ClusterEvent], algorithm: Algorithm) -> list[ClusterEvent]:
    """Return the rows about one of the two clusterings."""
    return [row for row in rows if row.algorithm == algorithm]
