"""Shard sheets: which files of an archive a study is made of."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from skyloom.errors import SkyloomError

REQUIRED = ("shard", "url", "bytes", "sha256")
MEMBER_REQUIRED = ("shard", "name", "url", "bytes", "sha256")
MEMBERS_FILE = "members.tsv"
"""Name of the list of members inside the raw file of a shard that has several files."""

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
_DIGESTS = {"sha256": 64, "md5": 32}
_PACKED = {".gz", ".bz2", ".xz", ".zst"}


class ShardSheetError(SkyloomError):
    """A shard sheet cannot be used; the message names file, line and fix."""


@dataclass(frozen=True)
class ArchiveFile:
    """One file of an archive: its address and what the archive says of it."""

    url: str
    bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None


@dataclass(frozen=True)
class Member:
    """One of several files of a shard.

    Attributes:
        name: its name inside the shard's raw file.
        file: where it is.
        columns: the survey's own columns of the members file.
    """

    name: str
    file: ArchiveFile
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Shard:
    """One row of a shard sheet.

    Attributes:
        name: letters, digits, - and _; names its files under `results/`.
        file: its address: https:// or file://, a path below the archive root, jsoc:<record set>,
            or an address that ends in `/`, whose files are the members.
        columns: the survey's own columns.
        members: the files of a shard that has several; empty otherwise.
    """

    name: str
    file: ArchiveFile
    columns: Mapping[str, str]
    members: tuple[Member, ...] = ()

    @property
    def suffix(self) -> str:
        """Ending of the raw file, such as `.zip` or `.pgm.gz`; several files become a zip file."""
        if self.members or self.file.url.startswith("jsoc:"):
            return ".zip"
        suffixes = PurePosixPath(unquote(urlsplit(self.file.url).path)).suffixes
        if len(suffixes) > 1 and suffixes[-1] in _PACKED:
            return "".join(suffixes[-2:])
        return suffixes[-1] if suffixes else ".raw"


def members_path(sheet: Path) -> Path:
    """Return the path of the members file that belongs to a shard sheet."""
    return sheet.with_suffix(".members.tsv")


def read_sheet(path: Path) -> dict[str, Shard]:
    """Read a shard sheet (tab-separated, `#` comments) into shards by name, in its order.

    A shard whose url ends in `/` has its files listed in `<sheet>.members.tsv`, with the columns
    shard, name, url (relative to the shard's; empty = the name), bytes, sha256.
    """
    if not path.is_file():
        raise ShardSheetError(
            f"shard sheet {path} is missing. It lists the archive's files, one a line, with the "
            f"columns {', '.join(REQUIRED)}; see config/README.md."
        )
    rows = _read_rows(path, REQUIRED)
    if not rows:
        raise ShardSheetError(f"{path} has no rows: add one line per file of the archive")
    with_members = [row["shard"] for row in rows if row["url"].endswith("/")]
    members = _read_members(members_path(path), with_members) if with_members else {}
    shards: dict[str, Shard] = {}
    for number, row in enumerate(rows, start=1):
        shard = _shard(row, f"{path}, row {number}", members.get(row["shard"], []))
        if shard.name in shards:
            raise ShardSheetError(f"{path}, row {number}: shard '{shard.name}' stands twice")
        shards[shard.name] = shard
    return shards


def _read_rows(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    names, rows = _parsed(path)
    missing = [column for column in required if column not in names]
    if missing:
        raise ShardSheetError(
            f"{path} lacks the column(s) {', '.join(missing)}; found "
            f"{', '.join(names) or 'none'}. Are the columns separated by tabs?"
        )
    return [{key: (text or "").strip() for key, text in row.items() if key} for row in rows]


def _parsed(path: Path) -> tuple[Sequence[str], list[dict[str, str]]]:
    """Return the columns and rows of a table; raise where it is no text of that form."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = [line for line in file if not line.startswith("#")]
        reader = csv.DictReader(lines, delimiter="\t")
        return list(reader.fieldnames or ()), list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ShardSheetError(
            f"{path} is no tab-separated text in UTF-8 ({error}). Was it saved by another program?"
        ) from error


def _read_members(path: Path, shards: list[str]) -> dict[str, list[dict[str, str]]]:
    if not path.is_file():
        raise ShardSheetError(
            f"shard {shards[0]} is a folder of several files, but {path}, which should list them, "
            f"is missing. It has the columns {', '.join(MEMBER_REQUIRED)}; `skyloom list-shards` "
            "writes it."
        )
    found: dict[str, list[dict[str, str]]] = {}
    for row in _read_rows(path, MEMBER_REQUIRED):
        found.setdefault(row["shard"], []).append(row)
    for shard in shards:
        if shard not in found:
            raise ShardSheetError(f"{path} lists no file of shard {shard}, whose url ends in /")
    return found


def _shard(row: Mapping[str, str], where: str, members: list[dict[str, str]]) -> Shard:
    if not _NAME.match(row["shard"]):
        raise ShardSheetError(
            f"{where}: shard is '{row['shard']}', expected letters, digits, - and _"
        )
    if not row["url"]:
        raise ShardSheetError(f"{where}: url is empty")
    return Shard(
        name=row["shard"],
        file=_file(row, row["url"], where),
        columns=_own_columns(row, (*REQUIRED, "md5")),
        members=tuple(_members(members, row["url"], where)),
    )


def _members(rows: list[dict[str, str]], base: str, where: str) -> list[Member]:
    members: dict[str, Member] = {}
    for row in rows:
        name, here = row["name"], f"{where}, member '{row['name']}'"
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or name == MEMBERS_FILE:
            raise ShardSheetError(f"{here}: expected a relative path without '..'")
        if name in members:
            raise ShardSheetError(f"{here}: stands twice")
        file = _file(row, urljoin(base, row["url"] or name), here)
        members[name] = Member(name, file, _own_columns(row, (*MEMBER_REQUIRED, "md5")))
    return list(members.values())


def _file(row: Mapping[str, str], url: str, where: str) -> ArchiveFile:
    for digest, length in _DIGESTS.items():
        said = row.get(digest, "")
        if said and not re.fullmatch(f"[0-9a-f]{{{length}}}", said):
            raise ShardSheetError(f"{where}: {digest} is '{said}', expected {length} hex digits")
    if row["bytes"] and not row["bytes"].isdigit():
        raise ShardSheetError(f"{where}: bytes is '{row['bytes']}', expected a whole number")
    return ArchiveFile(
        url=url,
        bytes=int(row["bytes"]) if row["bytes"] else None,
        sha256=row["sha256"] or None,
        md5=row.get("md5") or None,
    )


def _own_columns(row: Mapping[str, str], taken: tuple[str, ...]) -> dict[str, str]:
    return {key: text for key, text in row.items() if key not in taken}
