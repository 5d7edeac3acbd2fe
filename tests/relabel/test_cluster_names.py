"""Names of clusters: what stands, undo, merges, new clusterings, two people, sealed files."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from skyloom.relabel.append_log import LogError
from skyloom.relabel.cluster_events import (
    ClusterEvent,
    NamingError,
    cluster_event,
    cluster_log,
    effective,
    keep_membership,
    membership_file,
    names_folder,
    read_membership,
)
from skyloom.relabel.cluster_names import Standing, named_images, standing_names
from skyloom.relabel.headed_csv import SealError
from skyloom.relabel.sealed_names import (
    memberships_of,
    read_sealed_names,
    seal_names,
    sealed_names,
)
from skyloom.tables import write_table

NOW, BEFORE = "a" * 64, "b" * 64


def said(act: str | None, cluster: int = 0, place: int = 0, **more: object) -> ClusterEvent:
    """One row about a cluster of the present k-means, by ann."""
    row = {
        **{"uid": f"uid-{act}-{cluster}-{place}", "act": act, "algorithm": "kmeans"},
        **{"membership": NOW, "cluster": cluster, "by": "ann"},
        **{"at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=place)},
    }
    return ClusterEvent.model_validate({**row, **more})


def undo(of: ClusterEvent, place: int = 9) -> ClusterEvent:
    return said(None, of.cluster, place, undoes=of.uid, uid=f"undo-{place}-{of.uid}")


def clusters(*sizes: int, first: int = 0) -> "pd.Series[int]":
    """Clusters 0, 1, ... of so many images each, image names counted from `first`."""
    numbers = [number for number, size in enumerate(sizes) for _ in range(size)]
    return pd.Series(numbers, index=[f"i{first + place:03d}" for place in range(len(numbers))])


def stands(*events: ClusterEvent, present: "pd.Series[int]", **others: object) -> Standing:
    return standing_names(events, present, NOW, lambda sha256: others["before"])  # type: ignore[arg-type, return-value]


def names(standing: Standing, count: int) -> list[str | None]:
    return [standing.name(cluster) for cluster in range(count)]


def test_the_last_word_holds_and_undo_brings_back_the_one_before() -> None:
    first, second = said("name", name="dune"), said("name", place=1, name="ripple", by="bob")
    here = clusters(5)
    assert names(stands(first, second, present=here), 1) == ["ripple"]
    assert names(stands(first, second, undo(second), present=here), 1) == ["dune"]
    back = undo(undo(second), place=10)
    assert names(stands(first, second, undo(second), back, present=here), 1) == ["ripple"]
    assert names(stands(first, said("junk", place=2), present=here), 1) == [None]
    assert effective([first, undo(first)]) == []


def test_merged_clusters_share_the_name_of_the_one_they_joined() -> None:
    here = clusters(4, 4, 4)
    rows = [
        said("name", 0, 0, name="dune"),
        said("name", 1, 1, name="crater"),
        said("merge", 1, 2, into=0),
        said("merge", 2, 3, into=1),
    ]
    found = stands(*rows, present=here)
    assert names(found, 3) == ["dune"] * 3
    assert found.groups() == {0: (0, 1, 2)}
    later = stands(*rows, said("name", 2, 4, name="sand"), present=here)
    assert names(later, 3) == ["sand"] * 3
    apart = stands(*rows, undo(rows[2]), present=here)
    assert names(apart, 3) == ["dune", "crater", "crater"]
    again = stands(*rows, said("merge", 0, 5, into=2), present=here)
    assert names(again, 3) == ["dune"] * 3  # they were one already


def test_a_name_moves_up_where_the_other_cluster_has_none() -> None:
    rows = [said("name", 1, 0, name="crater"), said("merge", 1, 1, into=0)]
    assert names(stands(*rows, present=clusters(4, 4)), 2) == ["crater", "crater"]


def test_names_follow_the_images_into_a_new_clustering() -> None:
    before = clusters(10, 10, 10)
    rows = [
        said("name", 0, 0, membership=BEFORE, name="dune"),
        said("junk", 1, 1, membership=BEFORE),
        said("name", 2, 2, membership=BEFORE, name="crater"),
    ]
    present = before.map({0: 1, 1: 0, 2: 2})
    present.iloc[20:] = [2, 3, 4, 5, 6, 2, 3, 4, 5, 6]  # cluster 2 fell apart
    found = stands(*rows, present=present, before=before)
    assert names(found, 2) == [None, "dune"]
    assert found.of(0) is not None
    assert found.of(0).act == "junk"
    assert [(one.event.name, one.clusters, one.images) for one in found.lost] == [
        ("crater", (2,), 10)
    ]
    # Named anew, it is not to be looked at again; nor when it was dismissed.
    assert (
        stands(*rows, said("name", 3, 3, name="crater"), present=present, before=before).lost == []
    )
    assert stands(*rows, undo(rows[2]), present=present, before=before).lost == []
    # A word about the present clustering counts, also one that was said before.
    early = said("name", 1, -1, name="ripple")
    assert names(stands(early, *rows, present=present, before=before), 2)[1] == "dune"
    assert names(stands(*rows, early, present=present, before=before), 2)[1] == "ripple"


def test_only_images_of_both_clusterings_are_compared() -> None:
    before = clusters(6, 6)
    grown = pd.concat([before, clusters(1, 50, first=100)])
    row = said("name", 0, 0, membership=BEFORE, name="dune")
    assert names(stands(row, present=grown, before=before), 2) == ["dune", None]


def test_merged_clusters_travel_as_one_or_each_for_itself() -> None:
    before = clusters(6, 6, 6)
    rows = [
        said("name", 0, 0, membership=BEFORE, name="dune"),
        said("merge", 1, 1, membership=BEFORE, into=0),
    ]
    joined = before.map({0: 0, 1: 0, 2: 1})
    assert names(stands(*rows, present=joined, before=before), 2) == ["dune", None]
    swapped = before.map({0: 2, 1: 1, 2: 0})
    found = stands(*rows, present=swapped, before=before)
    assert names(found, 3) == [None, "dune", "dune"]
    assert found.groups() == {2: (1, 2)}
    scattered = pd.Series(range(len(before)), index=before.index)
    lost = stands(*rows, present=scattered, before=before).lost
    assert [(one.event.name, one.clusters, one.images) for one in lost] == [("dune", (0, 1), 12)]


def test_images_get_names_where_their_cluster_has_one() -> None:
    here = clusters(2, 2, 2)
    here.iloc[0] = -1
    rows = [said("name", 0, 0, name="dune"), said("split", 1, 1), said("junk", 2, 2)]
    table = named_images(stands(*rows, present=here), here)
    assert table.to_dict("list") == {"image_id": ["i001"], "cluster": [0], "name": ["dune"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "a name goes with the act name"),
        ({"name": " dune"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"act": "merge", "name": None}, "merge needs the other"),
        ({"act": "merge", "name": None, "into": 0}, "with itself"),
        ({"undoes": "uid-12345678"}, "says something or undoes"),
        ({"by": "../ann"}, "by"),
    ],
)
def test_rows_that_mean_nothing_are_refused(change: dict[str, object], message: str) -> None:
    good = said("name", name="dune").model_dump()
    with pytest.raises(NamingError, match=message):
        cluster_event(**{**good, **change})


def test_two_people_write_to_one_log(tmp_path: Path) -> None:
    ann, bob = cluster_log(tmp_path, "simclr"), cluster_log(tmp_path, "simclr")
    first = said("name", name="dune")
    assert ann.append(lambda rows: [first]) == [first]
    seen: list[int] = []
    bob.append(lambda rows: (seen.append(len(rows)), [said("junk", 1, 1, by="bob")])[1])
    assert seen == [1]
    assert ann.append(lambda rows: [first]) == []  # sent once more
    assert [row.by for row in ann.rows()] == ["ann", "bob"]
    with pytest.raises(LogError, match="another row has the uid"):
        bob.append(lambda rows: [first.model_copy(update={"name": "ripple"})])


WRITER = """
import sys
sys.path[:0] = [{here!r}, {library!r}]
from pathlib import Path
from test_cluster_names import said
from skyloom.relabel.cluster_events import cluster_log
log = cluster_log(Path(sys.argv[1]), "simclr")
start = len(log.rows())
for place in range(start, start + 100000):
    row = said("name", place, place, name=f"name {{place}}")
    log.append(lambda rows: [row])
    print(row.uid, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    here, library = Path(__file__).parent, Path(__file__).parents[2] / "workflow"
    code = WRITER.format(here=str(here), library=str(library))
    acknowledged: list[str] = []
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged += [writer.stdout.readline().strip() for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.wait()
    log = tmp_path / "clusters" / "simclr.jsonl"
    with log.open("a") as file:
        file.write('{"v": 1, "uid": "cut sh')
    rows = cluster_log(tmp_path, "simclr").rows()
    found = [row.uid for row in rows]
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    last = said("junk", 5, 10**6)
    assert cluster_log(tmp_path, "simclr").append(lambda rows: [last]) == [last]
    assert cluster_log(tmp_path, "simclr").rows() == [*rows, last]
    assert "cut sh" in log.with_suffix(".torn").read_text()


def _kept(folder: Path, numbers: "pd.Series[int]") -> str:
    table = folder / "kmeans.parquet"
    write_table(table, numbers.rename("cluster").rename_axis("image_id").reset_index())
    return keep_membership(table, names_folder(folder, "simclr"))


def test_a_kept_clustering_is_what_it_was(tmp_path: Path) -> None:
    here = clusters(3, 2)
    sha256 = _kept(tmp_path, here)
    assert _kept(tmp_path, here) == sha256
    path = membership_file(names_folder(tmp_path, "simclr"), sha256)
    assert read_membership(path).to_dict() == here.to_dict()
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(NamingError, match="was changed"):
        read_membership(path)
    path.unlink()
    with pytest.raises(NamingError, match="is missing"):
        read_membership(path)


def test_sealed_names_hold_what_stood(tmp_path: Path) -> None:
    sha256 = _kept(tmp_path, clusters(3, 2))
    log = cluster_log(tmp_path, "simclr")
    with pytest.raises(NamingError, match="no cluster of simclr has a name"):
        seal_names(tmp_path, "mars", "simclr")
    first = said("name", 0, 0, membership=sha256, name='dune, "dark"')
    merge = said("merge", 1, 1, membership=sha256, into=0)
    log.append(lambda rows: [first, merge, undo(merge)])
    path = seal_names(tmp_path, "mars", "simclr")
    assert read_sealed_names(path) == [first]
    assert [one.stem for one in memberships_of(path)] == [sha256]
    assert seal_names(tmp_path, "mars", "simclr") == path  # nothing was said since
    log.append(lambda rows: [said("name", 1, 5, membership=sha256, name="crater")])
    before = path.read_bytes()
    second = seal_names(tmp_path, "mars", "simclr")
    assert (path.name, second.name) == ("names_01.csv", "names_02.csv")
    assert path.read_bytes() == before
    assert sealed_names(tmp_path, "simclr") == second
    second.write_text(second.read_text().replace(",crater,", ",rock,"))
    with pytest.raises(SealError, match=r"names_02\.csv was changed after it was closed"):
        read_sealed_names(second)
