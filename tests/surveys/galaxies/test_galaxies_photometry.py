"""Magnitudes measured on cut-outs, against what was drawn, and those of catalogues."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from galaxy_files import (
    FIELD,
    SMALL,
    calibrated,
    cube,
    frame_members,
    labels,
    no_noise,
    npz,
    one_file,
    opened,
    packed,
)
from numpy.typing import NDArray

from skyloom.surveys.galaxies import cutout_files
from skyloom.surveys.galaxies.conditions import draw_conditions
from skyloom.surveys.galaxies.cutout_files import CutoutSet
from skyloom.surveys.galaxies.drawing import add_noise, add_source, drawn, point
from skyloom.surveys.galaxies.dust import R, deredden
from skyloom.surveys.galaxies.photometry import MAGNITUDES, asinh_magnitudes, measure
from skyloom.surveys.galaxies.population import Part

NORTH_UP = np.array([[-0.396, 0.0], [0.0, 0.396]])
FLUX = np.array([20.0, 80.0, 170.0, 240.0, 310.0])
DISK = Part(FLUX, 2.5, 1.0, 0.7, 40.0)
BULGE = Part(FLUX, 2.5, 4.0, 0.8, 40.0)


def seen(part: Part, *, noisy: bool = False, number: int = 0) -> NDArray[np.float32]:
    """Return a cut-out (5, 107, 107) of a galaxy, each band with its own seeing."""
    rng = np.random.default_rng(number)
    conditions = draw_conditions(rng)
    image, light = np.zeros((5, 107, 107), np.float32), [drawn(part, NORTH_UP)]
    for band in range(5):
        sigma = float(conditions.seeing[band])
        add_source(image[band], light, part.flux[[band]], (53.0, 53.0), sigma)
        if noisy:
            image[band] = add_noise(image[band], band, conditions, rng)
    return image


@pytest.mark.parametrize("part", [DISK, BULGE, replace(DISK, axis_ratio=0.2)])
def test_drawn_light_holds_the_flux_of_every_band(part: Part):
    assert seen(part).sum(axis=(1, 2)) == pytest.approx(FLUX, rel=0.01)


@pytest.mark.parametrize(("part", "lost"), [(DISK, 0.02), (BULGE, 0.12)])
def test_known_flux_and_colour_come_back_without_noise(part: Part, lost: float):
    magnitude = asinh_magnitudes(measure(seen(part))) - asinh_magnitudes(FLUX)
    assert -0.005 < magnitude[2] < -2.5 * np.log10(1 - lost)
    assert magnitude - magnitude[2] == pytest.approx(np.zeros(5), abs=0.04)


def test_noise_of_the_survey_scatters_the_magnitudes_by_little():
    faint = replace(DISK, flux=FLUX / 2)  # r = 17.7, the faint end of the sample
    found = np.array(
        [asinh_magnitudes(measure(seen(faint, noisy=True, number=n))) for n in range(40)]
    )
    offset = np.median(found, axis=0) - asinh_magnitudes(faint.flux)
    assert np.abs(offset[1:]).max() < 0.06
    assert (found.std(axis=0) < [0.2, 0.05, 0.05, 0.05, 0.08]).all()


@pytest.mark.parametrize("place", [(30.0, 61.0), (70.3, 40.0), (53.0, 80.0)])
def test_a_neighbour_changes_nothing_much(place: tuple[float, float]):
    alone = seen(DISK)
    crowded = alone.copy()
    for band in range(5):
        add_source(crowded[band], [point()], np.array([60.0]), place, 1.4)
    change = asinh_magnitudes(measure(crowded)) - asinh_magnitudes(measure(alone))
    assert np.abs(change).max() < 0.04


def test_negative_flux_has_a_magnitude_and_an_empty_cutout_one_near_the_limit():
    image = seen(DISK)
    image[0] *= -0.02
    faintest = asinh_magnitudes(np.zeros(5))
    assert asinh_magnitudes(measure(image))[0] > faintest[0] == pytest.approx(24.63, abs=0.01)
    noise = np.random.default_rng(0).normal(0, 0.03, (5, 107, 107)).astype(np.float32)
    assert (asinh_magnitudes(measure(noise)) > 21).all()
    assert asinh_magnitudes(measure(np.zeros((5, 64, 64)))) == pytest.approx(faintest)


def test_asinh_magnitudes_are_the_usual_ones_of_bright_sources():
    assert asinh_magnitudes(FLUX) == pytest.approx(22.5 - 2.5 * np.log10(FLUX), abs=0.002)


def test_the_index_has_magnitudes_of_every_ugriz_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cutout_files, "add_noise", no_noise)
    monkeypatch.setattr(cutout_files, "draw_conditions", calibrated)
    settings = SMALL.model_copy(update={"neighbours": 0})
    placed = CutoutSet("cutouts", settings, 1).galaxies
    truth = np.array([asinh_magnitudes(one.galaxy.flux) for one in placed])
    single = [one.galaxy.morphology != "merger" for one in placed]
    for name in ("sdss.h5", "sdss.npz"):
        (tmp_path / name).write_bytes(one_file(name, settings))
        archive = opened(tmp_path / name, main_sample="all")
        found = np.array(
            [[archive.read(o).covariates[m] for m in MAGNITUDES] for o in archive.offers]
        )
        assert np.abs(found - truth)[single, 2].max() < 0.2
        assert np.abs(found - found[:, [2]] - truth + truth[:, [2]])[single, 1:].max() < 0.12


def test_magnitudes_are_without_dust_even_where_the_pixels_are_not(tmp_path: Path):
    path = tmp_path / "sdss.h5"
    path.write_bytes(one_file("sdss.h5"))
    bare, dusty = opened(path), opened(path, deredden=False)
    offer = bare.offers[0]
    assert bare.read(offer).covariates == dusty.read(offer).covariates
    ebv = offer.covariates["ebv"]
    assert isinstance(ebv, float)
    expected = measure(deredden(dusty.read(offer).pixels, ebv))
    assert list(bare.read(offer).covariates.values()) == pytest.approx(asinh_magnitudes(expected))


def test_without_extinction_there_are_no_magnitudes(tmp_path: Path):
    table = labels(2, EBV=np.array([np.nan, 0.1]))
    archive = opened(npz(tmp_path / "a.npz", cube=cube(2), labels=table), deredden=False)
    without, known = (archive.read(offer).covariates for offer in archive.offers)
    assert without == dict.fromkeys(MAGNITUDES)
    assert all(isinstance(known[name], float) for name in MAGNITUDES)


def test_model_magnitudes_of_a_catalogue_are_given_before_dust(tmp_path: Path):
    members = frame_members(FIELD)
    table = members[f"catalogue-{FIELD}.csv"].decode().splitlines()
    row = dict(zip(table[1].split(","), map(str, table[2].split(",")), strict=True))
    offer = opened(packed(tmp_path / "raw.zip", members)).offers[0]
    for number, band in enumerate("ugriz"):
        expected = float(row[f"modelMag_{band}"]) - float(row[f"extinction_{band}"])
        assert offer.covariates[f"model_mag_{band}"] == pytest.approx(expected)
        assert float(row[f"extinction_{band}"]) == pytest.approx(
            R[number] * float(str(offer.covariates["ebv"])), rel=1e-3
        )


def test_catalogues_without_model_magnitudes_have_no_such_columns(tmp_path: Path):
    archive = opened(npz(tmp_path / "a.npz", cube=cube(2), labels=labels(2)))
    assert not [name for name in archive.offers[0].covariates if name.startswith("model")]
