"""`skyloom audit`: do results fit their records?"""

import argparse
import json
import sys
from pathlib import Path

from skyloom.commands.expected import expected_settings
from skyloom.errors import SkyloomError
from skyloom.provenance.audit import AuditReport, audit
from skyloom.provenance.digests import Digests, memory_file
from skyloom.provenance.findings import NOTHING, exit_status, tell
from skyloom.provenance.records import NoRecordsError, read_records, study_folder


class AuditError(SkyloomError):
    """The words of `skyloom audit` make no sense."""


def run_audit(given: argparse.Namespace) -> int:
    """Print the findings; return the exit status that `findings` defines."""
    if given.words[:1] == ["diff"]:
        return _difference(given)
    if len(given.words) > 1:
        raise AuditError(f"one folder or file at a time, found: {' '.join(given.words)}")
    target = Path(given.words[0] if given.words else "results")
    try:
        folder = study_folder(target)
        digests = Digests(None if given.full else memory_file(folder))
        runs = read_records(folder).runs
        expected, remarks = expected_settings(runs, given.configfile)
        report = audit(target, digests, expected)
    except NoRecordsError as error:
        print(f"skyloom audit: {error}", file=sys.stderr)
        return NOTHING
    if given.deep:
        from skyloom.provenance.deep import rerun_some  # here: only for --deep

        report.findings.extend(rerun_some(target, given.deep, given.draw))
    if given.json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        _print(report, remarks)
    return exit_status(report.findings)


def _print(report: AuditReport, remarks: list[str]) -> None:
    for line in [*tell(report.findings), *remarks]:
        print(line)
    read = f"{report.read_bytes / 1e6:,.1f} MB read"
    print(
        f"{report.files} files, {report.records} records, {report.runs} runs, "
        f"{len(report.findings)} findings; {read}; state {report.state[:16]}"
    )


def _difference(given: argparse.Namespace) -> int:
    from skyloom.provenance.difference import compare_results, tell_difference

    if len(given.words) != 3:
        raise AuditError("two files or folders are compared: skyloom audit diff A B")
    found = compare_results(Path(given.words[1]), Path(given.words[2]))
    print(json.dumps(found, indent=1) if given.json else "\n".join(tell_difference(found)))
    return 0
