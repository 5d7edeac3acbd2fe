"""What people decided: closed rounds behind results, verified, and who gave the verdicts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skyloom.provenance.findings import Finding
from skyloom.provenance.records import Records
from skyloom.relabel.append_log import LogError
from skyloom.relabel.headed_csv import SealError
from skyloom.relabel.sealed import closed_rounds, log_folder, read_sealed
from skyloom.relabel.verdict_log import read_log
from skyloom.relabel.verdicts import standing


@dataclass(frozen=True)
class Reviewer:
    """What one person decided in a round.

    Attributes:
        name: by which the verdicts are signed.
        verdicts: number of each kind that stand.
        first, last: when, UTC, as ISO text.
    """

    name: str
    verdicts: dict[str, int]
    first: str
    last: str


def reviews_folders(records: Records) -> list[Path]:
    """Return the folders of reviews that records speak of, one per survey."""
    found = {path.rpartition("/closed/")[0] for path in records.readers if "/closed/round_" in path}
    return sorted(records.root / folder for folder in found)


def check_seals(folders: Iterable[Path]) -> Iterator[Finding]:
    """Look for closed rounds, and logs of them, that are not what they were when closed."""
    for folder in folders:
        said: set[str] = set()
        try:
            paths = closed_rounds(folder)
        except SealError as error:
            yield _broken(folder, str(error))
            continue
        for count in range(1, len(paths) + 1):
            try:
                sealed = read_sealed(paths[:count], folder)
            except (SealError, OSError) as error:
                if str(error) not in said:
                    yield _broken(_named_in(str(error), paths[count - 1]), str(error))
                said.add(str(error))
                continue
            known = set(sealed[-1].head.logs)
            for log in sorted(log_folder(folder, count).glob("*.jsonl")):
                if log.stem not in known:
                    yield _broken(log, "it was added after its round was closed.")


def reviewers_of(sealed_file: Path) -> list[Reviewer]:
    """Return who decided in a closed round, from its logs; nobody where they are lost."""
    folder = sealed_file.parent.parent / "log" / sealed_file.stem
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        try:
            events = list(standing(read_log(path)).values())
        except LogError:
            continue
        if events:
            times = sorted(event.at.isoformat(timespec="seconds") for event in events)
            kinds = Counter(str(event.verdict) for event in events)
            found.append(Reviewer(path.stem, dict(kinds), times[0], times[-1]))
    return found


def _named_in(message: str, otherwise: Path) -> Path:
    first = message.split(maxsplit=1)[0].rstrip(":")
    return Path(first) if first.endswith((".csv", ".jsonl")) else otherwise


def _broken(path: Path, message: str) -> Finding:
    reason = message.removeprefix(f"{path}").lstrip(": ")
    remedy = "" if "Bring" in reason else "Bring the files back as they were."
    return Finding("seal", path.as_posix(), reason, "", "", remedy)
