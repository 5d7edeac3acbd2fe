"""Writing shard sheets and their members files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urljoin

from skyloom.archives.listing import Listing
from skyloom.atomic import write_text
from skyloom.shards import (
    MEMBER_REQUIRED,
    REQUIRED,
    ArchiveFile,
    Shard,
    ShardSheetError,
    members_path,
    read_sheet,
)


def write_sheet(shards: Sequence[Shard], path: Path, comments: Sequence[str]) -> None:
    """Write shards as a sheet that `read_sheet` reads back; members go into the file beside it.

    Args:
        shards: the rows, in order.
        path: of the sheet.
        comments: lines above the rows, without their `#`.

    Raises:
        ShardSheetError: no shards, or two of one name.
    """
    if not shards:
        raise ShardSheetError(f"{path}: there is no shard to write; nothing was written")
    names = [shard.name for shard in shards]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ShardSheetError(f"{path}: shard '{twice}' stands twice; nothing was written")
    head = "".join(f"# {line}\n" for line in comments)
    members = [row for shard in shards for row in _member_rows(shard)]
    if members:
        write_text(members_path(path), head + _table(members, MEMBER_REQUIRED))
    write_text(path, head + _table([_row(shard) for shard in shards], REQUIRED))


def add_to_sheet(listing: Listing, path: Path, comments: Sequence[str]) -> list[str]:
    """Add the shards that a sheet does not have; return their names.

    Rows and comments that are there stay as they are.
    """
    there = read_sheet(path)
    new = [shard for shard in listing.shards if shard.name not in there]
    if new:
        write_sheet([*there.values(), *new], path, [*comments_of(path), *comments])
    return [shard.name for shard in new]


def comments_of(path: Path) -> list[str]:
    """Return the comment lines of a sheet, without their `#`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("#").strip() for line in lines if line.startswith("#")]


def _row(shard: Shard) -> dict[str, str]:
    return {"shard": shard.name, "url": shard.file.url, **_said(shard.file), **shard.columns}


def _member_rows(shard: Shard) -> Iterable[dict[str, str]]:
    for member in shard.members:
        url = _relative(member.file.url, shard.file.url, member.name)
        said = _said(member.file)
        yield {"shard": shard.name, "name": member.name, "url": url, **said, **member.columns}


def _relative(url: str, base: str, name: str) -> str:
    """Return the shortest text from which the address of a member is found again."""
    for short in ("", url.removeprefix(base)):
        if urljoin(base, short or name) == url:
            return short
    return url


def _said(file: ArchiveFile) -> dict[str, str]:
    said = {
        "bytes": "" if file.bytes is None else str(file.bytes),
        "sha256": file.sha256 or "",
    }
    return said if file.md5 is None else {**said, "md5": file.md5}


def _table(rows: Sequence[Mapping[str, str]], required: Sequence[str]) -> str:
    columns = list(dict.fromkeys([*required, *(key for row in rows for key in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: " ".join(value.split()) for key, value in row.items()})
    return text.getvalue()
