"""Predictions out of fold: what was seen cannot enter."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skyloom.relabel.crossfit import CrossfitError, fit_features, member_of, parts_of, task_of
from skyloom.relabel.folds import FoldError, folds_of
from skyloom.relabel.out_of_fold import (
    InSampleError,
    Member,
    OutOfFold,
    describe,
    read_member,
    write_member,
)
from skyloom.settings.relabel import ClassifierSettings, RelabelSettings


def _member(name: str, ids: list[str], values: list[float], **more) -> Member:
    said = {"classes": ("no", "yes"), "seen": frozenset({"g9"}), **more}
    return Member(
        name=name,
        image_id=np.array(ids),
        group=np.array([f"g{one}" for one in ids]),
        probabilities=np.array([[1 - value, value] for value in values], np.float32),
        **said,
    )


def test_a_member_that_has_seen_a_group_is_refused() -> None:
    with pytest.raises(InSampleError, match="model 0-1 was trained on the group 'g9'"):
        _member("0-1", ["1", "9"], [0.2, 0.3])


def test_a_file_about_seen_groups_is_refused(tmp_path: Path) -> None:
    member = _member("0-1", ["1", "2"], [0.2, 0.3])
    write_member(tmp_path / "a.parquet", member)
    found = read_member(tmp_path / "a.parquet")
    assert (found.name, found.classes, found.seen) == ("0-1", ("no", "yes"), {"g9"})
    np.testing.assert_array_equal(found.probabilities, member.probabilities)
    object.__setattr__(member, "seen", frozenset({"g2"}))
    write_member(tmp_path / "b.parquet", member)
    with pytest.raises(InSampleError, match="g2"):
        read_member(tmp_path / "b.parquet")


def test_members_join_to_mean_and_deviation() -> None:
    found = OutOfFold.of(
        [
            _member("0-0", ["b", "a"], [0.2, 0.9]),
            _member("0-1", ["a", "b"], [0.7, 0.6]),
            _member("1-0", ["c"], [0.5]),
        ]
    )
    assert found.image_id.tolist() == ["a", "b", "c"]
    assert found.models.tolist() == [2, 2, 1]
    np.testing.assert_allclose(found.mean[:, 1], [0.8, 0.4, 0.5], atol=1e-6)
    np.testing.assert_allclose(found.deviation[:, 1], [0.1, 0.2, 0], atol=1e-6)
    rows = describe(found, np.array(["b", "a"]))
    assert rows["predicted"].tolist() == ["no", "yes"]


def test_members_of_different_labels_do_not_join() -> None:
    with pytest.raises(InSampleError, match="different classes or labels"):
        OutOfFold.of(
            [_member("0-0", ["a"], [0.2]), _member("1-0", ["b"], [0.2], labels_sha256="other")]
        )


def test_an_image_without_prediction_is_named() -> None:
    found = OutOfFold.of([_member("0-0", ["a", "c"], [0.2, 0.1])])
    with pytest.raises(InSampleError, match="the first is b"):
        found.rows_of(np.array(["a", "b"]))


def _index(count: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"i{place:02d}" for place in range(count)],
            "group": [f"g{place // 2}" for place in range(count)],
            "split": ["test" if place >= 54 else "train" for place in range(count)],
            "month_pair": [f"{place // 2 % 4}" for place in range(count)],
        }
    )


def test_groups_stay_whole_and_folds_stay_the_same_when_data_are_added() -> None:
    folds = folds_of(_index(), 5, None, 0)
    assert set(folds) == set(range(5))
    np.testing.assert_array_equal(folds[0::2], folds[1::2])
    np.testing.assert_array_equal(folds_of(_index(200), 5, None, 0)[:60], folds)
    assert (folds_of(_index(), 5, None, 1) != folds).any()


def test_a_column_can_say_the_folds() -> None:
    assert folds_of(_index(), 4, "month_pair", 0)[:8].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    with pytest.raises(FoldError, match=r"has 4 values .* expected relabel\.folds = 5"):
        folds_of(_index(), 5, "month_pair", 0)
    with pytest.raises(FoldError, match="Did you mean 'month_pair'"):
        folds_of(_index(), 4, "month_pairs", 0)
    torn = _index().assign(group="g")
    with pytest.raises(FoldError, match="splits the group g"):
        folds_of(torn, 4, "month_pair", 0)


def test_a_fold_that_no_group_fell_into_is_named() -> None:
    index = _index().assign(split="train")
    labels = index[["image_id"]].assign(label=["no", "yes"] * 30, fold=[0, 1, 2] * 20)
    task = task_of(index, labels, np.arange(60, dtype=np.uint64), "sha")
    settings = RelabelSettings(folds=4, applied=())
    with pytest.raises(CrossfitError, match=r"model 3-0 .* no group fell into fold 3 of 4.*fewer"):
        parts_of(task, 3, 0, settings)


def _task():
    index = _index()
    labels = pd.DataFrame(
        {
            "image_id": index["image_id"][:54],
            "label": ["yes" if place % 2 else "no" for place in range(54)],
            "fold": folds_of(index[:54], 4, "month_pair", 0),
        }
    )
    return task_of(index, labels, np.arange(60, dtype=np.uint64), "sha")


@pytest.mark.parametrize("kind", ["features", "frames"])
def test_every_image_is_predicted_by_models_that_saw_neither_it_nor_its_group(kind: str) -> None:
    settings = RelabelSettings(folds=4, seeds=3, classifier=ClassifierSettings(kind=kind))
    task = _task()
    predicted = np.zeros(60, int)
    checks = set()
    for fold in range(4):
        for seed in range(3):
            parts = parts_of(task, fold, seed, settings)
            assert not set(parts.train) & set(parts.check)
            assert set(task.fold[parts.predict]) == {fold, -1}
            assert fold not in task.fold[np.concatenate([parts.train, parts.check])]
            checks |= {(fold, int(one)) for one in task.fold[parts.check]}
            member_of(task, parts, f"{fold}-{seed}", np.ones((len(parts.predict), 2), np.float32))
            predicted[parts.predict] += 1
    assert set(predicted[:54]) == {3}
    assert set(predicted[54:]) == {12}
    # every seed is stopped by another fold
    assert len(checks) == (12 if kind == "frames" else 0)


def test_labels_of_one_class_are_refused() -> None:
    task = _task()
    task.numbers[task.numbers == 1] = 0
    with pytest.raises(CrossfitError, match=r"of 1 class\(es\)"):
        parts_of(task, 0, 0, RelabelSettings(folds=4))


def test_the_regression_learns_and_leaves_absent_classes_without_probability() -> None:
    task = _task()
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors[:, 0] += 4 * task.numbers
    settings = RelabelSettings(folds=4)
    parts = parts_of(task, 1, 0, settings)
    found, weights = fit_features(vectors, task, parts, settings.classifier, "0/1-0")
    own = task.numbers[parts.predict] >= 0
    assert (found.argmax(axis=1)[own] == task.numbers[parts.predict][own]).mean() > 0.8
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    again, _ = fit_features(vectors, task, parts, settings.classifier, "0/1-0")
    np.testing.assert_array_equal(found, again)
    other, _ = fit_features(vectors, task, parts, settings.classifier, "0/1-1")
    assert (found != other).any()
    assert weights["weight"].shape == (1, 8)
