"""Where the images and features of a shard come from: the trees of `skyloom why`."""

from pathlib import Path

from skyloom.provenance.records import NoRecordsError, Records, read_records
from skyloom.provenance.runs import run_files
from skyloom.provenance.why import tree_of
from skyloom.web.explore.catalogue import Places


class Origins:
    """The trees behind a survey's files, read from records when they are first asked for.

    Args:
        places: the survey's files.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._kept: tuple[int, Records] | None = None

    def of(self, shard: str) -> list[dict[str, str]]:
        """Return title and tree of a shard's images and of its features by each encoder."""
        home = self._places.home
        files = {"images": home / "images" / f"{shard}.npy"}
        for encoder in [*self._places.encoders, *self._places.baselines]:
            files[f"features of {encoder}"] = home / encoder / "features" / f"{shard}.parquet"
        return [
            {"title": title, "text": self._tree(path)}
            for title, path in files.items()
            if path.exists()
        ]

    def _tree(self, path: Path) -> str:
        records = self._records()
        try:
            return "\n".join(tree_of(records, records.shown(path), brief=True, check=_unread))
        except NoRecordsError as error:
            return str(error)

    def _records(self) -> Records:
        """Return the study's records, read again once a run has written since."""
        results = self._places.home.parent
        runs = run_files(results)
        changed = runs[-1].stat().st_mtime_ns if runs else 0
        if self._kept is None or self._kept[0] != changed:
            self._kept = (changed, read_records(results))
        return self._kept[1]


def _unread(path: Path, sha256: str) -> str:
    """Say that a file was not compared: a page does not read gigabytes."""
    return "(compared by: skyloom audit)" if path.is_file() else "is NOT THERE any more"
