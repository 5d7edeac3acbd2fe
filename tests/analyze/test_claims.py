import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file
from test_seeds import write

from skyloom.analyze.claims import ClaimError, read_number, study_tables
from skyloom.settings.base import ConfigError
from skyloom.settings.claims import ALONE, INTERVAL, LACKING, RANGE, Number, StudyPlan, parse_claims

STUDY = {
    "config": "a.yaml",
    "survey": "mars",
    "data": "made",
    "hours": 1,
    "seeds": [1, 2],
    "steps": [{"targets": ["probes"]}],
    "tables": {
        "training": "mars/simclr/training.parquet",
        "weights": "mars/simclr/encoder.safetensors",
        "savings": "savings.csv",
    },
}


def left_by_two_seeds(folder):
    """Results of two seeds: training tables, encoders, a CSV with its own kind of spread."""
    seeds = [folder / "one", folder / "two"]
    for number, home in enumerate(seeds):
        (home / "mars" / "simclr").mkdir(parents=True)
        table = pd.DataFrame({"epoch": [1, 2], "share": [0.4, 0.3 + 0.1 * number]})
        table.to_parquet(home / "mars/simclr/training.parquet")
        weights = {"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float32)}
        save_file(weights, home / "mars/simclr/encoder.safetensors")
        (home / "savings.csv").write_text(
            "labels,quantity,value,low,high,spread\n"
            "rule,looked,40,36,44,least to most\n"
            "random,looked,20,18,26,\n"
        )
    return seeds


def number(**values):
    return Number(what="x", study="study", **values)


def test_the_last_row_of_each_seed_as_mean_with_least_and_most(tmp_path):
    tables = study_tables(StudyPlan.model_validate(STUDY), left_by_two_seeds(tmp_path))
    asked = number(table="training", pick="last", value="share", scale=100)
    found = read_number(asked, tables, 2)
    assert found["value"] == pytest.approx(35)
    assert (found["low"], found["high"]) == (pytest.approx(30), pytest.approx(40))
    assert found["spread"] == RANGE
    assert found["seeds"] == 2


def test_one_seed_keeps_the_interval_of_its_row(tmp_path):
    first, _ = left_by_two_seeds(tmp_path)
    tables = study_tables(StudyPlan.model_validate(STUDY), [first])
    asked = number(table="savings", where={"labels": "rule", "quantity": "looked"})
    found = read_number(asked, tables, 1)
    assert (found["value"], found["low"], found["high"]) == (40, 36, 44)
    assert found["spread"] == RANGE  # as the table says
    tables["savings"] = tables["savings"].drop(columns="spread")
    assert read_number(asked, tables, 1)["spread"] == INTERVAL
    without = tables["savings"].assign(low=np.nan, high=np.nan)
    assert read_number(asked, {"savings": without}, 1)["spread"] == LACKING
    counts = tables["savings"].drop(columns=["low", "high"])
    assert read_number(asked, {"savings": counts}, 1)["spread"] == ALONE


def test_the_row_nearest_to_a_number_of_each_seed(tmp_path):
    folders = left_by_two_seeds(tmp_path)
    for folder, counts in zip(folders, ([33, 333, 3335], [31, 341, 3412]), strict=True):
        factors = pd.DataFrame({"labels": counts, "value": [1.0, counts[1] / 100, 9.0], "p": 0.01})
        factors.to_csv(folder / "savings.csv", index=False)
    tables = study_tables(StudyPlan.model_validate(STUDY), folders)
    found = read_number(number(table="savings", near={"labels": 333}, p="p"), tables, 2)
    assert (found["low"], found["high"]) == (3.33, 3.41)
    assert np.isnan(found["p"]), "each seed has one of its own"
    tables = study_tables(StudyPlan.model_validate(STUDY), folders[1:])
    alone = read_number(number(table="savings", near={"labels": 333}, p="p"), tables, 1)
    assert (alone["value"], alone["p"]) == (3.41, 0.01)


def test_a_row_is_taken_off_that_of_its_own_seed(tmp_path):
    folders = left_by_two_seeds(tmp_path)
    (folders[1] / "savings.csv").write_text(
        "labels,quantity,value,low,high\nrule,looked,50,1,2\nrandom,looked,35,1,2\n"
    )
    where = {"labels": "random", "quantity": "looked"}
    asked = number(table="savings", where=where, less={"labels": "rule"}, scale=10)
    tables = study_tables(StudyPlan.model_validate(STUDY), folders)
    found = read_number(asked, tables, 2)
    assert (found["value"], found["low"], found["high"]) == (-175, -200, -150)
    tables = study_tables(StudyPlan.model_validate(STUDY), folders[:1])
    found = read_number(asked, tables, 1)
    assert (found["value"], found["spread"]) == (-200, LACKING)
    assert np.isnan(found["low"])


def test_a_main_encoder_gives_curves_and_differences_over_all_seeds(tmp_path):
    folders = left_by_two_seeds(tmp_path)
    right = [
        [write(folder, name, share, seed) for seed, folder in enumerate(folders)]
        for name, share in (("better", 0.8), ("worse", 0.6))
    ]
    tables = study_tables(StudyPlan.model_validate({**STUDY, "main": "better"}), folders)
    where = {"baseline": "worse", "metric": "accuracy", "fraction": 1.0}
    found = read_number(number(table="differences", where=where, p="p_value"), tables, 2)
    assert found["value"] == pytest.approx(np.mean(right[0]) - np.mean(right[1]))
    assert found["low"] < found["value"] < found["high"]
    assert found["spread"] == INTERVAL
    assert found["p"] < 0.01


def test_parameters_are_counted_in_the_encoder(tmp_path):
    tables = study_tables(StudyPlan.model_validate(STUDY), left_by_two_seeds(tmp_path))
    found = read_number(number(table="weights", value="parameters"), tables, 2)
    assert found["value"] == 17


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"table": "savings", "where": {"labels": "none"}}, "0 rows of table savings"),
        ({"table": "training", "value": "share"}, "4 rows of table training"),
        ({"table": "savings", "value": "nothing"}, "has no column 'nothing'; it has labels,"),
        ({"table": "savings", "where": {"colour": "red"}}, "has no column 'colour'"),
    ],
)
def test_a_number_that_is_not_one_cell_is_refused(tmp_path, asked, said):
    tables = study_tables(StudyPlan.model_validate(STUDY), left_by_two_seeds(tmp_path))
    with pytest.raises(ClaimError, match=said):
        read_number(number(**asked), tables, 2)


def claims_about(*numbers):
    claim = {"title": "t", "paper": "p", "protocol": "q", "numbers": list(numbers)}
    return {"studies": {"study": STUDY}, "papers": {"Mars": [claim]}}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([{"what": "x", "study": "stud", "table": "savings"}], "Did you mean 'study'"),
        ([{"what": "x", "study": "study", "table": "saving"}], "Did you mean 'savings'"),
        ([{"what": "x", "study": "study", "table": "curves"}], "no table 'curves'"),
        ([{"what": "x", "study": "study", "table": "savings", "abov": 1}], "Did you mean 'above'"),
        ([{"what": "x", "study": "study", "table": "savings"}] * 2, "several numbers are called"),
    ],
)
def test_a_wrong_file_of_claims_is_refused_by_name(numbers, said):
    with pytest.raises(ConfigError, match=said):
        parse_claims(claims_about(*numbers), "claims.yaml")


def test_a_step_is_one_thing():
    values = claims_about({"what": "x", "study": "study", "table": "savings"})
    values["studies"] = {"study": {**STUDY, "steps": [{"targets": ["a"], "run": ["b"]}]}}
    with pytest.raises(ConfigError, match="either targets or run"):
        parse_claims(values, "claims.yaml")
