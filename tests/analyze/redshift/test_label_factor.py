import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from skyloom.analyze.redshift.label_factor import LabelCurve, LabelFactorError, label_factor

LABELS = np.array([100, 200, 500, 1000, 2000, 5000, 10000])


def power_law(factor=1.0, replicates=200, noise=0.0, labels=LABELS, seed=0):
    """sigma = 0.1 (labels / factor)^-0.4, with noise."""
    rng = np.random.default_rng(seed)
    sigma = 0.1 * (labels / factor) ** -0.4
    return LabelCurve(labels, sigma * np.exp(noise * rng.normal(size=(replicates, len(labels)))))


def test_a_known_factor():
    found = label_factor(power_law(), power_law(3.0)).set_index("labels")
    inside = found.loc[:2000]
    assert inside["factor"].tolist() == pytest.approx([3.0] * 5)
    assert (inside["bound"] == "").all()
    assert inside["low"].tolist() == pytest.approx([3.0] * 5)
    assert (inside["within"] == 1).all()
    assert inside["sigma"].tolist() == pytest.approx((0.1 * LABELS[:5] ** -0.4).tolist())


def test_out_of_reach_is_a_bound_and_not_extrapolated():
    found = label_factor(power_law(), power_law(3.0)).set_index("labels")
    assert found.loc[[5000, 10000], "factor"].tolist() == pytest.approx([2.0, 1.0])
    ends = found.loc[[5000, 10000], ["bound", "low_bound", "high_bound"]]
    assert (ends == "at least").all(axis=None)
    assert (found.loc[[5000, 10000], "within"] == 0).all()
    found = label_factor(power_law(3.0), power_law()).set_index("labels")
    assert found.loc[[100, 200], "factor"].tolist() == pytest.approx([1.0, 0.5])
    assert (found.loc[[100, 200], "bound"] == "at most").all()
    assert found.loc[1000, "factor"] == pytest.approx(1 / 3)


def test_the_interval_covers_the_factor_about_as_often_as_it_says():
    covered = 0
    for seed in range(60):
        # One study sees one noisy curve each; its bootstrap scatters about that by as much.
        rng = np.random.default_rng(seed)
        shifts = 0.03 * rng.normal(size=(2, len(LABELS)))
        curves = [
            LabelCurve(LABELS, power_law(f, 200, 0.03, seed=10 * seed + f).sigma * np.exp(shift))
            for f, shift in zip((1, 3), shifts, strict=True)
        ]
        row = label_factor(*curves).set_index("labels").loc[1000]
        assert row["low"] < row["factor"] < row["high"]
        covered += row["low"] <= 3 <= row["high"]
    assert covered >= 52


def test_half_of_the_replicates_out_of_reach():
    found = label_factor(power_law(noise=0.15), power_law(3.0, noise=0.15, seed=1))
    row = found.set_index("labels").loc[5000]
    assert row["high_bound"] == "at least"
    assert row["high"] == pytest.approx(2.0)
    assert row["low_bound"] == ""
    assert row["low"] < 2.0
    assert 0 < row["within"] < 0.5


def test_curves_that_rise_are_made_monotone():
    labels = np.array([10, 20, 40, 80])
    curve = LabelCurve(labels, np.array([[0.8, 0.2, 0.4, 0.1]]))
    assert np.exp(curve.monotone()[0]).tolist() == pytest.approx([0.8, 0.08**0.5, 0.08**0.5, 0.1])
    steady = LabelCurve(labels, np.array([[0.7, 0.2829, 0.2, 0.1]]))
    found = label_factor(steady, curve)
    # Of the flat part its fewest labels count; past it the line starts at its most.
    assert found["factor"][1] == pytest.approx(1.0, abs=1e-3)
    part = np.log(0.08**0.5 / 0.2) / np.log(0.08**0.5 / 0.1)
    assert found["factor"][2] == pytest.approx(2**part)
    assert found["factor"][3] == pytest.approx(1.0)


def test_monotone_against_scikit_learn():
    curve = power_law(noise=0.5, replicates=30)
    fit = IsotonicRegression(increasing=False).fit_transform
    expected = [fit(np.arange(len(LABELS)), row) for row in np.log(curve.sigma)]
    np.testing.assert_allclose(curve.monotone(), expected, atol=1e-12)


def test_other_numbers_of_labels():
    many = power_law(2.0, labels=np.array([50, 700, 40000]))
    found = label_factor(power_law(), many)
    assert found["factor"].tolist() == pytest.approx([2.0] * 7)


@pytest.mark.parametrize(
    ("labels", "sigma", "said"),
    [
        ([10], [[0.1]], "two or more ascending"),
        ([20, 10], [[0.1, 0.2]], "two or more ascending"),
        ([10, 20], [[0.1, 0.2, 0.3]], "sigma_MAD of shape \\(1, 3\\)"),
        ([10, 20], [[0.1, 0.2], [0.1, np.nan]], "replicate 1 with 20 labels is nan"),
        ([10, 20], [[0.0, 0.2]], "replicate 0 with 10 labels is 0.0"),
    ],
)
def test_no_curves(labels, sigma, said):
    with pytest.raises(LabelFactorError, match=said):
        LabelCurve(np.array(labels), np.array(sigma))


def test_replicates_must_pair():
    with pytest.raises(LabelFactorError, match="10 and 11 replicates"):
        label_factor(power_law(replicates=10), power_law(replicates=11))
