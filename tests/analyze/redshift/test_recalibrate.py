from dataclasses import replace

import numpy as np
import pytest
from made_pdfs import calibrated, gaussian

from skyloom.analyze.redshift.estimates import mean
from skyloom.analyze.redshift.metrics import cde_loss, crps, pit
from skyloom.analyze.redshift.pdfs import PdfError
from skyloom.analyze.redshift.recalibrate import (
    CELLS,
    ENDS,
    HeldOut,
    recalibrate,
    recalibrate_locally,
)
from skyloom.analyze.redshift.uniformity import kolmogorov_smirnov, p_values


def renamed(pdfs):
    return replace(pdfs, image_id=np.char.add("held", pdfs.image_id))


def blurred(pdfs, sigma):
    return gaussian(mean(pdfs), np.full(len(pdfs), sigma))


def test_calibrated_pdfs_stay_as_they_are_up_to_noise():
    shown, truth = calibrated(500)
    for count in (1000, 9000):
        others, other_truth = calibrated(count, seed=1)
        found = recalibrate(shown, HeldOut.of(renamed(others), other_truth))
        moved = np.abs(found.cumulative() - shown.cumulative()).max()
        assert moved < 1.63 / np.sqrt(count)  # 99 % of KS statistics of uniform PITs
    assert crps(found, truth).mean() == pytest.approx(crps(shown, truth).mean(), rel=0.01)


def test_against_a_plain_map():
    pdfs, _ = calibrated(200)
    others, other_truth = calibrated(300, seed=1)
    held = HeldOut.of(blurred(renamed(others), 0.04), other_truth)
    held = replace(held, image_id=renamed(others).image_id)
    found = recalibrate(pdfs, held)
    counts = np.histogram(held.pits, ENDS)[0] + CELLS * np.diff(ENDS)
    levels = np.append(0, np.cumsum(counts)) / counts.sum()
    for row in range(0, 200, 37):
        mapped = np.interp(pdfs.cumulative()[row], ENDS, levels)
        np.testing.assert_allclose(found.cumulative()[row], mapped, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.012, 0.04])
def test_wrong_widths_are_mended(sigma):
    pdfs, truth = calibrated(2000)
    others, other_truth = calibrated(4000, seed=1)
    wrong = blurred(pdfs, sigma)
    held = blurred(others, sigma)
    found = recalibrate(wrong, HeldOut.of(renamed(held), other_truth))
    before, after = np.sort(pit(wrong, truth)), np.sort(pit(found, truth))
    assert p_values(before)["ks_p"] < 1e-6
    assert kolmogorov_smirnov(after) < 0.04
    assert crps(found, truth).mean() < crps(wrong, truth).mean()
    assert cde_loss(found, truth).mean() < cde_loss(wrong, truth).mean()


def test_local_recalibration_mends_what_global_cannot():
    """Half of the galaxies have PDFs too narrow, half too wide; a feature tells which."""
    pdfs, truth = calibrated(2000)
    others, other_truth = calibrated(4000, seed=1)

    def half(these):
        wide = np.arange(len(these)) % 2 == 0
        features = np.where(wide, 10.0, 0.0)[:, None] + np.arange(len(these))[:, None] * 1e-4
        return gaussian(mean(these), np.where(wide, 0.04, 0.012)), features.astype(np.float32)

    (wrong, features), (held, held_features) = half(pdfs), half(others)
    held_out = HeldOut.of(renamed(held), other_truth)
    everywhere = recalibrate(wrong, held_out)
    locally = recalibrate_locally(wrong, features, held_out, held_features, 400)
    loss = {name: crps(p, truth).mean() for name, p in (("all", everywhere), ("near", locally))}
    assert loss["near"] < 0.99 * loss["all"]
    assert kolmogorov_smirnov(np.sort(pit(locally, truth)[::2])) < 0.05
    assert kolmogorov_smirnov(np.sort(pit(everywhere, truth)[::2])) > 0.1


def test_never_by_its_own_truth():
    pdfs, truth = calibrated(50)
    with pytest.raises(PdfError, match="50 galaxies are both recalibrated and held out"):
        recalibrate(pdfs, HeldOut.of(pdfs, truth))
    features = np.zeros((50, 2), dtype=np.float32)
    with pytest.raises(PdfError, match="Fit the recalibration on another split"):
        recalibrate_locally(pdfs, features, HeldOut.of(pdfs, truth), features, 5)
