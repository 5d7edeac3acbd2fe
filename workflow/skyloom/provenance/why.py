"""`skyloom why`: the tree behind a file, in words."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from skyloom.digest import sha256_of_file
from skyloom.provenance import told
from skyloom.provenance.human import reviewers_of
from skyloom.provenance.lineage import Step, is_round, steps_of
from skyloom.provenance.records import NoRecordsError, Records

WIDTH = 110
LISTED = 4
"""Files of one step that are listed."""
Check = Callable[[Path, str], str]
"""Says in words how a file stands to its recorded SHA-256."""


def as_recorded(path: Path, sha256: str) -> str:
    """Say whether a file is as it was recorded; reads the whole file."""
    if not path.is_file():
        return "is NOT THERE any more"
    return "as recorded" if sha256_of_file(path) == sha256 else "was CHANGED since: skyloom audit"


def tree_of(
    records: Records, path: str, brief: bool = False, check: Check = as_recorded
) -> Iterator[str]:
    """Yield the lines of the tree behind a file, from the file back to archives and people.

    Raises:
        NoRecordsError: no record speaks of the file.
    """
    writer = records.writer.get(path)
    if writer is None:
        raise NoRecordsError(_unknown(records, path))
    yield path
    yield f"sha256 {writer.sha256} {check(records.root / path, writer.sha256)}"
    steps = steps_of(records.jobs, records.behind([path]))
    first = next(step for step in steps.values() if writer.record in step.jobs)
    versions = told.versions(records.jobs[writer.record])
    yield from _Tree(records, steps, versions, brief, check).lines(first, "", "")
    yield from _wrapped(
        f"all{' others' if _differ(records, steps, versions) else ''}: {versions}", ""
    )


class _Tree:
    """Writes steps below one another, each once."""

    def __init__(
        self, records: Records, steps: dict[str, Step], versions: str, brief: bool, check: Check
    ) -> None:
        self._records, self._steps, self._brief, self._check = records, steps, brief, check
        self._versions = versions
        self._told: set[str] = set()

    def lines(self, step: Step, here: str, below: str) -> Iterator[str]:
        """Yield the lines of a step and of all before it.

        Args:
            step: to tell.
            here: what stands before its first line; below: before the others.
        """
        count = f"{len(step.jobs)} x " if len(step.jobs) > 1 else ""
        if step.key in self._told:
            yield f"{here}{count}{step.stage} -> {step.folder}/ (as above)"
            return
        self._told.add(step.key)
        yield f"{here}{count}{step.stage} -> {step.folder}/"
        children = [*step.before, *step.given]
        bar = f"{below}{'│  ' if children else '   '}"
        for text in self._facts(step):
            yield from _wrapped(text, bar)
        for place, child in enumerate(children, start=1):
            last = place == len(children)
            inner = f"{below}{'   ' if last else '│  '}"
            branch = f"{below}{'└─ ' if last else '├─ '}"
            if child in self._steps:
                yield from self.lines(self._steps[child], branch, inner)
            else:
                yield from self._given(child, branch, inner)

    def _facts(self, step: Step) -> Iterator[str]:
        jobs = [self._records.jobs[name] for name in step.jobs]
        first = jobs[0]
        yield f"{told.when(first)}{' (the first)' if len(jobs) > 1 else ''}; {told.where(first)}"
        words = [told.code(first), told.seed(first)]
        yield ", ".join(word for word in words if word)
        if step.stage == "acquire":
            yield from _sources(jobs)
        elif len(jobs) == 1:
            yield "wrote " + ", ".join(
                f"{Path(entry['path']).name} ({told.size(entry['bytes'])}, "
                f"sha256 {entry['sha256'][:12]})"
                for entry in first["outputs"]
            )
        else:
            names = [Path(job["outputs"][0]["path"]).stem for job in jobs]
            more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
            yield f"wrote {', '.join(names[:LISTED])}{more}"
        if not self._brief and (said := told.parameters(first)):
            yield f"parameters {', '.join(said)}"
        if (versions := told.versions(first)) != self._versions:
            yield f"with other versions: {versions}"
        yield f"record {step.jobs[0]}"

    def _given(self, path: str, here: str, below: str) -> Iterator[str]:
        entry = self._records.readers[path][-1]
        status = self._check(self._records.root / path, entry.sha256)
        if not is_round(path):
            yield f"{here}{path}: no job made it; sha256 {entry.sha256[:12]}, {status}"
            return
        yield f"{here}closed round of verdicts: {path}"
        yield f"{below}sha256 {entry.sha256[:12]}, {status}"
        for who in reviewers_of(self._records.root / path):
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(who.verdicts.items()))
            yield f"{below}{who.name}: {kinds}; {who.first} to {who.last}"


def _sources(jobs: list[dict[str, Any]]) -> Iterator[str]:
    for job in jobs[:LISTED]:
        facts, output = job["facts"], job["outputs"][0]
        yield (
            f"{facts['url']} ({facts['how']}), sha256 {output['sha256']}, retrieved "
            f"{facts['retrieved'][:19].replace('T', ' ')} UTC"
        )
    if len(jobs) > LISTED:
        yield f"and {len(jobs) - LISTED} more files of the archive (--json has all)"


def _differ(records: Records, steps: dict[str, Step], versions: str) -> bool:
    firsts = [records.jobs[step.jobs[0]] for step in steps.values()]
    return any(told.versions(first) != versions for first in firsts)


def _wrapped(text: str, before: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(WIDTH, len(before) + 40),
        initial_indent=before,
        subsequent_indent=f"{before}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unknown(records: Records, path: str) -> str:
    if (records.root / path).is_file():
        return f"no record speaks of {path}: nobody knows where it comes from."
    return f"{path} is not there, and no record speaks of it."
