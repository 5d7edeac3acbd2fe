"""Sealed tables: CSV below a line of JSON behind `# ` that holds the SHA-256 of the rows."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skyloom.atomic import write_text
from skyloom.digest import sha256_of_text
from skyloom.errors import SkyloomError


class SealError(SkyloomError):
    """A sealed file is not what it was when it was sealed."""


def write_headed(
    path: Path, head: Mapping[str, Any], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write a sealed table, atomically; the digest of its rows is added to the head as `rows`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    text = out.getvalue()
    said = json.dumps({**head, "rows": sha256_of_text(text)}, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, f"# {said}\n{text}")


def read_head(path: Path) -> dict[str, Any]:
    """Return what a sealed table says of itself, without reading its rows.

    Raises:
        SealError: its first line is something else.
    """
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline()
    except UnicodeDecodeError:
        raise _unsealed(path) from None
    return _head(line, path)


def read_headed(path: Path, remedy: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return head and rows of a sealed table.

    Args:
        path: of the file.
        remedy: what to do instead of editing it, for the message.

    Raises:
        SealError: it is no sealed table, or its rows were changed.
    """
    try:
        first, _, text = path.read_text(encoding="utf-8").partition("\n")
    except UnicodeDecodeError:
        raise _unsealed(path) from None
    head = _head(first, path)
    if sha256_of_text(text) != head["rows"]:
        raise SealError(
            f"{path} was changed after it was closed: its rows have not the SHA-256 "
            f"{head['rows']}. Bring the file back as it was; {remedy}"
        )
    return head, list(csv.DictReader(io.StringIO(text)))


def _head(line: str, path: Path) -> dict[str, Any]:
    try:
        said = json.loads(line.removeprefix("# "))
    except ValueError:
        said = None
    if not isinstance(said, dict) or "rows" not in said:
        raise _unsealed(path)
    return said


def _unsealed(path: Path) -> SealError:
    return SealError(f"{path}: its first line is not that of a sealed file")
