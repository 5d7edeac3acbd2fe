"""HDF5 files of the companion code."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from galaxy_files import one_file, opened, reason

from skyloom.surveys.contract import UnreadableArchiveError
from skyloom.surveys.galaxies import hdf5
from skyloom.surveys.galaxies.dust import R_DR12, deredden


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
