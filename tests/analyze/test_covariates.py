import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.covariates import CovariateError, covariates_of, looks
from skyloom.settings.enrich import EnrichSettings

START = pd.Timestamp("2015-03-18", tz="UTC")


def images(count=40):
    place = np.arange(count)
    return pd.DataFrame(
        {
            "image_id": [f"i{n}" for n in place],
            "time": START + pd.to_timedelta(place, unit="h"),
            "group": "g",
            "target": np.nan,
            "station": np.where(place % 2, "gill", "atha"),
            "latitude": 56.0 + place % 2,
            "source_name": [f"file{n}" for n in place],
            "split_grouped": "train",
        }
    )


def settings(**said):
    return EnrichSettings(**said)


def names(table):
    return [(look.covariate, look.value) for look in looks(table)]


def test_columns_of_the_index_and_of_the_time(capsys):
    found = names(covariates_of(images(), settings()))
    assert ("latitude", "") in found
    assert ("station", "atha") in found
    assert ("station", "gill") not in found  # its opposite says the same
    assert ("hour", "20-24 h") in found
    assert not any(name.startswith("split") for name, _ in found)
    said = capsys.readouterr().out
    assert "target" in said
    assert "source_name" in said
    assert "month" in said  # all in March


def test_a_table_joins_by_time_the_last_row_that_is_not_after(tmp_path):
    table = pd.DataFrame({"time": [START, START + pd.Timedelta("6h")], "kp": [1.0, 7.0]})
    table.to_parquet(tmp_path / "kp.parquet")
    said = settings(covariates=tmp_path / "kp.parquet", within_seconds=7200)
    found = covariates_of(images().sample(frac=1, random_state=0), said)
    by_image = pd.Series(
        found["kp"].to_numpy(), index=images().sample(frac=1, random_state=0).index
    )
    assert list(by_image.sort_index()[:10].fillna(-1)) == [1, 1, 1, -1, -1, -1, 7, 7, 7, -1]


def test_a_table_joins_by_image(tmp_path):
    pd.DataFrame({"image_id": ["i3", "i1"], "speed": [300.0, 100.0]}).to_parquet(
        tmp_path / "t.parquet"
    )
    found = covariates_of(images(), settings(covariates=tmp_path / "t.parquet"))
    assert list(found["speed"][:4].fillna(-1)) == [-1, 100, -1, 300]


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ({"image_id": ["i1", "i1"], "x": [1, 2]}, "'i1' stands there twice"),
        ({"image_id": ["other"], "x": [1.0]}, "no row of"),
        ({"when": [1], "x": [1.0]}, "neither image_id nor time; it has when, x"),
    ],
)
def test_tables_that_do_not_fit(tmp_path, table, part):
    pd.DataFrame(table).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(CovariateError, match=part):
        covariates_of(images(), settings(covariates=tmp_path / "t.parquet"))


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(CovariateError, match=r"no covariate 'lattitude'\. Did you mean 'latitude'"):
        covariates_of(images(), settings(columns=("lattitude",)))
    with pytest.raises(CovariateError, match="is not there"):
        covariates_of(images(), settings(covariates=tmp_path / "absent.parquet"))
    only = covariates_of(images(), settings(columns=("latitude",)))
    assert list(only.columns) == ["latitude"]


def test_rare_values_are_pooled():
    values = pd.Series([f"v{n % 40:02d}" for n in range(400)])
    found = names(pd.DataFrame({"x": values}))
    assert len(found) == 31
    assert ("x", "other") in found
