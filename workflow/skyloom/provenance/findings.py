"""What an audit finds: kinds of damage and doubt, how bad each is, and how they are told."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Kind = Literal[
    "changed",
    "missing",
    "unrecorded",
    "record",
    "run",
    "seal",
    "stale",
    "dirty",
    "versions",
    "rerun",
    "unlogged",
    "unplanned",
    "measured",
]
SEVERITY: dict[Kind, Severity] = {
    "changed": "error",
    "missing": "error",
    "unrecorded": "error",
    "record": "error",
    "run": "error",
    "seal": "error",
    "rerun": "error",
    "stale": "warning",
    "dirty": "warning",
    "versions": "warning",
    "unlogged": "note",
    "unplanned": "note",
    "measured": "note",
}
FITS, DAMAGED, NOTHING, DOUBTFUL = 0, 1, 2, 3
"""Exit statuses: all fits; errors; nothing to audit; warnings alone."""
SHOWN = 3
"""Files that are named of those to which the same happened."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit.

    Attributes:
        kind: what it is.
        path: the file.
        reason: in words, with its full stop.
        expected, found: the two values that differ; empty where there are none.
        remedy: what to do.
    """

    kind: Kind
    path: str
    reason: str
    expected: str
    found: str
    remedy: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return SEVERITY[self.kind]

    def __str__(self) -> str:
        return f"{self.kind.upper():<10} {self.path}: {self.said}"

    @property
    def said(self) -> str:
        """Everything but kind and file."""
        values = f" Expected {self.expected}, found {self.found}." if self.expected else ""
        return f"{self.reason}{values} {self.remedy}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding with its severity, for other programs."""
        return {**asdict(self), "severity": self.severity}


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 0 where there are at most notes, 1 with an error, 3 with warnings alone."""
    found = {finding.severity for finding in findings}
    return DAMAGED if "error" in found else DOUBTFUL if "warning" in found else FITS


def tell(findings: Sequence[Finding]) -> list[str]:
    """Return the lines that tell findings, errors first; many of one cause share their lines."""
    order = {"error": 0, "warning": 1, "note": 2}
    alike: dict[tuple[Kind, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: order[finding.severity]):
        alike.setdefault((finding.kind, finding.said), []).append(finding)
    lines = []
    for (kind, said), group in alike.items():
        lines += [str(finding) for finding in group[:SHOWN]]
        if len(group) > SHOWN:
            lines.append(f"{kind.upper():<10} and {len(group) - SHOWN} more files: {said}")
    return lines
