"""Would the jobs be run in the same way today? Code, settings, tree and libraries."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from skyloom.provenance.code import changed_modules
from skyloom.provenance.environment import without_secrets
from skyloom.provenance.findings import Finding
from skyloom.provenance.records import Records

Record = Mapping[str, Any]
Expected = Callable[[str, Record], list[dict[str, Any]]]
"""The settings that a job of this record could have today; none where the study has no such job."""
NAMED = 4


def check_code(records: Records, jobs: Iterable[str]) -> Iterator[Finding]:
    """Look for jobs whose modules in the library have changed since."""
    for name in jobs:
        record = records.jobs[name]
        changed = changed_modules(record["code"]["modules"])
        if changed:
            yield Finding(
                "stale",
                file_of(name, record),
                f"made by {record['stage']} with other code: {_few(changed)} changed since.",
                "",
                "",
                "Rerun the workflow, or check out the commit that it was made with.",
            )


def check_settings(records: Records, jobs: Iterable[str], expected: Expected) -> Iterator[Finding]:
    """Look for jobs whose settings are not those of the configuration."""
    for name in jobs:
        record = records.jobs[name]
        possible = expected(name, record)
        if not possible:
            yield Finding(
                "unplanned",
                file_of(name, record),
                f"the configuration has no such job of {record['stage']} any more.",
                "",
                "",
                "Delete it if nobody needs it.",
            )
        elif record["settings"] not in (known := [without_secrets(one) for one in possible]):
            differences = list(differing(known[0], record["settings"]))
            yield Finding(
                "stale",
                file_of(name, record),
                f"made by {record['stage']} with other settings.",
                _few([f"{key}={there!r}" for key, there, _ in differences]),
                _few([f"{key}={here!r}" for key, _, here in differences]),
                "Rerun the workflow, or audit with the configuration that made it (--configfile).",
            )


def check_tree(records: Records, jobs: Iterable[str]) -> Iterator[Finding]:
    """Look for jobs that ran from a working tree with changes that no commit holds."""
    for name in jobs:
        record = records.jobs[name]
        git = record["git"]
        if git and git["dirty"]:
            changed = git.get("changed", [])
            yield Finding(
                "dirty",
                file_of(name, record),
                f"made from commit {git['commit'][:10]} with changes"
                f"{' of ' + _few(changed) if changed else ''}, which no commit holds.",
                "",
                "",
                "Commit the code and rerun, if the result is to be published.",
            )


def check_versions(
    records: Records, jobs: Iterable[str], here: Mapping[str, str]
) -> Iterator[Finding]:
    """Look for jobs that ran with other versions of libraries than those `here`."""
    for name in jobs:
        record = records.jobs[name]
        theirs = record["versions"]
        other = sorted(key for key in theirs if key in here and theirs[key] != here[key])
        if other:
            yield Finding(
                "versions",
                file_of(name, record),
                "made with other versions of libraries.",
                _few([f"{key} {here[key]}" for key in other]),
                _few([f"{key} {theirs[key]}" for key in other]),
                "Rerun it here, or install the locked versions (make).",
            )


def differing(there: Any, here: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the keys, joined by dots, at which two JSON values differ, with both values."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for name in sorted({*there, *here}):
            inner = f"{key}.{name}" if key else str(name)
            yield from differing(there.get(name), here.get(name), inner)
    elif there != here:
        yield key, there, here


def file_of(name: str, record: Record) -> str:
    """Return the file by which a job is named: its first output, or its record."""
    return str(record["outputs"][0]["path"]) if record["outputs"] else name


def _few(words: Iterable[str]) -> str:
    shown = [word if len(word) < 80 else word[:77] + "..." for word in words]
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return ", ".join(shown[:NAMED]) + more
