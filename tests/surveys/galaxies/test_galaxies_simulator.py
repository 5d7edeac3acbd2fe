"""The simulated sky: reproducible, readable by others, and like galaxies where it matters."""

import bz2
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from astropy.io import fits
from astropy.wcs import WCS
from galaxy_files import FIELD, SMALL, frame_members, frames_shard, one_file

from made import ROOT
from skyloom.shards import ArchiveFile, Shard, read_sheet
from skyloom.surveys.galaxies.population import draw_galaxy, extinction_map
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.simulator import CannotSimulateError, simulate_shard
from skyloom.surveys.galaxies.sky import SkyField, field_of_objid, objid_of, position_name, sky_cell
from skyloom.surveys.galaxies.spectra import TEMPLATES, galaxy_flux
from skyloom.surveys.splitting import SPLITS, split_of_group


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    return frame_members(FIELD)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(members: dict[str, bytes]):
    assert frame_members(FIELD) == members
    other = {
        url.rsplit("/", 1)[1]: content
        for url, content in simulate_shard(frames_shard(FIELD), SMALL, seed=2).files
    }
    assert all(other[name] != content for name, content in members.items())


@pytest.mark.parametrize("name", ["sdss.npz", "sdss.h5"])
def test_files_of_cutouts_are_reproducible_too(name: str):
    assert one_file(name) == one_file(name)


def test_a_field_does_not_depend_on_its_neighbours_in_the_shard(members: dict[str, bytes]):
    both = frame_members("000094-3-0012", FIELD)
    assert {name: both[name] for name in members} == members


def test_frames_are_plain_fits_with_a_turned_sky_and_shifted_bands(members: dict[str, bytes]):
    centres = []
    for band in "ugriz":
        packed = members[f"frame-{band}-{FIELD}.fits.bz2"]
        with fits.open(io.BytesIO(bz2.decompress(packed))) as units:
            units.verify("exception")
            header = units[0].header
            assert (header["FILTER"], header["CAMCOL"], header["RUN"]) == (band, 3, 94)
            assert header["BUNIT"] == "nanomaggy"
            assert units[0].data.shape == SMALL.frame_shape
            assert units[0].data.dtype.itemsize == 4
            wcs = WCS(header)
            assert abs(wcs.wcs.cd[0, 0]) < 0.2 * abs(wcs.wcs.cd[0, 1])  # turned by about 90 degrees
            scales = np.sqrt(np.abs(np.linalg.det(wcs.wcs.cd))) * 3600
            assert scales == pytest.approx(0.396)
            centres.append(tuple(wcs.all_pix2world(100, 100, 0)))
    assert len({tuple(np.round(centre, 5)) for centre in centres}) == 5


def test_neighbouring_fields_adjoin():
    ras = []
    for field in (FIELD, "000094-3-0012"):
        packed = frame_members(field)[f"frame-r-{field}.fits.bz2"]
        ras.append(fits.getheader(io.BytesIO(bz2.decompress(packed)))["CRVAL1"])
    assert 0 < ras[1] - ras[0] < 1.5 * SMALL.frame_shape[0] * 0.396 / 3600


def test_the_hdf5_file_has_the_published_keys():
    with h5py.File(io.BytesIO(one_file("sdss.h5"))) as file:
        assert set(file) == {
            "ObjID",
            "dec",
            "e_bv",
            "images",
            "ra",
            "specObjID",
            "specz_redshift",
            "specz_redshift_err",
        }
        assert file["e_bv"].shape == (6, 5)


def test_ellipticals_redden_with_redshift_and_are_redder_than_spirals():
    def colour(kind: str, redshift: float) -> float:
        flux = galaxy_flux(kind, redshift)
        return float(2.5 * np.log10(flux[2] / flux[1]))  # g - r

    reds = [colour("elliptical", z) for z in (0, 0.1, 0.2, 0.3)]
    assert reds == sorted(reds)
    assert reds[0] == pytest.approx(0.77, abs=0.1)
    assert all(
        colour("elliptical", z) > colour("Sbc", z) > colour("Scd", z) for z in (0.0, 0.1, 0.3)
    )
    assert set(TEMPLATES) == {"elliptical", "Sbc", "Scd"}


