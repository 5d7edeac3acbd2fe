"""Which galaxies a model learns from, and its vectors."""

import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.redshift.draw import RedshiftError, bands_of, magnitudes_of, rows_of
from skyloom.label_draws import Draw
from skyloom.settings.redshift import ToldSettings


def made_index(count=100):
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 0.4, count)
    target[::10] = np.nan
    split = np.where(np.arange(count) < 60, "train", "test")
    return pd.DataFrame(
        {
            "split": split,
            "target": target,
            "original": [f"o{number}" for number in range(count)],
            "mag_r": rng.uniform(15, 18, count),
            "name": "x",
        }
    )


def test_draws_are_nested_and_differ_by_their_number():
    index, settings = made_index(), ToldSettings()
    small, large = (rows_of(index, settings, Draw(share, 0), 7) for share in (0.1, 0.5))
    assert len(small.train) == 5
    assert len(large.train) == 27
    assert set(small.train) < set(large.train)
    other = rows_of(index, settings, Draw(0.1, 1), 7)
    assert set(other.train) != set(small.train)
    assert len(small.pool) == 60, "images without redshift belong to the pool"
    assert index["target"].iloc[small.scored].notna().all()
    assert set(index["split"].iloc[small.scored]) == {"test"}


@pytest.mark.parametrize(("key", "split"), [("train", "val"), ("scored", "unlisted")])
def test_no_redshift_where_one_must_be(key, split):
    settings = ToldSettings(**{key: (split,)})
    with pytest.raises(RedshiftError, match=rf"no image of the split\(s\) {split}.*redshift.{key}"):
        rows_of(made_index(), settings, Draw(1.0, 0), 0)


def test_dust_dims_one_column_per_band():
    index, extinction = made_index(), (3.3, 2.3)
    one = ToldSettings(photometry=("mag_r",))
    said = r"redshift.photometry names 1 column\(s\), mag_r; dust dims 2 bands"
    with pytest.raises(RedshiftError, match=said):
        bands_of(index, one, extinction)
    both = ToldSettings(photometry=("mag_r", "target"))
    without = ToldSettings(photometry=("mag_r",), dust=())
    for settings, bands, width in ((both, extinction, 2), (one, (), 1), (without, extinction, 1)):
        assert bands_of(index, settings, bands).shape == (100, width)


def test_magnitudes_are_columns_of_numbers():
    index = made_index()
    assert magnitudes_of(index, ("mag_r",)).shape == (100, 1)
    for column in ("mag_g", "name"):
        with pytest.raises(RedshiftError, match=f"names '{column}', which is no column of numbers"):
            magnitudes_of(index, ("mag_r", column))
    with pytest.raises(RedshiftError, match=r"redshift\.reddening names 'ebv'"):
        magnitudes_of(index, ("ebv",), "reddening")
