"""Shard sheets: which files of an archive a study is made of."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from skyloom.errors import SkyloomError

REQUIRED = ("shard", "url", "bytes", "sha256")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_PACKED = {".gz", ".bz2", ".xz", ".zst"}


class ShardSheetError(SkyloomError):
    """A shard sheet cannot be used; the message names file, line and fix."""


@dataclass(frozen=True)
class Shard:
    """One row of a shard sheet.

    Attributes:
        name: letters, digits, - and _; names its files under `results/`.
        url: https:// or file:// address, or a path below the archive root.
        bytes, sha256: of the archive's file, where the archive says them.
        columns: the survey's own columns.
    """

    name: str
    url: str
    bytes: int | None
    sha256: str | None
    columns: Mapping[str, str]

    @property
    def suffix(self) -> str:
        """Ending of the raw file, such as `.zip` or `.pgm.gz`."""
        suffixes = PurePosixPath(unquote(urlsplit(self.url).path)).suffixes
        if len(suffixes) > 1 and suffixes[-1] in _PACKED:
            return "".join(suffixes[-2:])
        return suffixes[-1] if suffixes else ".raw"


def read_sheet(path: Path) -> dict[str, Shard]:
    """Read a shard sheet (tab-separated, `#` comments) into shards by name, in its order."""
    if not path.is_file():
        raise ShardSheetError(
            f"shard sheet {path} is missing. It lists the archive's files, one a line, with the "
            f"columns {', '.join(REQUIRED)}; see config/README.md."
        )
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    reader = csv.DictReader(lines, delimiter="\t")
    missing = [column for column in REQUIRED if column not in (reader.fieldnames or ())]
    if missing:
        raise ShardSheetError(
            f"{path} lacks the column(s) {', '.join(missing)}; found "
            f"{', '.join(reader.fieldnames or ()) or 'none'}. Are the columns separated by tabs?"
        )
    shards: dict[str, Shard] = {}
    for number, row in enumerate(reader, start=1):
        shard = _shard(row, f"{path}, row {number}")
        if shard.name in shards:
            raise ShardSheetError(f"{path}, row {number}: shard '{shard.name}' stands twice")
        shards[shard.name] = shard
    if not shards:
        raise ShardSheetError(f"{path} has no rows: add one line per file of the archive")
    return shards


def _shard(row: Mapping[str, str | None], where: str) -> Shard:
    value = {key: (text or "").strip() for key, text in row.items() if key}
    if not _NAME.match(value["shard"]):
        raise ShardSheetError(
            f"{where}: shard is '{value['shard']}', expected letters, digits, - and _"
        )
    if not value["url"]:
        raise ShardSheetError(f"{where}: url is empty")
    if value["sha256"] and not _SHA256.match(value["sha256"]):
        raise ShardSheetError(f"{where}: sha256 is '{value['sha256']}', expected 64 hex digits")
    if value["bytes"] and not value["bytes"].isdigit():
        raise ShardSheetError(f"{where}: bytes is '{value['bytes']}', expected a whole number")
    return Shard(
        name=value["shard"],
        url=value["url"],
        bytes=int(value["bytes"]) if value["bytes"] else None,
        sha256=value["sha256"] or None,
        columns={key: text for key, text in value.items() if key not in REQUIRED},
    )