def test_farther_galaxies_are_smaller_and_all_are_bright_enough():
    rng = np.random.default_rng(0)
    galaxies = [draw_galaxy(rng) for _ in range(300)]
    assert max(galaxy.magnitude for galaxy in galaxies) <= 17.77
    near = [galaxy.radius for galaxy in galaxies if galaxy.redshift < 0.06]
    far = [galaxy.radius for galaxy in galaxies if galaxy.redshift > 0.12]
    assert np.median(near) > 1.5 * np.median(far)
    assert all(0.01 < galaxy.redshift < 0.35 for galaxy in galaxies)


def test_dust_is_smooth_and_never_negative():
    dust = [extinction_map(ra, 10.0, 0) for ra in np.linspace(0, 360, 200)]
    assert 0 < min(dust) < max(dust) < 0.21
    assert np.abs(np.diff(dust)).max() < 0.1 * (max(dust) - min(dust)) + 0.01


def test_edge_and_redshift_faults_are_drawn_when_asked_for():
    faulty = SMALL.model_copy(update={"bad_redshift": 1.0})
    table = frame_members(FIELD, settings=faulty)[f"catalogue-{FIELD}.csv"].decode().splitlines()
    column = table[1].split(",").index("z")
    assert [row.split(",")[column] for row in table[2:]] == ["-0.0004"] * 4


@pytest.mark.parametrize("name", ["picture.zip", "sdss"])
def test_other_formats_are_refused(name: str):
    with pytest.raises(CannotSimulateError, match="expected members named like SDSS frames"):
        simulate_shard(Shard("x", ArchiveFile(name), {}), SimulatorSettings(), 0)


def test_the_demo_has_fields_in_every_split():
    demo = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["galaxies"]
    names = {
        member.name.removeprefix("catalogue-").removesuffix(".csv")
        for shard in read_sheet(ROOT / demo["shards"]).values()
        for member in shard.members
        if member.name.startswith("catalogue-")
    }
    splits = [split_of_group(name, demo["reader"]["shares"]) for name in names]
    assert {split: splits.count(split) >= 2 for split in SPLITS} == dict.fromkeys(SPLITS, True)


def test_objids_say_their_field_and_other_numbers_do_not():
    place = SkyField(756, 2, 427)
    assert field_of_objid("1237648720693755918") == place
    assert field_of_objid(str(objid_of(place, 14))) == place
    assert field_of_objid("587722952767439450") == SkyField(745, 3, 524)  # of data release 7
    for other in ("", "12", "J1234", "299489676975171584", "9" * 25):
        assert field_of_objid(other) is None


def test_cells_tile_the_sky_in_about_equal_areas():
    rng = np.random.default_rng(0)
    ra = rng.uniform(0, 360, 60_000)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 60_000)))
    counts = np.unique(
        [sky_cell(*place, 15.0) for place in zip(ra, dec, strict=True)], return_counts=True
    )[1]
    assert len(counts) == pytest.approx(41_253 / 225, rel=0.05)
    assert counts.std() / counts.mean() < 0.12
    assert sky_cell(359.9, 0.5, 1) != sky_cell(0.1, 0.5, 1)
    assert sky_cell(0, 90, 1) == sky_cell(360, 89.9, 1)


@pytest.mark.parametrize(
    ("ra", "dec", "name"),
    [
        (0, 0, "J000000.00+000000.0"),
        (118.928652, 21.526456, "J075542.87+213135.2"),
        (11.433805, -0.843772, "J004544.11-005037.5"),
    ],
)
def test_places_are_named_as_the_iau_asks(ra: float, dec: float, name: str):
    assert position_name(ra, dec) == name


def test_truth_names_what_the_catalogue_names(members: dict[str, bytes], tmp_path: Path):
    truth = simulate_shard(frames_shard(FIELD), SMALL, seed=1).truth
    table = members[f"catalogue-{FIELD}.csv"].decode().splitlines()
    assert [row.split(",")[0] for row in table[2:]] == list(truth["image_id"])
