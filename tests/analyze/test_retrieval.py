"""Precision of a search by likeness, against a slow reference and against what must come out."""

import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.features import Features
from skyloom.analyze.retrieval import (
    RetrievalError,
    counted_as_one,
    mirror_remarks,
    questions_of,
)
from skyloom.analyze.retrieval_scores import (
    CHANCE,
    MACRO,
    ORDER,
    RETRIEVAL_COLUMNS,
    RETRIEVAL_DIFFERENCE_COLUMNS,
    chance_and_ceiling,
    precision_at,
    retrieval_scores,
)
from skyloom.analyze.scores import interval, resample_groups
from skyloom.settings.retrieval import RetrievalSettings

SETTINGS = RetrievalSettings(bootstrap=200)


def made(count=200, classes=4, groups=30, seed=0, noise=1.0):
    """Features of classes apart by one, with an index that says class, group and split."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, count)
    vectors = rng.normal(size=(classes, 8))[label] + noise * rng.normal(size=(count, 8))
    index = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(count)],
            "group": [f"g{number}" for number in rng.integers(0, groups, count)],
            "label": [f"class {number}" for number in label],
            "split": rng.choice(["train", "val", "test"], count),
        }
    )
    return Features(vectors.astype(np.float32), index)


def slow_precision(features, k):
    """Precision of each class over test images, one query and one candidate after the other."""
    label, group, split = (features.index[name].tolist() for name in ("label", "group", "split"))
    unit = features.vectors / np.linalg.norm(features.vectors, axis=1, keepdims=True)
    likeness = unit.astype(float) @ unit.astype(float).T
    of_class = {}
    for query in range(len(label)):
        if split[query] != "test" or not isinstance(label[query], str):
            continue
        others = [
            (-likeness[query, other], label[other])
            for other in range(len(label))
            if group[other] != group[query] and isinstance(label[other], str)
        ]
        right = [theirs == label[query] for _, theirs in sorted(others)[:k]]
        of_class.setdefault(label[query], []).append(sum(right) / k)
    return {name: np.mean(values) for name, values in of_class.items()}


def measured(features, settings=SETTINGS, seed=0):
    questions = questions_of(features.index, "split", settings, seed)
    most = max(settings.at)
    found = {"ours": questions.nearest(features, most), ORDER: questions.nearest_in_order(most)}
    return retrieval_scores(questions, found, settings.at, settings.bootstrap, seed)


def value_of(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (row,) = table.to_dict("records")
    return row


@pytest.mark.parametrize("k", [1, 10])
def test_values_against_a_slow_reference(k):
    features = made()
    features.index.loc[::7, "label"] = None  # unlabelled: neither asked with nor found
    scores, _ = measured(features)
    reference = slow_precision(features, k)
    for label, value in reference.items():
        assert value_of(scores, encoder="ours", label=label, k=k)["value"] == pytest.approx(value)
    macro = value_of(scores, encoder="ours", label=MACRO, k=k)
    assert macro["value"] == pytest.approx(np.mean(list(reference.values())))
    assert macro["low"] < macro["value"] < macro["high"]
    assert set(scores) == set(RETRIEVAL_COLUMNS) - {"labels"}


def test_the_order_of_the_shards_is_no_matter():
    features = made()
    backwards = Features(features.vectors[::-1], features.index[::-1].reset_index(drop=True))
    one, other = (measured(each)[0].query("encoder == 'ours'") for each in (features, backwards))
    assert one["value"].to_numpy() == pytest.approx(other["value"].to_numpy())


def test_chance_is_what_random_orders_reach_on_average():
    features = made(count=60, groups=6)
    features.index.loc[5:, "split"] = "train"
    features.index.loc[:5, "split"] = "test"
    questions = questions_of(features.index, "split", SETTINGS, 0)
    chance, _ = chance_and_ceiling(questions, (1, 10))
    rng = np.random.default_rng(0)
    reached = []
    for _ in range(3000):
        found = np.array(
            [
                rng.permutation(np.flatnonzero(questions.groups != questions.groups[query]))[:10]
                for query in questions.queries
            ]
        )
        reached.append(precision_at(questions, found, (1, 10)))
    assert chance == pytest.approx(np.mean(reached, axis=0), abs=0.035)


def test_the_best_is_limited_by_the_members_in_other_groups():
    index = pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(20)],
            "group": [f"g{number // 2}" for number in range(20)],
            "label": ["rare"] * 4 + ["common"] * 16,
            "split": "test",
        }
    )
    vectors = np.eye(2, 3)[[0] * 4 + [1] * 16].astype(np.float32)  # the classes are far apart
    scores, _ = measured(Features(vectors, index))
    rare = value_of(scores, encoder="ours", label="rare", k=10)
    assert rare["ceiling"] == rare["value"] == pytest.approx(0.2)  # two in the other group
    assert value_of(scores, encoder="ours", label="rare", k=1)["ceiling"] == 1
    assert value_of(scores, encoder="ours", label="common", k=10)["value"] == 1


def test_equal_features_find_no_more_than_chance_in_a_sheet_sorted_by_class():
    count = 400
    index = pd.DataFrame(
        {
            "image_id": [f"i{number:03d}" for number in range(count)],
            "group": [f"g{number:03d}" for number in range(count)],
            "label": np.repeat(["a", "b", "c", "d"], count // 4),
            "split": "test",
        }
    )
    scores, _ = measured(Features(np.ones((count, 3), dtype=np.float32), index))
    assert value_of(scores, encoder="ours", label=MACRO, k=10)["value"] == pytest.approx(
        0.25, abs=0.02
    )
    assert value_of(scores, encoder=CHANCE, label=MACRO, k=10)["value"] == pytest.approx(99 / 399)
    assert value_of(scores, encoder=ORDER, label=MACRO, k=10)["value"] > 0.9


def test_images_without_a_group_are_each_their_own():
    features = made(count=80)
    alone = Features(features.vectors, features.index.assign(group=pd.NA))
    named = Features(features.vectors, features.index.assign(group=features.index["image_id"]))
    one, other = measured(alone)[0], measured(named)[0]
    where = one["encoder"] == "ours"
    assert one["value"][where].to_numpy() == pytest.approx(other["value"][where].to_numpy())


def test_of_each_class_only_so_many_are_asked_with():
    features = made(count=300)
    few = SETTINGS.model_copy(update={"queries": 5})
    questions = questions_of(features.index, "split", few, 0)
    assert pd.Series(questions.labels[questions.queries]).value_counts().tolist() == [5] * 4
    assert set(questions.queries) <= set(questions_of(features.index, "split", SETTINGS, 0).queries)


def test_differences_are_paired():
    features = made(count=300, noise=1.5)
    questions = questions_of(features.index, "split", SETTINGS, 0)
    found = questions.nearest(features, 10)
    worse = questions.nearest(made(count=300, noise=50.0), 10)
    _, differences = retrieval_scores(
        questions, {"ours": found, "same": found, "worse": worse}, (1, 10), 300, 0
    )
    assert set(differences) == set(RETRIEVAL_DIFFERENCE_COLUMNS) - {"labels"}
    same = value_of(differences, baseline="same", label=MACRO, k=10)
    assert (same["value"], same["low"], same["high"], same["p_value"]) == (0, 0, 0, 1)
    gain = value_of(differences, baseline="worse", label=MACRO, k=10)
    assert 0 < gain["low"] < gain["value"] < gain["high"]
    assert gain["p_value"] < 0.01
    assert set(differences["baseline"]) == {"same", "worse", CHANCE}


def test_the_interval_is_that_of_queries_repeated_by_group():
    features = made(count=120, groups=25)
    questions = questions_of(features.index, "split", SETTINGS, 0)
    found = questions.nearest(features, 10)
    scores, _ = retrieval_scores(questions, {"ours": found}, (10,), 150, 3)
    precision = precision_at(questions, found, (10,))[:, 0]
    label, group = (each[questions.queries] for each in (questions.labels, questions.groups))
    names, number = np.unique(group, return_inverse=True)
    means = []
    for weights in resample_groups(len(names), 150, 3).astype(int):
        drawn = np.repeat(np.arange(len(label)), weights[number])
        means.append(pd.Series(precision[drawn]).groupby(label[drawn]).mean())
    each = pd.DataFrame(means)
    for name in each:
        row = value_of(scores, encoder="ours", label=name)
        assert (row["low"], row["high"]) == pytest.approx(interval(each[name].dropna()))
    macro = value_of(scores, encoder="ours", label=MACRO)
    assert (macro["low"], macro["high"]) == pytest.approx(interval(each.mean(axis=1)))


def test_classes_that_count_as_one():
    features = made(classes=3)
    questions = questions_of(features.index, "split", SETTINGS, 0)
    whole = counted_as_one(questions, {"both": ["class 0", "class 1"]})
    renamed = features.index.replace({"label": {"class 0": "both", "class 1": "both"}})
    found = questions.nearest(features, 10)
    scores, _ = retrieval_scores(whole, {"ours": found}, (10,), 100, 0)
    reference = slow_precision(Features(features.vectors, renamed), 10)
    for label, value in reference.items():
        assert value_of(scores, encoder="ours", label=label)["value"] == pytest.approx(value)
    with pytest.raises(RetrievalError, match="'class 2' is the name of a class"):
        counted_as_one(questions, {"class 2": ["class 0", "class 1"]})


def test_a_class_that_no_image_has_is_said(capsys):
    questions = questions_of(made().index, "split", SETTINGS, 0)
    counted_as_one(questions, {"both": ["class 0", "klass 1"]})
    assert "no image is of class 'klass 1'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("labels", "alike", "warned"),
    [
        (["anticlockwise", "clockwise", "merger"], {}, True),
        (["clockwise", "merger"], {}, False),
        (["anticlockwise", "clockwise"], {"spiral": ("clockwise", "anticlockwise")}, False),
        (["anticlockwise", "clockwise"], {"odd": ("clockwise", "merger")}, True),
    ],
)
def test_mirrors_and_both_senses_of_rotation_are_warned_of(labels, alike, warned):
    settings = RetrievalSettings(alike=alike)
    remarks = mirror_remarks(labels, ["simclr"], settings, "galaxies")
    assert len(remarks) == warned
    for part in ("galaxies.encoders.simclr.pretrain.views", "galaxies.reader.labels"):
        assert all(part in remark for remark in remarks)
    assert mirror_remarks(labels, [], settings, "galaxies") == []
