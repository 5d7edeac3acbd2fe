"""HDF5 files of the companion code."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from galaxy_files import SMALL, one_file, opened, reason

from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.galaxies import hdf5
from skyloom.surveys.galaxies.dust import R_DR12, R, deredden


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "sdss.h5"
    file.write_bytes(one_file("sdss.h5"))
    return file


def test_images_and_redshifts_are_those_of_the_file(path: Path):
    archive = opened(path, deredden=False)
    with h5py.File(path) as file:
        assert file["images"].shape == (6, 5, 107, 107)
        for row, offer in enumerate(archive.offers):
            assert offer.image_id == str(file["ObjID"][row])
            assert offer.target == file["specz_redshift"][row]
            np.testing.assert_array_equal(archive.read(offer).pixels, file["images"][row])


def test_five_extinctions_become_one_reddening(path: Path):
    with h5py.File(path, "a") as file:
        file["e_bv"][2] = R_DR12 * 0.3
        image = file["images"][2]
    archive = opened(path)
    offer = archive.offers[2]
    assert offer.covariates["ebv"] == pytest.approx(0.3)
    np.testing.assert_allclose(archive.read(offer).pixels, deredden(image, 0.3), rtol=1e-6)


def test_a_single_reddening_per_galaxy_is_taken_as_it_is(path: Path):
    with h5py.File(path, "a") as file:
        del file["e_bv"]
        file["e_bv"] = np.full(6, 0.12)
    assert opened(path).offers[0].covariates["ebv"] == pytest.approx(0.12)


def test_small_blocks_read_the_same_as_one(path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = opened(path)
    expected = [whole.read(offer).sha256 for offer in whole.offers]
    monkeypatch.setattr(hdf5, "_BLOCK_BYTES", 500_000)
    parts = opened(path)
    assert [parts.read(offer).sha256 for offer in parts.offers] == expected
    assert len(set(expected)) == 6


@pytest.mark.parametrize("key", hdf5.KEYS)
def test_a_missing_key_is_named(path: Path, key: str):
    with h5py.File(path, "a") as file:
        del file[key]
    with pytest.raises(UnreadableArchiveError, match=rf"sdss\.h5 has no {key}; found "):
        opened(path)


def test_keys_of_other_lengths_are_refused(path: Path):
    with h5py.File(path, "a") as file:
        del file["ra"]
        file["ra"] = np.zeros(4)
    with pytest.raises(UnreadableArchiveError, match="images has 6 rows, ra 4"):
        opened(path)


def test_other_bands_are_refused(path: Path):
    with h5py.File(path, "a") as file:
        del file["images"]
        file["images"] = np.zeros((6, 3, 20, 20), np.float32)
    with pytest.raises(UnreadableArchiveError, match=r"expected floats \(N, 5, H, W\)"):
        opened(path)


def test_a_file_cut_short_is_refused(path: Path):
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UnreadableArchiveError, match=r"no readable HDF5 file .* Fetch it again"):
        opened(path)


def test_negative_redshifts_and_empty_images_are_rejected_alone(path: Path):
    with h5py.File(path, "a") as file:
        file["specz_redshift"][0] = -0.01
        file["images"][1] = np.nan
    archive = opened(path)
    assert reason(archive, 0) == "redshift -0.01, outside reader.redshift_range 0 to 0.4"
    assert reason(archive, 1) == "57245 of 57245 pixels are no number (NaN or infinite)"
    assert reason(archive, 2) == ""


def rewrite(path: Path, key: str, values: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        del file[key]
        file[key] = values


def test_a_redshift_that_is_too_high_or_not_known(path: Path):
    with h5py.File(path, "a") as file:
        file["specz_redshift"][:2] = 0.41, np.nan
    archive = opened(path)
    assert reason(archive, 0) == "redshift 0.41, outside reader.redshift_range 0 to 0.4"
    assert reason(archive, 1) == ""  # an image without a label
    assert archive.offers[1].target is None


def test_a_missing_or_impossible_reddening_rejects_its_galaxy_alone(path: Path):
    with h5py.File(path, "a") as file:
        file["e_bv"][:2] = [[np.nan] * 5, R_DR12 * 7]
    archive = opened(path)
    assert reason(archive, 0).startswith("its extinction is not in the catalogue")
    assert reason(archive, 1).startswith("E(B-V) is 7, expected 0 to 5 magnitudes")
    assert reason(archive, 2) == ""


def test_one_number_where_five_are_published_is_remarked(path: Path):
    assert list(opened(path).remarks) == []
    rewrite(path, "e_bv", np.full(6, 0.12))
    (remark,) = opened(path).remarks
    assert remark == "e_bv holds one number a galaxy, not five: taken as E(B-V)"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.full((6, 3), 0.1), r"e_bv is \(6, 3\), expected \(N, 5\)"),
        (np.full((6, 5), 0.1), "stand as 1.00 : 1.00 : 1.00 : 1.00 : 1.00 .* write it once"),
        (np.tile(0.1 * R_DR12[::-1], (6, 1)), "if the bands have another order"),
    ],
)
def test_numbers_that_are_no_extinctions_are_refused(path: Path, values: np.ndarray, says: str):
    rewrite(path, "e_bv", values)
    with pytest.raises(UnreadableArchiveError, match=says):
        opened(path)


def test_the_coefficients_of_other_years_are_still_extinctions(path: Path):
    rewrite(path, "e_bv", np.tile(0.1 * R, (6, 1)))
    assert opened(path).offers[0].covariates["ebv"] == pytest.approx(0.1)


def test_bands_that_come_last_are_refused_with_the_remedy(path: Path):
    rewrite(path, "images", np.zeros((6, 20, 20, 5), np.float32))
    with pytest.raises(UnreadableArchiveError, match=r"come last: .*transpose\(0, 3, 1, 2\)"):
        opened(path)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = SMALL.model_copy(update={"cutouts": 24})
    file = tmp_path_factory.mktemp("many") / "sdss.h5"
    file.write_bytes(one_file("sdss.h5", settings))
    return file


def test_bands_in_order_are_taken(many: Path):
    assert len(opened(many).offers) == 24


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (0, 2, 1, 3, 4), (0, 1, 2, 4, 3)])
def test_bands_in_another_order_are_refused(many: Path, tmp_path: Path, order: tuple[int, ...]):
    file = tmp_path / "sdss.h5"
    shutil.copy(many, file)
    with h5py.File(file) as stored:
        images = stored["images"][:]
    rewrite(file, "images", images[:, list(order)])
    with pytest.raises(UnreadableArchiveError, match="bands cannot be u g r i z in this order"):
        opened(file)


def test_axes_that_were_relabelled_and_not_turned_are_refused(many: Path, tmp_path: Path):
    file = tmp_path / "sdss.h5"
    shutil.copy(many, file)
    with h5py.File(file) as stored:
        images = stored["images"][:]
    rewrite(file, "images", images.transpose(0, 2, 3, 1).reshape(images.shape))
    with pytest.raises(UnreadableArchiveError, match="bands cannot be u g r i z in this order"):
        opened(file)
