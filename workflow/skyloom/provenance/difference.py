"""`skyloom audit diff`: what changed between two results, from their records alone."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from skyloom.provenance.currency import differing
from skyloom.provenance.lineage import is_round, sources_of
from skyloom.provenance.records import NoRecordsError, Records, read_records, study_folder

Job = Mapping[str, Any]
Pairs = list[tuple[Job, Job]]
LISTED = 12


class _Side:
    """The jobs behind one of the two results, named as they are within their study."""

    def __init__(self, target: Path) -> None:
        self.records = read_records(study_folder(target))
        self._home = self.records.shown(study_folder(target)) + "/"
        shown = self.records.shown(target)
        names = list(self.records.jobs) if target.is_dir() else self.records.behind([shown])
        if not names:
            raise NoRecordsError(f"no record speaks of {target}: there is nothing to compare.")
        self.jobs = {self.inner(name): self.records.jobs[name] for name in names}
        self.names = names

    def inner(self, path: str) -> str:
        """Return a path as it is below the study's folder."""
        return path.removeprefix(self._home)


def compare_results(first: Path, second: Path) -> dict[str, Any]:
    """Return what differs between two results or two folders of them.

    Keys: `files`, `commits`, `code`, `settings`, `data`, `labels`, `versions`, `machine`; each
    lists what differs, with the value of the first and of the second.

    Raises:
        NoRecordsError: one of them has no records.
    """
    a, b = _Side(first), _Side(second)
    pairs = _pairs(a.jobs, b.jobs)
    return {
        "files": _files(a, b),
        "commits": _distinct(pairs, lambda job: _state(job["git"])),
        "code": _modules(pairs),
        "settings": _settings(pairs),
        "data": _two(_sources(a), _sources(b)),
        "labels": _two(_rounds(a.records, a.names), _rounds(b.records, b.names)),
        "versions": _keyed(pairs, "versions"),
        "machine": _keyed(pairs, "machine"),
    }


def tell_difference(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that tell what `compare_results` found."""
    files = found["files"]
    yield f"files     {files['same']} the same, {len(files['different'])} different"
    for kind, word in (("different", "different"), ("first", "only A"), ("second", "only B")):
        yield from _few([f"  {word}: {path}" for path in files[kind]])
    said = {
        "commits": [f"  {a} -> {b}" for a, b in found["commits"]],
        "code": [f"  {module}: {', '.join(stages)}" for module, stages in found["code"].items()],
        "settings": [
            f"  {s['stage']}: {s['key']}: {s['a']!r} -> {s['b']!r}" for s in found["settings"]
        ],
        "data": [f"  {name}: {_short(a)} -> {_short(b)}" for name, (a, b) in found["data"].items()],
        "labels": [f"  {n}: {_short(a)} -> {_short(b)}" for n, (a, b) in found["labels"].items()],
        "versions": [
            f"  {n}: {a} -> {b}" for n, values in found["versions"].items() for a, b in values
        ],
        "machine": [
            f"  {n}: {a} -> {b}" for n, values in found["machine"].items() for a, b in values
        ],
    }
    for name, lines in said.items():
        yield f"{name:<9} {'the same' if not lines else ''}".rstrip()
        yield from _few(lines)


def _pairs(first: Mapping[str, Job], second: Mapping[str, Job]) -> Pairs:
    """Match jobs by the name of their record, and the rest by stage in their order."""
    pairs = [(first[name], second[name]) for name in first if name in second]
    rest = [job for name, job in second.items() if name not in first]
    for name, job in first.items():
        if name in second:
            continue
        alike = next((other for other in rest if other["stage"] == job["stage"]), None)
        if alike is not None:
            rest.remove(alike)
            pairs.append((job, alike))
    return pairs


def _files(a: _Side, b: _Side) -> dict[str, Any]:
    ours, theirs = _outputs(a), _outputs(b)
    both = [path for path in ours if path in theirs]
    return {
        "same": sum(ours[path] == theirs[path] for path in both),
        "different": [path for path in both if ours[path] != theirs[path]],
        "first": [path for path in ours if path not in theirs],
        "second": [path for path in theirs if path not in ours],
    }


def _outputs(side: _Side) -> dict[str, str]:
    entries = [entry for job in side.jobs.values() for entry in job["outputs"]]
    return {side.inner(entry["path"]): entry["sha256"] for entry in entries}


def _distinct(pairs: Pairs, of: Callable[[Job], str]) -> list[tuple[str, str]]:
    found = {(of(a), of(b)) for a, b in pairs}
    return sorted(pair for pair in found if pair[0] != pair[1])


def _keyed(pairs: Pairs, part: str) -> dict[str, list[tuple[str, str]]]:
    """Return for each key of a part of the records the pairs of values that differ."""
    keys = sorted({key for pair in pairs for job in pair for key in job[part]})
    found = {
        key: _distinct(pairs, lambda job, key=key: str(job[part].get(key, "none")))  # type: ignore[misc]
        for key in keys
    }
    return {key: values for key, values in found.items() if values}


def _modules(pairs: Pairs) -> dict[str, list[str]]:
    """Return the modules that changed, each with the stages that import it."""
    changed: dict[str, set[str]] = {}
    for a, b in pairs:
        for module, _, _ in differing(_dotless(a), _dotless(b)):
            changed.setdefault(module.replace("/", "."), set()).add(a["stage"])
    return {module: sorted(stages) for module, stages in sorted(changed.items())}


def _dotless(job: Job) -> dict[str, str]:
    return {name.replace(".", "/"): digest for name, digest in job["code"]["modules"].items()}


def _settings(pairs: Pairs) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for a, b in pairs:
        for key, ours, theirs in differing(a["settings"], b["settings"]):
            said = {"stage": a["stage"], "key": key, "a": ours, "b": theirs}
            found.setdefault((a["stage"], key, repr(ours), repr(theirs)), said)
    return list(found.values())


def _sources(side: _Side) -> dict[str, str]:
    return {one["url"]: one["sha256"] for one in sources_of(side.records, side.names)}


def _rounds(records: Records, names: list[str]) -> dict[str, str]:
    entries = [entry for name in names for entry in records.jobs[name]["inputs"]]
    return {Path(e["path"]).name: e["sha256"] for e in entries if is_round(e["path"])}


def _two(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = sorted({*ours, *theirs})
    pairs = {name: (ours.get(name, "none"), theirs.get(name, "none")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _state(git: Mapping[str, Any]) -> str:
    if not git:
        return "not in git"
    changes = f" with changes {git.get('diff_sha256', '')[:8]}" if git["dirty"] else ""
    return f"{git['commit'][:10]}{changes}"


def _short(digest: str) -> str:
    return digest if digest == "none" else f"sha256 {digest[:12]}"


def _few(lines: list[str]) -> list[str]:
    more = len(lines) - LISTED
    return lines if more <= 0 else [*lines[:LISTED], f"  and {more} more (--json has all)"]
