"""Scores of a round: stability as the paper's figure splits it."""

import numpy as np
import pandas as pd
import pytest

from skyloom.relabel.out_of_fold import Member, OutOfFold
from skyloom.relabel.scores import is_stable, score_rounds
from skyloom.settings.relabel import RelabelSettings


def _found(values: list[list[float]]) -> OutOfFold:
    """Probabilities of `yes` by each model (rows) of each image (columns)."""
    ids = np.array([f"i{place}" for place in range(len(values[0]))])
    return OutOfFold.of(
        [
            Member(
                f"0-{number}",
                ("no", "yes"),
                frozenset(),
                ids,
                ids,
                np.array([[1 - value, value] for value in row], np.float32),
            )
            for number, row in enumerate(values)
        ]
    )


def test_stable_is_on_one_side_of_the_threshold_with_its_deviation() -> None:
    found = _found([[0.9, 0.55, 0.2, 0.7], [0.8, 0.75, 0.3, 0.58]])
    # means 0.85, 0.65, 0.25, 0.64; deviations 0.05, 0.10, 0.05, 0.06
    assert is_stable(found, 0.6).tolist() == [True, False, True, False]


def test_of_more_classes_the_best_must_lead_by_its_deviation() -> None:
    ids = np.array(["a", "b"])
    rows = [[[0.5, 0.4, 0.1], [0.8, 0.1, 0.1]], [[0.3, 0.4, 0.3], [0.7, 0.2, 0.1]]]
    members = [
        Member(f"0-{n}", ("x", "y", "z"), frozenset(), ids, ids, np.array(row, np.float32))
        for n, row in enumerate(rows)
    ]
    assert is_stable(OutOfFold.of(members), 0.6).tolist() == [False, True]


def test_parts_and_kinds_are_counted_against_the_labels_of_the_round() -> None:
    found = _found([[0.9, 0.55, 0.2, 0.9], [0.8, 0.75, 0.3, 0.9]])
    labels = pd.DataFrame({"image_id": ["i0", "i1", "i2"], "label": ["yes", "no", "no"], "fold": 0})
    index = pd.DataFrame(
        {
            "image_id": ["i0", "i1", "i2", "i3"],
            "split": ["train", "train", "train", "test"],
            "label": ["no", "no", "no", "yes"],
        }
    )
    table = score_rounds(found, index, labels, RelabelSettings()).set_index(["part", "kind"])
    assert table.loc[("out of fold", "all"), ["images", "accuracy"]].tolist() == [
        3,
        pytest.approx(2 / 3),
    ]
    assert table.loc[("out of fold", "stable"), "accuracy"] == 1
    assert table.loc[("out of fold", "unstable"), "accuracy"] == 0
    assert table.loc[("test", "all"), ["images", "accuracy"]].tolist() == [1, 1]
    assert ("test", "unstable") not in table.index


def test_the_temperature_leaves_out_what_an_items_models_never_learnt() -> None:
    """Of `rare` all labels lie in fold 0, whose models give it nothing."""
    rng = np.random.default_rng(0)
    ids = np.array([f"i{place:03}" for place in range(300)])
    sure = rng.uniform(0.6, 0.99, 300)
    said = np.column_stack([sure, np.zeros(300), 1 - sure]).astype(np.float32)
    said[200:, 1:] = (1 - sure[200:, None]) / 2  # models of fold 1 know the class
    names = np.where(rng.uniform(size=300) < sure, "no", "yes").astype(object)
    names[:10] = "rare"
    index = pd.DataFrame({"image_id": [], "split": [], "label": []})
    found = OutOfFold.of([Member("0-0", ("no", "rare", "yes"), frozenset(), ids, ids, said)])
    temperature = []
    for start in (0, 10):
        labels = pd.DataFrame({"image_id": ids, "label": names, "fold": np.arange(300) // 200})
        table = score_rounds(found, index, labels[start:], RelabelSettings())
        temperature.append(table["temperature"].iloc[0])
    assert temperature[0] == pytest.approx(temperature[1])
    assert 0.5 < temperature[0] < 2
