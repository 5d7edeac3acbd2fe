"""How a job is told of its shard: by the sheet's path and a digest of the row.

The row itself may have thousands of members, more than a command line holds; the digest alone lets
a job run anew when its row changes, and not when another does.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from skyloom.digest import sha256_of_json
from skyloom.errors import SkyloomError
from skyloom.shards import Shard, read_sheet


class ChangedRowError(SkyloomError):
    """The shard sheet is no longer what the job was planned with."""


def row_settings(sheet: Path, shard: Shard) -> dict[str, str]:
    """Return the settings by which a job finds its shard again."""
    return {"sheet": sheet.as_posix(), "row": sha256_of_json(asdict(shard))}


def shard_of_row(settings: Mapping[str, Any], name: str) -> Shard:
    """Return the shard that `row_settings` described; raise `ChangedRowError` when it differs."""
    sheet = Path(settings["sheet"])
    shard = read_sheet(sheet).get(name)
    if shard is None or row_settings(sheet, shard)["row"] != settings["row"]:
        raise ChangedRowError(
            f"{sheet}: the row of shard {name} has changed since the workflow was planned. Run the "
            "workflow again."
        )
    return shard
