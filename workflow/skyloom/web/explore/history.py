"""What happened to the labels of images: crude ones, verdicts with names, models out of fold."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from skyloom.relabel.out_of_fold import Member, read_member
from skyloom.relabel.sealed import Sealed, closed_rounds, log_folder, read_sealed
from skyloom.relabel.verdict_log import read_logs
from skyloom.relabel.verdicts import Event
from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Places


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a label.

    Attributes:
        round: in which; 0 for before the first.
        what: in words; label: from then on, empty where it did not change.
        who: decided; when: UTC, empty for what has no time.
        note: of the reviewer.
    """

    round: int
    what: str
    label: str
    who: str = ""
    when: str = ""
    note: str = ""


@dataclass(frozen=True)
class Opinion:
    """What one model, which has not seen the image's group, says of it."""

    model: str
    label: str
    probability: float


class History:
    """The label history of all images under review, read when it is first asked for.

    Args:
        places: the survey's files.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._closed: list[Sealed] = []

    def of(self, name: str) -> list[Entry]:
        """Return what happened to an image's label, the oldest first."""
        entries = []
        if (row := self._labels.get(name)) is not None:
            entries.append(Entry(0, "crude label", str(row["crude"])))
        for sealed in self._sealed():
            for one in sealed.rows:
                if one.item == name:
                    what = f"{one.verdict} ({one.drawn})"
                    entries.append(Entry(sealed.head.round, what, one.label, one.reviewers))
        entries += [_entry(event) for event in self._open_events() if event.item == name]
        return entries

    def opinions(self, name: str) -> list[Opinion]:
        """Return what each model of the open round says that has not seen the image's group."""
        return [
            Opinion(
                member.name,
                member.classes[int(member.probabilities[place].argmax())],
                float(member.probabilities[place].max()),
            )
            for member, places in self._members
            if (place := places.get(name)) is not None
        ]

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, Any]]:
        folder = self._places.round_folder
        path = None if folder is None else folder / "labels.parquet"
        if path is None or not path.exists():
            return {}
        table = read_table(path, ["image_id", "crude"])[["image_id", "crude"]]
        rows: dict[str, dict[str, Any]] = table.set_index("image_id").to_dict("index")
        return rows

    def _sealed(self) -> list[Sealed]:
        """Return the closed rounds, read again where one was closed meanwhile."""
        files = closed_rounds(self._places.reviews)
        if len(files) != len(self._closed):
            self._closed = read_sealed(files)
        return self._closed

    @cached_property
    def _members(self) -> list[tuple[Member, dict[str, int]]]:
        folder = self._places.round_folder
        files = sorted((folder / "members").glob("*.parquet")) if folder else []
        members = [read_member(file) for file in files]
        return [(one, {str(name): at for at, name in enumerate(one.image_id)}) for one in members]

    def _open_events(self) -> list[Event]:
        """Return the rows of the open round's logs, in the order of their times.

        None once it is closed: then its file tells them.
        """
        if self._places.round is None or self._places.round <= len(self._sealed()):
            return []
        logs = read_logs(log_folder(self._places.reviews, self._places.round))
        return sorted((row for rows in logs.values() for row in rows), key=lambda row: row.at)


def _entry(event: Event) -> Entry:
    what = "undone" if event.verdict is None else f"{event.verdict} (not closed yet)"
    when = event.at.strftime("%Y-%m-%d %H:%M")
    return Entry(event.round, what, event.label or "", event.by, when, event.note or "")
