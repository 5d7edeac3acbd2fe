"""What a round came to, in numbers, where amendments and repeats are among its verdicts."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from skyloom.relabel.queue import Queue, QueueFacts
from skyloom.relabel.verdicts import Event, Shown, Verdict
from skyloom.web.progress import progress_of, summary_of

CLASSES = ("dune", "rock")
FACTS = QueueFacts("mars", 2, CLASSES, 500, 0, 0, 0, "e", converged=False)


def said(item: str, verdict: Verdict, hidden: bool = False, amends: bool = False) -> Event:
    """A verdict of ann, who takes five seconds; an amendment takes no time."""
    return Event(
        uid=f"uid-of-{item}",
        round=2,
        item=item,
        verdict=verdict,
        label="rock",
        by="ann",
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=int(item)),
        ms=0 if amends else 5000,
        shown=Shown(label="dune", pred="rock", p=0.8, hidden=hidden),
        amends=amends,
    )


def test_amendments_settle_items_and_change_no_other_number() -> None:
    looks = [said(str(place), "keep") for place in range(4)]
    bulk = [said(str(place), "fix", amends=True) for place in range(4, 304)]
    queue = Queue(pd.DataFrame({"item": [str(n) for n in range(10)], "drawn": "ranked"}), FACTS)
    found = summary_of({"ann": {one.item: one for one in looks + bulk}}, {}, queue)
    assert found["open"] == 0
    alone = summary_of({"ann": {one.item: one for one in looks}}, {}, queue)
    assert alone["open"] == 6
    assert {**found, "open": 6} == alone
    assert (found["verdicts"], found["reviewers"]) == ({"keep": 4}, {"ann": 4})
    assert found["correctionsPerMinute"] == 0
    assert progress_of(looks + bulk) == progress_of(looks)
    assert progress_of(looks + bulk)["millisecondsEach"] == 5000


def test_repeats_are_left_out_of_the_pull() -> None:
    rows = [said("0", "fix"), said("1", "keep", hidden=True), said("2", "fix"), said("3", "keep")]
    drawn = ["ranked", "ranked", "repeat", "repeat"]
    queue = Queue(pd.DataFrame({"item": list("0123"), "drawn": drawn}), FACTS)
    found = summary_of({"ann": {one.item: one for one in rows}}, {}, queue)
    assert found["shown"] == {"of": 1, "count": 1}
    assert found["hidden"] == {"of": 1, "count": 0}
    assert found["repeats"] == {"of": 2, "count": 1}
