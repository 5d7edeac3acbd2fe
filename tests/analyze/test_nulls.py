import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.nulls import MAJORITY, NEAREST_IN_TIME, with_nulls
from skyloom.analyze.task import TaskError
from skyloom.settings.probe import ProbeSettings

SETTINGS = ProbeSettings(fractions=(0.2, 1.0), seeds=2, splits=("split", "split_random"))


def made(times=True, count=200):
    """Labels that change every twenty images; a split by halves, and one that alternates."""
    rng = np.random.default_rng(0)
    place = np.arange(count)
    start = pd.Timestamp("2012-08-08", tz="UTC")
    return pd.DataFrame(
        {
            "image_id": [f"i{n}" for n in place],
            "group": [f"g{n // 20}" for n in place],
            "original": [f"o{n}" for n in place],
            "time": start + pd.to_timedelta(place * 10, unit="s") if times else None,
            "label": np.array(list("abcd"))[rng.permutation(np.arange(10) % 4).repeat(20)],
            "split": np.where(place < count / 2, "train", "test"),
            "split_random": np.where(place % 2 == 0, "train", "test"),
        }
    )


def accuracy(table, by, fraction=1.0):
    mine = table[(table["by"] == by) & (table["fraction"] == fraction) & (table["seed"] == 0)]
    return (mine["truth"] == mine["predicted"]).mean()


@pytest.mark.parametrize("times", [True, False])
def test_the_neighbour_in_time_knows_the_label_where_the_split_leaks(times):
    found = with_nulls({}, made(times), SETTINGS, seed=0)
    assert set(found) == {MAJORITY, NEAREST_IN_TIME}
    assert accuracy(found[NEAREST_IN_TIME], "split_random") > 0.95
    assert accuracy(found[NEAREST_IN_TIME], "split") < 0.5
    assert accuracy(found[MAJORITY], "split_random") < 0.5


def test_against_looking_at_every_training_image():
    index = made().sample(frac=1, random_state=1).reset_index(drop=True)
    found = with_nulls({}, index, SETTINGS, seed=0)[NEAREST_IN_TIME]
    said = found[(found["by"] == "split_random") & (found["fraction"] == 1)].set_index("image_id")
    train = index[index["split_random"] == "train"]
    for row in index[index["split_random"] == "test"].itertuples():
        apart = (train["time"] - row.time).abs()
        nearest = train.loc[apart == apart.min()].sort_values("time").iloc[0]
        assert said.loc[row.image_id, "predicted"] == nearest["label"]


def test_images_without_a_time_do_not_stop_the_null():
    index = made()
    index.loc[index.index % 3 == 0, "time"] = pd.NaT
    found = with_nulls({}, index, SETTINGS, seed=0)[NEAREST_IN_TIME]
    assert accuracy(found, "split_random") > 0.5


def test_a_split_that_is_not_there_is_named():
    wrong = ProbeSettings(splits=("split_radnom",))
    with pytest.raises(TaskError, match=r"no 'split_radnom'\. Did you mean 'split_random'"):
        with_nulls({}, made(), wrong, seed=0)
