"""The queue of a round: ranked items, what people asked for, an audit, repeats, what is unclear."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skyloom.relabel.bound import alpha_of_look, audit_size
from skyloom.relabel.hashing import drawn, share_of
from skyloom.relabel.labels import DECIDED, classes_of, digest_of
from skyloom.relabel.ranking import reason
from skyloom.relabel.sealed import Sealed
from skyloom.relabel.stopping import audit_is_due, has_converged
from skyloom.relabel.verdicts import Event, standing
from skyloom.settings.relabel import RelabelSettings
from skyloom.tables import read_metadata, read_table, write_table

QUEUE_COLUMNS = (
    *("item", "drawn", "label", "predicted", "p_label", "p_predicted", "spread", "models"),
    *("neighbours_differ", "reason", "examples", "fold"),
    *("hidden", "shared", "swapped"),
)


@dataclass(frozen=True)
class QueueFacts:
    """What holds for a queue as a whole; see `sealed.Head` for the words.

    Attributes:
        classes: that a reviewer chooses from.
        labels: SHA-256 of the labels that the archive, or names of clusters, give the items.
        converged: the rounds are over; the queue is empty.
    """

    survey: str
    round: int
    classes: tuple[str, ...]
    items: int
    disagreements: int
    audited: int
    look: int
    encoder: str
    converged: bool
    labels: str = ""


@dataclass(frozen=True)
class Queue:
    """A queue: one row per item in the order in which they are shown, and its facts."""

    rows: pd.DataFrame
    facts: QueueFacts

    @property
    def repeats(self) -> set[str]:
        """The items that were decided in an earlier round and are shown once more."""
        return set(self.rows["item"][self.rows["drawn"] == "repeat"])

    def standing(self, events: Iterable[Event]) -> dict[str, Event]:
        """Return the verdict of one reviewer that stands for each item, in the order of the rows.

        Random checks and repeats are answered one by one: decisions about many images, which are
        made with the label in view, do not answer them.
        """
        measured = set(self.rows["item"][self.rows["drawn"].isin(["audit", "repeat"])])
        return standing(event for event in events if not (event.amends and event.item in measured))


def build_queue(
    survey: str,
    labels: pd.DataFrame,
    ranked: pd.DataFrame,
    rounds: Sequence[Sealed],
    settings: RelabelSettings,
    seed: int,
    encoder: str,
    wanted: Mapping[str, Sequence[str]] | None = None,
) -> Queue:
    """Return the queue of the round that follows the closed ones.

    Args:
        survey: its name.
        labels: all items, as `labels_after` returns them.
        ranked: the items with a label, as `rank_labels` returns them.
        rounds: the closed rounds.
        settings: how many of each kind are taken.
        seed: of the hashes.
        encoder: SHA-256 of the encoder whose embedding ranked.
        wanted: who asked for which images while the last round was open, by image_id.
    """
    known = set(ranked["image_id"])
    asked = {item: names for item, names in (wanted or {}).items() if item in known}
    number = len(rounds) + 1
    state = labels.set_index("image_id")["state"]
    unseen = ranked[~state.loc[ranked["image_id"]].isin(DECIDED).to_numpy()]
    unclear = unseen["image_id"][state.loc[unseen["image_id"]].to_numpy() != "crude"]
    fresh = unseen[~unseen["image_id"].isin([*unclear, *asked])]
    first = fresh["image_id"].to_numpy(dtype=str)[: max(1, round(settings.batch * len(labels)))]
    rest = np.sort(fresh["image_id"].to_numpy(dtype=str)[len(first) :])
    look = 1 + sum(sealed.head.look > 0 for sealed in rounds)
    over = has_converged(labels, rounds, settings)
    due = not over and audit_is_due(rounds, settings) and len(rest) > 0
    sample = _audit_sample(rest, look, len(labels), settings) if due else 0
    chosen = {
        "again": unclear.to_numpy(dtype=str),
        "ranked": first,
        "audit": rest[drawn(f"audit/{seed}/{number}", rest, sample)],
        "repeat": _repeats(labels, len(first), settings, f"repeat/{seed}/{number}"),
        "wanted": np.array(sorted(asked), dtype=str),
    }
    facts = QueueFacts(
        survey=survey,
        round=number,
        classes=classes_of(labels),
        items=len(labels),
        disagreements=int((unseen["predicted"] != unseen["label"]).sum()),
        audited=len(rest) if due else 0,
        look=look if due else 0,
        encoder=encoder,
        converged=over and not asked,
        labels=digest_of(labels),
    )
    taken = {"wanted": chosen["wanted"]} if over else chosen
    kinds = {item: kind for kind, items in taken.items() for item in items}
    return Queue(_rows(labels, ranked, kinds, asked, settings, f"{seed}/{number}"), facts)


def _audit_sample(rest: NDArray[np.str_], look: int, items: int, settings: RelabelSettings) -> int:
    alpha = alpha_of_look(look, settings.confidence)
    return audit_size(len(rest), settings.audit_allows, settings.target * items, alpha)


def _repeats(
    labels: pd.DataFrame, ranked: int, settings: RelabelSettings, salt: str
) -> NDArray[np.str_]:
    """Return items decided in earlier rounds that are shown once more."""
    decided = labels["state"].isin(["kept", "corrected"])
    names = labels["image_id"][decided].to_numpy(dtype=str)
    return np.asarray(names[drawn(salt, names, round(settings.repeats * ranked))], dtype=str)


def _rows(
    labels: pd.DataFrame,
    ranked: pd.DataFrame,
    kinds: Mapping[str, str],
    asked: Mapping[str, Sequence[str]],
    settings: RelabelSettings,
    salt: str,
) -> pd.DataFrame:
    """Return the rows of a queue, shuffled: the place in it must not tell why an item is there."""
    rows = ranked[ranked["image_id"].isin(list(kinds))].rename(columns={"image_id": "item"})
    names = rows["item"].to_numpy(dtype=str)
    folds = labels.set_index("image_id")["fold"]
    complete = rows.assign(
        drawn=[kinds[name] for name in names],
        reason=[
            _asked_for(asked.get(row["item"], ())) + reason(row, settings.neighbours)
            for _, row in rows.iterrows()
        ],
        fold=folds.loc[names].to_numpy(),
        hidden=share_of(f"hidden/{salt}", names) < settings.hidden,
        shared=share_of(f"shared/{salt}", names) < settings.overlap,
        swapped=share_of(f"swapped/{salt}", names) < 0.5,
    )
    order = np.argsort(share_of(f"order/{salt}", names), kind="stable")
    return complete.iloc[order][list(QUEUE_COLUMNS)].reset_index(drop=True)


def _asked_for(names: Sequence[str]) -> str:
    return f"asked for by {' and '.join(names)}; " if names else ""


def write_queue(path: Path, queue: Queue) -> None:
    """Write a queue as Parquet, its facts in the metadata."""
    write_table(path, queue.rows, {"queue": json.dumps(asdict(queue.facts), sort_keys=True)})


def read_queue(path: Path) -> Queue:
    """Read what `write_queue` wrote."""
    said = json.loads(read_metadata(path)["queue"])
    facts = QueueFacts(**{**said, "classes": tuple(said["classes"])})
    return Queue(read_table(path, QUEUE_COLUMNS), facts)
