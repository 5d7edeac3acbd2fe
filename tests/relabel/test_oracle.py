"""The reviewer who knows the truth: any legal name, and a queue that was built anew."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
from made_rounds import CLASSES, queue

from skyloom.relabel.oracle import oracle_verdicts
from skyloom.relabel.verdict_log import VerdictLog, read_log
from skyloom.relabel.verdicts import standing

TRUTH = pd.Series({"a": CLASSES[0], "b": CLASSES[1], "c": CLASSES[1]})


def test_the_same_queue_gives_the_same_rows_and_one_built_anew_others(tmp_path: Path) -> None:
    made = queue(dict.fromkeys("abc", "ranked"))
    anew = replace(made, rows=made.rows.iloc[::-1].reset_index(drop=True))
    log = VerdictLog(tmp_path / "my_oracle.jsonl")
    for drawn, digest in ((made, "one"), (made, "one"), (anew, "other")):
        log.append_all(oracle_verdicts(drawn, TRUTH, 0.0, "my_oracle", digest))
    rows = read_log(tmp_path / "my_oracle.jsonl")
    assert [row.item for row in rows] == ["a", "b", "c", "c", "b", "a"]
    assert {item: row.label for item, row in standing(rows).items()} == TRUTH.to_dict()
