import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.comparison import compare
from skyloom.analyze.features import FeatureError, Features, read_features
from skyloom.analyze.nulls import with_nulls
from skyloom.analyze.probe import probe
from skyloom.label_draws import draw_originals
from skyloom.settings.probe import ProbeSettings
from skyloom.tables import embedding_column, write_table

SETTINGS = ProbeSettings(
    fractions=(0.1, 1.0), seeds=3, bootstrap=100, inverse_regularisation=(0.01, 1.0)
)


def made(count=300, classes=4, noise=0.3, seed=0, labelled=True):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    vectors = np.eye(8, dtype=np.float32)[truth] + noise * rng.standard_normal((count, 8))
    split = np.where(np.arange(count) % 3 == 0, "val", "train")
    index = pd.DataFrame(
        {
            "image_id": [f"i{n}" for n in range(count)],
            "group": [f"g{n % 3}{n % 21}" for n in range(count)],
            "original": [f"o{n // 2}" for n in range(count)],
            "split": split,
            "time": None,
            "label": [f"class {k}" for k in truth] if labelled else None,
        }
    )
    return Features(vectors.astype(np.float32), index)


def logistic(table):
    return table[table["probe"] == "logistic"]


def test_separable_classes_are_found_and_scores_have_their_intervals():
    result = probe(made(), SETTINGS, None, seed=0)
    full = logistic(result.scores).query("fraction == 1").set_index("metric")
    assert full.loc["accuracy", "value"] > 0.95
    assert (full["low"] <= full["value"]).all()
    assert (full["value"] <= full["high"]).all()
    assert set(result.scores["split"]) == {"val"}
    assert full.loc["accuracy", "n"] == 100
    few = result.scores[(result.scores["fraction"] == 0.1)]
    assert sorted(few["seed"].unique()) == [0, 1, 2]


def test_a_class_of_one_group_leaves_the_temperature_as_it_is():
    """The models out of fold that do not know it give it 0, which costs 87 an image."""
    features = made(600, noise=0.8)
    rare = (features.index["group"] == "g00") | (features.index["group"] == "g11")
    index = features.index.assign(label=features.index["label"].mask(rare, "rare"))
    index.loc[rare, "group"] = "g11"
    index["split"] = np.where(np.arange(600) % 3 == 0, "val", "train")
    temperature = []
    for found in (index, index.assign(label=index["label"].mask(rare))):
        result = probe(Features(features.vectors, found), SETTINGS, None, seed=0)
        said = result.calibration.query("scaled and quantity == 'temperature'")
        temperature.append(said["value"].item())
    assert temperature[0] == pytest.approx(temperature[1], rel=0.3)


def test_shuffled_labels_score_by_chance():
    features = made(600, noise=0.3)
    rng = np.random.default_rng(1)
    shuffled = features.index.assign(label=rng.permutation(features.index["label"]))
    result = probe(Features(features.vectors, shuffled), SETTINGS, None, seed=0)
    full = logistic(result.scores).query("fraction == 1").set_index("metric")
    assert full.loc["balanced_accuracy", "value"] == pytest.approx(0.25, abs=0.1)


def test_val_images_teach_nothing():
    features = made()
    lying = features.index.copy()
    lying.loc[lying["split"] == "val", "label"] = "class 0"
    first = probe(features, SETTINGS, None, seed=0).predictions
    second = probe(Features(features.vectors, lying), SETTINGS, None, seed=0).predictions
    assert (first["predicted"].to_numpy() == second["predicted"].to_numpy()).all()


def test_draws_keep_copies_together_take_every_class_and_nest():
    rng = np.random.default_rng(0)
    originals = np.array([f"o{n // 3}" for n in range(300)])
    labels = np.repeat(rng.choice(["a", "b", "rare"], 100, p=[0.6, 0.37, 0.03]), 3)
    few, more = (set(draw_originals(originals, labels, f, 7)) for f in (0.05, 0.3))
    assert few < more
    for chosen in (few, more):
        names = set(originals[sorted(chosen)])
        assert len(chosen) == 3 * len(names)
        assert set(labels[sorted(chosen)]) == {"a", "b", "rare"}
    assert few != set(draw_originals(originals, labels, 0.05, 8))
    assert len(draw_originals(originals, labels, 1.0, 7)) == 300


def test_without_labels_there_is_no_probe(capsys):
    result = probe(made(labelled=False), SETTINGS, None, seed=0)
    assert result.scores.empty
    assert result.predictions.empty
    assert "no probe" in capsys.readouterr().out
    curves, differences = compare({"a": result.predictions}, "a", 100, 0)
    assert curves.empty
    assert differences.empty


def test_one_class_is_predicted_always():
    features = made(classes=1)
    result = probe(features, SETTINGS, None, seed=0)
    assert (result.scores["value"] == 1).all()


def test_pca_keeps_what_the_labels_need():
    result = probe(made(), SETTINGS, 3, seed=0)
    full = logistic(result.scores).query("fraction == 1").set_index("metric")
    assert full.loc["accuracy", "value"] > 0.85


