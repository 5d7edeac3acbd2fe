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
from skyloom.surveys.galaxies.conditions import draw_conditions, extinction_map
from skyloom.surveys.galaxies.cutout_files import CutoutSet
from skyloom.surveys.galaxies.population import Galaxy, draw_galaxy
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.simulator import CannotSimulateError, simulate_shard
from skyloom.surveys.galaxies.sky import SkyField, field_of_objid, objid_of, position_name, sky_cell
from skyloom.surveys.galaxies.spectra import Spectrum, galaxy_flux
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


ELLIPTICAL, SBC, SCD = Spectrum(), Spectrum(0.25, 0.22), Spectrum(0.3, 0.45)


def colours(spectrum: Spectrum, redshift: float) -> np.ndarray:
    """Return u - g, g - r, r - i, i - z."""
    return np.diff(2.5 * np.log10(galaxy_flux(spectrum, redshift)))


def test_ellipticals_redden_with_redshift_and_are_redder_than_spirals():
    reds = [colours(ELLIPTICAL, z)[1] for z in (0, 0.1, 0.2, 0.3)]
    assert reds == sorted(reds)
    assert colours(ELLIPTICAL, 0) == pytest.approx([1.78, 0.8, 0.4, 0.3], abs=0.05)
    for redshift in (0.0, 0.1, 0.3):
        first, second, third = (colours(kind, redshift)[1] for kind in (ELLIPTICAL, SBC, SCD))
        assert first > second > third


def test_own_dust_reddens_and_dims_and_the_rest_frame_r_without_it_is_one():
    assert galaxy_flux(SBC, 0)[2] == pytest.approx(1)
    dusty = Spectrum(0.25, 0.22, extinction=0.8)
    assert galaxy_flux(dusty, 0)[2] == pytest.approx(
        10 ** (-0.4 * 0.8 * (6166 / 5500) ** -0.9), rel=0.02
    )
    assert (colours(dusty, 0.1) > colours(SBC, 0.1)).all()


@pytest.fixture(scope="module")
def sample() -> list[Galaxy]:
    rng = np.random.default_rng(0)
    return [draw_galaxy(rng) for _ in range(1500)]


def test_redshifts_are_like_those_of_the_main_galaxy_sample(sample: list[Galaxy]):
    redshifts = np.array([galaxy.redshift for galaxy in sample])
    assert np.median(redshifts) == pytest.approx(0.098, abs=0.01)
    assert np.percentile(redshifts, [5, 95]) == pytest.approx([0.03, 0.2], abs=0.02)
    assert 0.24 < redshifts.max() < 0.4
    assert max(galaxy.magnitude for galaxy in sample) <= 17.77
    faint = np.mean([galaxy.magnitude > 16.77 for galaxy in sample])
    assert faint == pytest.approx(0.7, abs=0.06)  # numbers rise fourfold with a magnitude


def test_farther_galaxies_are_smaller_and_more_luminous(sample: list[Galaxy]):
    near = [galaxy for galaxy in sample if galaxy.redshift < 0.05]
    far = [galaxy for galaxy in sample if galaxy.redshift > 0.12]
    sizes = [np.median([g.parts[0].radius for g in part]) for part in (near, far)]
    assert sizes[0] > 1.3 * sizes[1]
    light = [np.median([g.absolute for g in part]) for part in (near, far)]
    assert light[0] > light[1] + 1.5


def test_what_sets_the_colour_shows_in_the_form(sample: list[Galaxy]):
    def red(galaxy: Galaxy) -> float:
        return float(2.5 * np.log10(galaxy.flux[2] / galaxy.flux[1]))

    at_one_redshift = [galaxy for galaxy in sample if 0.06 < galaxy.redshift < 0.1]
    median = {
        kind: np.median([red(g) for g in at_one_redshift if g.morphology == kind])
        for kind in ("elliptical", "spiral", "edge-on")
    }
    assert median["elliptical"] > median["edge-on"] > median["spiral"]
    disks = [galaxy for galaxy in at_one_redshift if galaxy.morphology == "spiral"]
    bulges, colour = [g.bulge_share for g in disks], [red(g) for g in disks]
    assert np.corrcoef(bulges, colour)[0, 1] > 0.5
    redder = np.array([red_part(galaxy) for galaxy in disks])
    assert np.median(redder) > 0.15
    assert (redder > 0).mean() > 0.9


def red_part(galaxy: Galaxy) -> float:
    """Return by how much the bulge is redder than the disk in g - r."""
    disk, bulge = (part.flux for part in galaxy.parts[:2])
    return float(2.5 * np.log10(bulge[2] / bulge[1] / (disk[2] / disk[1])))


def test_dust_is_like_that_of_the_survey_and_smooth_over_degrees():
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(120, 240, 3000), rng.uniform(0, 60, 3000)
    dust = np.array([extinction_map(*place, 0) for place in zip(ra, dec, strict=True)])
    assert np.median(dust) == pytest.approx(0.03, abs=0.01)
    assert dust.min() > 0
    assert 0.1 < np.percentile(dust, 99) < 0.4
    near, far = (
        np.array([extinction_map(r + step, d, 0) for r, d in zip(ra, dec, strict=True)])
        for step in (0.1, 20)
    )
    assert np.corrcoef(np.log(dust), np.log(near))[0, 1] > 0.99
    assert np.corrcoef(np.log(dust), np.log(far))[0, 1] < 0.6


def test_seeing_sky_and_calibration_differ_by_field_and_band():
    fields = [draw_conditions(np.random.default_rng(number)) for number in range(300)]
    width = np.array([field.seeing for field in fields]) * 2.3548 * 0.396
    assert np.median(width, axis=0) == pytest.approx([1.53, 1.44, 1.32, 1.26, 1.29], rel=0.03)
    assert 0.07 < np.log(width).std(axis=0).min() < np.log(width).std(axis=0).max() < 0.16
    assert np.corrcoef(np.log(width.T))[0, 1] > 0.5  # a bad night is bad in all bands
    shift = np.std([field.calibration for field in fields], axis=0)
    assert shift == pytest.approx([0.015, 0.008, 0.008, 0.008, 0.008], rel=0.2)


def test_cutouts_share_fields_and_other_shards_have_others():
    settings = SMALL.model_copy(update={"cutouts": 10})
    first, other = (CutoutSet(name, settings, 1) for name in ("a", "b"))
    fields = [field_of_objid(name) for name in first.hdf5_ids()]
    assert len(set(fields)) == 3  # of four galaxies each
    assert fields[0] == fields[3] != fields[4]
    assert not {*first.hdf5_ids(), *first.npz_ids()} & {*other.hdf5_ids(), *other.npz_ids()}
    apart = [
        np.hypot(p.ra - first.galaxies[0].ra, p.dec - first.galaxies[0].dec) for p in first.galaxies
    ]
    assert max(apart[:4]) < 0.4 < min(apart[4:])


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
