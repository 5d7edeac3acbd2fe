"""A reviewer who knows the truth, for simulated archives and for errors made on purpose."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from skyloom import __version__
from skyloom.digest import sha256_of_text
from skyloom.relabel.hashing import share_of
from skyloom.relabel.queue import Queue
from skyloom.relabel.verdicts import Event, Shown

MILLISECONDS = 3000
"""What an answer of the oracle is said to take."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def oracle_verdicts(
    queue: Queue, truth: "pd.Series[str]", errors: float, name: str, queue_sha256: str
) -> list[Event]:
    """Return verdicts on all items of a queue, the same for the same queue.

    Args:
        queue: what is to be decided.
        truth: the true class of each item, by image_id.
        errors: share of answers that are wrong, drawn by hash of round and item.
        name: of the reviewer.
        queue_sha256: digest of the queue's file.
    """
    classes = queue.facts.classes
    names = queue.rows["item"].to_numpy(dtype=str)
    number = queue.facts.round
    wrong = share_of(f"oracle/{name}/{number}", names) < errors
    which = share_of(f"oracle/{name}/{number}/class", names)
    events = []
    for place, (_, row) in enumerate(queue.rows.iterrows()):
        label = str(truth.loc[row["item"]])
        if wrong[place]:
            others = [one for one in classes if one != label]
            label = others[int(which[place] * len(others))]
        events.append(
            Event(
                uid=_uid(f"{name}/{number}/{row['item']}/{queue_sha256}"),
                round=number,
                item=row["item"],
                verdict="keep" if label == row["label"] else "fix",
                label=label,
                by=name,
                at=_EPOCH + timedelta(milliseconds=MILLISECONDS * place),
                ms=MILLISECONDS,
                shown=Shown(
                    label=row["label"],
                    pred=row["predicted"],
                    p=float(row["p_predicted"]),
                    hidden=bool(row["hidden"]),
                ),
                app=__version__,
                queue=queue_sha256,
            )
        )
    return events


def _uid(answer: str) -> str:
    return f"oracle-{sha256_of_text(answer)[:32]}"
