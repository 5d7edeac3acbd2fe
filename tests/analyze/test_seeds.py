import numpy as np
import pandas as pd
import pytest

from skyloom.__main__ import main
from skyloom.analyze.predictions import PREDICTION_COLUMNS
from skyloom.analyze.seeds import SeedsError, compare_seeds


def write(folder, name, right, seed):
    """Predictions of an encoder that is right with this probability, for 30 groups of 10."""
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
    table[PREDICTION_COLUMNS].to_parquet(path)
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


def test_folders_must_hold_the_same_encoders(tmp_path, capsys):
    first, second = tmp_path / "a", tmp_path / "b"
    write(first, "better", 0.8, 0)
    write(second, "other", 0.8, 0)
    with pytest.raises(SeedsError, match=r"a: better; .*b: other"):
        compare_seeds([first, second], "mars", "better")
    words = ["compare-seeds", str(first), "--survey", "sun", "--main", "better"]
    assert main(words) == 1
    assert "found" in capsys.readouterr().err
