import numpy as np
import pandas as pd
import pytest

from skyloom.__main__ import main
from skyloom.analyze.comparison import compare
from skyloom.analyze.predictions import PREDICTION_COLUMNS
from skyloom.analyze.seeds import RESAMPLES, SeedsError, compare_seeds


def write(folder, name, right, seed, draws=1):
    """Predictions of an encoder that is right with this probability, for 30 groups of 10.

    All draws of the labels come to the same.
    """
    rng = np.random.default_rng([seed, len(name)])
    truth = rng.integers(0, 3, 300)
    said = np.where(rng.uniform(size=300) < right, truth, (truth + 1) % 3)
    table = pd.DataFrame(
        {
            "fraction": 1.0,
            "seed": 0,
            "split": "val",
            "image_id": [f"i{number:03}" for number in range(300)],
            "group": [f"g{number // 10}" for number in range(300)],
            "truth": truth.astype(str),
            "predicted": said.astype(str),
            "probability": 0.5,
            "by": "split",
            "probe": "logistic",
            "class_scores": list(np.eye(3, dtype=np.float32)[said]),
            "truth_place": truth,
        }
    )
    path = folder / "mars" / name / "probes" / "predictions.parquet"
    path.parent.mkdir(parents=True)
    copies = pd.concat([table.assign(seed=draw) for draw in range(draws)])
    copies[PREDICTION_COLUMNS].to_parquet(path)
    return float(np.mean(truth == said))


def test_seeds_are_draws_of_one_comparison(tmp_path, capsys):
    folders = [tmp_path / f"seed{number}" for number in range(3)]
    right = [
        [write(folder, name, share, number) for number, folder in enumerate(folders)]
        for name, share in (("better", 0.8), ("worse", 0.6))
    ]
    curves, differences = compare_seeds(folders, "mars", "better")
    accuracy = curves[curves["metric"] == "accuracy"].set_index("encoder")
    assert accuracy["value"]["better"] == pytest.approx(np.mean(right[0]))
    assert accuracy["value"]["worse"] == pytest.approx(np.mean(right[1]))
    assert (accuracy["draws"] == 3).all()
    row = differences[differences["metric"] == "accuracy"].iloc[0]
    assert row["value"] == pytest.approx(np.mean(right[0]) - np.mean(right[1]))
    assert row["low"] < row["value"] < row["high"]
    assert row["p_value"] < 0.01
    words = ["compare-seeds", *map(str, folders), "--survey", "mars", "--main", "better"]
    assert main(words) == 0
    assert "balanced_accuracy" in capsys.readouterr().out


def test_more_draws_of_the_same_seeds_make_no_interval_narrower(tmp_path):
    found = []
    for draws in (1, 4):
        folders = [tmp_path / f"{draws}-{number}" for number in range(3)]
        for number, folder in enumerate(folders):
            write(folder, "better", 0.6 + 0.1 * number, number, draws)
            write(folder, "worse", 0.6, number, draws)
        curves, differences = compare_seeds(folders, "mars", "better")
        assert (curves["draws"] == 3 * draws).all()
        found.append((curves.drop(columns="draws"), differences))
    for once, often in zip(*found, strict=True):
        pd.testing.assert_frame_equal(once, often)


def test_one_seed_alone_is_compared_over_its_draws(tmp_path):
    folder = tmp_path / "one"
    names = ("better", 0.8), ("worse", 0.6)
    tables = {}
    for name, share in names:
        write(folder, name, share, 0, draws=4)
        tables[name] = pd.read_parquet(folder / "mars" / name / "probes" / "predictions.parquet")
    expected = compare(tables, "better", RESAMPLES, 0)
    for found, wanted in zip(compare_seeds([folder], "mars", "better"), expected, strict=True):
        pd.testing.assert_frame_equal(found, wanted)


def test_folders_must_hold_the_same_encoders(tmp_path, capsys):
    first, second = tmp_path / "a", tmp_path / "b"
    write(first, "better", 0.8, 0)
    write(second, "other", 0.8, 0)
    with pytest.raises(SeedsError, match=r"a: better; .*b: other"):
        compare_seeds([first, second], "mars", "better")
    words = ["compare-seeds", str(first), "--survey", "sun", "--main", "better"]
    assert main(words) == 1
    assert "found" in capsys.readouterr().err
