"""Columns by which scores of redshifts are split."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skyloom.analyze.redshift.draw import RedshiftError
from skyloom.stages.redshift_scores import _strata

INDEX = pd.DataFrame({"target": np.linspace(0, 1, 20), "mag_r": np.arange(20.0), "name": "x"})


def strata(magnitude, reddening):
    return _strata(
        SimpleNamespace(settings={"magnitude": magnitude, "reddening": reddening}), INDEX
    )


def test_strata_are_bins_of_equal_count():
    found = strata("mag_r", None)
    assert list(found) == ["redshift", "mag_r"]
    assert (found["mag_r"].value_counts() == 4).all()


@pytest.mark.parametrize(
    ("columns", "key"), [(("mag_g", None), "magnitude"), (("mag_r", "name"), "reddening")]
)
def test_the_key_that_names_no_column_is_told(columns, key):
    with pytest.raises(RedshiftError, match=f"redshift.{key} names"):
        strata(*columns)
