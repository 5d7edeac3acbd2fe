"""The list of members that acquire puts into the raw file of a shard with several files."""

import csv
import io

from skyloom.shards import MEMBERS_FILE
from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.members import NamedFiles


def member_rows(files: NamedFiles) -> list[dict[str, str]]:
    """Return the rows of `members.tsv` that have a name; none where there is no such file.

    Raises:
        UnreadableArchiveError: the list has no column `name`.
    """
    if MEMBERS_FILE not in files.names:
        return []
    text = files.read(MEMBERS_FILE).decode("utf-8-sig", errors="replace")
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
    if "name" not in (lines.fieldnames or ()):
        raise UnreadableArchiveError(
            f"{files.path}: {MEMBERS_FILE} has no column 'name'; found "
            f"{', '.join(lines.fieldnames or ()) or 'none'}. Delete the file and run acquire again."
        )
    rows = [{key: said or "" for key, said in row.items() if key} for row in lines]
    return [row for row in rows if row["name"]]


def absent_members(files: NamedFiles) -> list[str]:
    """Return the names of the members that the archive did not have (404)."""
    return [row["name"] for row in member_rows(files) if row.get("state") == "absent"]