def test_comparison_tells_better_from_equal():
    clear, noisy = made(noise=0.2), made(noise=1.2)
    tables = {
        name: probe(features, SETTINGS, None, seed=0).predictions
        for name, features in (("clear", clear), ("noisy", noisy), ("twin", clear))
    }
    tables = with_nulls(tables, clear.index, SETTINGS, seed=0)
    curves, differences = map(logistic, compare(tables, "clear", 200, seed=0))
    assert set(curves["encoder"]) == {"clear", "noisy", "twin", "majority", "nearest-in-time"}
    assert set(curves.loc[curves["fraction"] < 1, "draws"]) == {3}
    cells = differences[differences["metric"] == "accuracy"].set_index(["baseline", "fraction"])
    assert cells.loc[("noisy", 1.0), "p_value"] < 0.02
    assert cells.loc[("noisy", 1.0), "low"] > 0
    assert cells.loc[("twin", 1.0), "value"] == 0
    assert cells.loc[("twin", 1.0), "p_value"] == 1
    majority = curves[(curves["encoder"] == "majority") & (curves["metric"] == "accuracy")]
    frequent = clear.index.loc[clear.index["split"] == "train", "label"].mode()[0]
    expected = (clear.index.loc[clear.index["split"] == "val", "label"] == frequent).mean()
    assert majority["value"].to_numpy() == pytest.approx(expected)


def feature_file(path, ids, encoder, value=1.0):
    import pyarrow as pa

    vectors = np.full((len(ids), 3), value, dtype=np.float32)
    table = pa.table({"image_id": ids, "embedding": embedding_column(vectors)})
    write_table(path, table, {"encoder_sha256": encoder})


def index_file(path, ids):
    columns = ("shard", "row", "time", "group", "original", "split", "label", "target", "source")
    blank = dict.fromkeys((*columns, "source_sha256", "rejected"))
    write_table(path, pd.DataFrame({"image_id": ids, **blank}))


def test_features_of_two_encoders_are_not_joined(tmp_path):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, encoder in zip(paths, ("one", "two"), strict=True):
        feature_file(path, [path.stem], encoder)
    with pytest.raises(FeatureError, match="different encoders"):
        read_features(paths, [])


@pytest.mark.parametrize(
    ("ids", "value", "part"), [(["a"], 1.0, "Rerun embed"), (["a", "b"], np.nan, "not finite")]
)
def test_features_that_do_not_fit(tmp_path, ids, value, part):
    feature_file(tmp_path / "f.parquet", ids, "one", value)
    index_file(tmp_path / "i.parquet", ["a", "b"])
    with pytest.raises(FeatureError, match=part):
        read_features([tmp_path / "f.parquet"], [tmp_path / "i.parquet"])


def test_splits_stand_side_by_side():
    features = made(600)
    other = np.where(np.arange(600) % 2 == 0, "train", "test")
    index = features.index.assign(split_published=other)
    settings = SETTINGS.model_copy(update={"splits": ("split", "split_published")})
    result = probe(Features(features.vectors, index), settings, None, seed=0)
    seen = result.scores.groupby("by")["split"].unique()
    assert list(seen["split"]) == ["val"]
    assert list(seen["split_published"]) == ["test"]
    assert set(result.classes["by"]) == {"split", "split_published"}
    alone = probe(features, SETTINGS, None, seed=0)
    first = result.predictions.query("by == 'split'")[["image_id", "predicted", "probability"]]
    assert first.equals(alone.predictions[["image_id", "predicted", "probability"]])


def test_each_class_has_the_scores_of_scikit_learn():
    from sklearn.metrics import average_precision_score, precision_recall_fscore_support

    result = probe(made(noise=0.8), SETTINGS, None, seed=0)
    shown = logistic(result.predictions).query("fraction == 1")
    names = sorted(shown["truth"].unique())
    expected = precision_recall_fscore_support(shown["truth"], shown["predicted"], labels=names)
    table = result.classes.set_index(["label", "metric"])
    scores = np.stack(shown["class_scores"])
    for place, name in enumerate(names):
        for values, metric in zip(expected, ("precision", "recall", "f1"), strict=False):
            assert table.loc[(name, metric), "value"] == pytest.approx(values[place])
        average = average_precision_score(shown["truth"] == name, scores[:, place])
        assert table.loc[(name, "average_precision"), "value"] == pytest.approx(average)
        assert table.loc[(name, "recall"), "n"] == (shown["truth"] == name).sum()
    assert (table["low"] <= table["value"] + 1e-9).all()
    assert (table["value"] <= table["high"] + 1e-9).all()


def test_probabilities_are_scaled_by_what_training_images_say():
    result = probe(made(600, noise=1.0), SETTINGS, None, seed=0)
    said = result.calibration.set_index(["scaled", "quantity"])["value"]
    assert said[False, "temperature"] == 1
    assert said[True, "temperature"] != 1
    assert said[True, "nll"] <= said[False, "nll"] + 0.05
    assert set(result.reliability["scaled"]) == {False, True}
