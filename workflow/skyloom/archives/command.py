"""`skyloom list-shards`: write a shard sheet from an archive's own index."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyloom.archives.listing import Listing
from skyloom.archives.options import add_options, given_options
from skyloom.archives.sheets import add_to_sheet, write_sheet
from skyloom.archives.web import Web
from skyloom.errors import SkyloomError
from skyloom.settings.base import nearest, parse
from skyloom.shards import Shard, members_path
from skyloom.surveys.registry import survey_names, survey_part


class ListingError(SkyloomError):
    """The command cannot do what it was asked for."""


def list_shards(words: Sequence[str]) -> None:
    """Run `skyloom list-shards <survey> <source> ...` with the words after `list-shards`.

    Without a survey or source it prints those that there are.

    Raises:
        SkyloomError: an unknown name, a bad option, no answer, nothing found, or a sheet in the
            way.
    """
    if len(words) < 2 or words[1].startswith("-"):
        return _print_sources(words[0] if words and not words[0].startswith("-") else None)
    survey, source = words[0], words[1]
    model = _source(survey, source)
    given = vars(_parser(survey, source, model).parse_args(words[2:]))
    options = parse(model, given_options(model, given), f"{survey} {source}")
    sheet: Path = given["sheet"]
    _refuse_overwriting(sheet, given)
    with Web(given["mirror"]) as web:
        listing: Listing = options.list_shards(web)
    added = _write(listing, sheet, _comments(words), given)
    _report(listing, sheet, added)


def _sources(survey: str) -> Mapping[str, Any]:
    if survey not in survey_names():
        raise ListingError(f"unknown survey '{survey}'.{nearest(survey, survey_names())}")
    sources: Mapping[str, Any] = survey_part(survey, "lister").SOURCES
    return sources


def _source(survey: str, source: str) -> Any:
    sources = _sources(survey)
    if source not in sources:
        raise ListingError(f"{survey} has no source '{source}'.{nearest(source, sources)}")
    return sources[source]


def _print_sources(survey: str | None) -> None:
    print("skyloom list-shards <survey> <source> --sheet PATH [options]; --help after a source")
    for name in survey_names() if survey is None else [survey]:
        for source, model in _sources(name).items():
            about = (model.__doc__ or "").strip().partition("\n")[0]
            print(f"  {name} {source:<20} {about}")


def _parser(survey: str, source: str, model: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"skyloom list-shards {survey} {source}", description=model.__doc__
    )
    parser.add_argument("--sheet", type=Path, required=True, help="shard sheet to write (.tsv)")
    parser.add_argument(
        "--mirror", metavar="URL", help="ask there for the paths of the archive's addresses"
    )
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--append", action="store_true", help="add new shards to the sheet; leave the others"
    )
    existing.add_argument("--force", action="store_true", help="replace the sheet")
    add_options(parser, model)
    return parser


def _refuse_overwriting(sheet: Path, given: Mapping[str, Any]) -> None:
    if sheet.exists() and not given["append"] and not given["force"]:
        raise ListingError(
            f"{sheet} is there already: add to it with --append, or replace it with --force"
        )


def _write(
    listing: Listing, sheet: Path, comments: Sequence[str], given: Mapping[str, Any]
) -> list[str]:
    """Write the sheet; return the names of the shards that were not in it."""
    if given["append"] and sheet.exists():
        return add_to_sheet(listing, sheet, comments)
    if not listing.shards:
        remarks = "".join(f"\n- {remark}" for remark in listing.remarks)
        raise ListingError(f"the archive lists nothing for these options.{remarks}")
    write_sheet(listing.shards, sheet, comments)
    if not any(shard.members for shard in listing.shards):
        members_path(sheet).unlink(missing_ok=True)
    return [shard.name for shard in listing.shards]


def _comments(words: Sequence[str]) -> list[str]:
    day = datetime.now(UTC).date().isoformat()
    return [f"{day}: skyloom list-shards {shlex.join(words)}"]


def _report(listing: Listing, sheet: Path, added: Sequence[str]) -> None:
    for remark in listing.remarks:
        print(f"- {remark}")
    files, size, unknown = _sizes(listing.shards)
    also = f", {unknown} of unknown size" if unknown else ""
    print(f"found {len(listing.shards)} shards, {files} files, {size / 1e6:.1f} MB{also}")
    print(f"{sheet}: {len(added)} shards written")


def _sizes(shards: Sequence[Shard]) -> tuple[int, int, int]:
    """Return the number of files, their bytes in sum, and how many are of unknown size."""
    files = [part.file for shard in shards for part in (shard.members or (shard,))]
    known = [file.bytes for file in files if file.bytes is not None]
    return len(files), sum(known), len(files) - len(known)
