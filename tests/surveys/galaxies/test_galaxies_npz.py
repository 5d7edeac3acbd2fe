"""`sdss.npz`: rows read one by one, the main sample, and broken files."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from galaxy_files import cube, labels, npz, one_file, opened, reason

from skyloom.surveys.contract import UnreadableArchiveError


@pytest.mark.parametrize("compressed", [False, True])
def test_rows_come_as_they_were_stored_whatever_the_packing(tmp_path: Path, compressed: bool):
    path = npz(tmp_path / "sdss.npz", compressed=compressed, cube=cube(7), labels=labels(7))
    archive = opened(path, deredden=False)
    for row in (0, 1, 5, 2):  # also backward
        pixels = archive.read(archive.offers[row]).pixels
        assert pixels.shape == (5, 16, 16)
        np.testing.assert_allclose(pixels[:, 3, 4], row + np.arange(5) / 10, rtol=1e-6)


def test_half_precision_and_big_endian_files_give_the_same_flux(tmp_path: Path):
    half = npz(tmp_path / "half.npz", cube=cube(3).astype("f2"), labels=labels(3))
    big = npz(tmp_path / "big.npz", cube=cube(3).astype(">f4"), labels=labels(3))
    for path in (half, big):
        archive = opened(path, deredden=False)
        pixels = archive.read(archive.offers[2]).pixels
        assert pixels.dtype == np.float32
        assert pixels[1, 0, 0] == pytest.approx(2.1, rel=1e-3)


def sample(tmp_path: Path) -> Path:
    table = labels(
        6,
        dered_petro_r=np.array([17.8, 17.9, 17.0, 17.0, 17.0, 17.0]),
        z=np.array([0.1, 0.1, 0.4, 0.41, 0.1, 0.1]),
        primtarget=np.array([64, 64, 64, 64, 128, 32]),
    )
    return npz(tmp_path / "sdss.npz", cube=cube(6), labels=table)


@pytest.mark.parametrize(
    ("cut", "kept"),
    [("published", [0, 2, 4]), ("bit", [0, 2]), ("all", [0, 1, 2, 3, 4, 5])],
)
def test_the_main_sample_is_cut_as_published_or_by_its_bit(
    tmp_path: Path, cut: str, kept: list[int]
):
    archive = opened(sample(tmp_path), main_sample=cut)
    assert [offer.source for offer in archive.offers] == [f"cube/{row}" for row in kept]
    said = [f"{6 - len(kept)} galaxies left out: not in the main sample"] if cut != "all" else []
    assert list(archive.remarks) == said


@pytest.mark.parametrize("cut", ["published", "bit"])
@pytest.mark.parametrize("lost", ["primtarget", "dered_petro_r"])
def test_a_cut_on_a_column_that_is_not_there_is_refused(tmp_path: Path, cut: str, lost: str):
    table = labels(2)
    kept = [name for name in table.dtype.names or () if name != lost]
    path = npz(tmp_path / "sdss.npz", cube=cube(2), labels=table[kept].copy())
    with pytest.raises(UnreadableArchiveError, match=rf"no values of {lost}.*main_sample: {cut}"):
        opened(path, main_sample=cut)
    assert len(opened(path, main_sample="all").offers) == 2


def test_redshifts_outside_are_rejected_or_left_out_as_asked(tmp_path: Path):
    path = npz(
        tmp_path / "sdss.npz", cube=cube(3), labels=labels(3, z=np.array([-0.001, 0.2, 0.0]))
    )
    rejecting = opened(path)
    assert [offer.rejected is None for offer in rejecting.offers] == [False, True, True]
    leaving = opened(path, outside_redshift="leave out")
    assert [offer.target for offer in leaving.offers] == [0.2, 0.0]
    assert leaving.remarks == ["1 galaxies left out: redshift outside 0 to 0.4"]


def test_offers_are_a_sequence(tmp_path: Path):
    offers = opened(npz(tmp_path / "sdss.npz", cube=cube(9), labels=labels(9))).offers
    every = list(offers)
    assert len(offers) == len(every) == 9
    assert offers[-1] == every[8]
    assert offers[2:5] == every[2:5]
    with pytest.raises(IndexError):
        offers[9]


def test_galaxies_are_named_by_their_spectrum_or_by_their_place(tmp_path: Path):
    table = labels(2)
    by_spectrum = opened(npz(tmp_path / "a.npz", cube=cube(2), labels=table))
    assert by_spectrum.offers[1].image_id == str(table["specObjID"][1])
    rounded = labels(2, specObjID=table["specObjID"].astype(float))  # float64 drops digits
    by_place = opened(npz(tmp_path / "b.npz", cube=cube(2), labels=rounded))
    assert [offer.image_id for offer in by_place.offers] == [
        "J100000.00+000000.0",
        "J132000.00+200000.0",
    ]


def test_near_galaxies_share_a_group_and_with_it_a_split(tmp_path: Path):
    table = labels(3, ra=np.array([150.2, 150.3, 190.0]), dec=np.array([2.1, 2.2, 2.1]))
    first, second, far = opened(npz(tmp_path / "a.npz", cube=cube(3), labels=table)).offers
    assert first.group == second.group != far.group
    assert first.split == second.split


def test_a_named_column_gives_the_class(tmp_path: Path):
    table = labels(2, gz1Morpho=np.array([b"2", b"4"]))
    path = npz(tmp_path / "a.npz", cube=cube(2), labels=table)
    archive = opened(path, columns={"label": "gz1Morpho"}, labels={"2": "spiral"})
    assert archive.offers[0].label == "spiral"
    assert archive.offers[1].rejected == "its label '4' is not in reader.labels (2)"


def test_an_image_without_a_number_is_rejected_alone(tmp_path: Path):
    images = cube(3)
    images[1] = np.nan
    archive = opened(npz(tmp_path / "a.npz", cube=images, labels=labels(3)))
    assert reason(archive, 1) == "1280 of 1280 pixels are no number (NaN or infinite)"
    assert reason(archive, 2) == ""


def test_crop_keeps_the_middle(tmp_path: Path):
    images = np.zeros((1, 16, 16, 5), np.float32)
    images[0, 8, 7] = 1
    path = npz(tmp_path / "a.npz", cube=images, labels=labels(1))
    archive = opened(path, crop=8, deredden=False)
    pixels = archive.read(archive.offers[0]).pixels
    assert pixels.shape == (5, 8, 8)
    assert pixels[2, 4, 3] == 1


def test_the_simulated_file_is_read_back_and_by_numpy_too(tmp_path: Path):
    path = tmp_path / "sdss.npz"
    path.write_bytes(one_file("sdss.npz"))
    with np.load(path, allow_pickle=False) as loaded:
        assert loaded["cube"].shape == (6, 64, 64, 5)
        stored = loaded["cube"]
    archive = opened(path, deredden=False)
    for offer in archive.offers:
        row = int(offer.source.removeprefix("cube/"))
        np.testing.assert_array_equal(archive.read(offer).pixels, stored[row].transpose(2, 0, 1))


def test_without_a_reddening_column_every_galaxy_is_rejected_unless_dust_may_stay(tmp_path: Path):
    table = labels(2)
    kept = [name for name in table.dtype.names or () if name != "EBV"]
    path = npz(tmp_path / "a.npz", cube=cube(2), labels=table[kept].copy())
    assert reason(opened(path)).startswith("its extinction is not in the catalogue")
    assert reason(opened(path, deredden=False)) == ""


def pickled(path: Path) -> None:
    file = io.BytesIO()
    np.savez(file, cube=np.array([{}, []], dtype=object), labels=labels(2))
    path.write_bytes(file.getvalue())


def pickled_labels(path: Path) -> None:
    file = io.BytesIO()
    np.savez(file, cube=cube(2), labels=np.array([{}, []], dtype=object))
    path.write_bytes(file.getvalue())


def wrong_keys(path: Path) -> None:
    npz(path, images=cube(2), labels=labels(2))


def channel_first(path: Path) -> None:
    npz(path, cube=cube(2).transpose(0, 3, 1, 2).copy(), labels=labels(2))


def no_labels(path: Path) -> None:
    npz(path, cube=cube(2))


def no_images(path: Path) -> None:
    npz(path, labels=labels(2))


def five_extinctions(path: Path) -> None:
    columns = [("z", "f4"), ("ra", "f4"), ("dec", "f4"), ("EBV", "f4", (5,))]
    npz(path, cube=cube(2), labels=np.zeros(2, dtype=columns))


def blue_last(path: Path) -> None:
    npz(path, cube=cube(30)[..., ::-1].copy(), labels=labels(30))


def fortran(path: Path) -> None:
    npz(path, cube=np.asfortranarray(cube(2)), labels=labels(2))


def other_length(path: Path) -> None:
    npz(path, cube=cube(3), labels=labels(2))


def no_redshift(path: Path) -> None:
    table = labels(2)
    kept = [name for name in table.dtype.names or () if name != "z"]
    npz(path, cube=cube(2), labels=table[kept].copy())


def cut_short(path: Path) -> None:
    npz(path, cube=cube(2), labels=labels(2))
    path.write_bytes(path.read_bytes()[:3000])


def no_header(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cube.npy", b"nothing")
        archive.writestr("labels.npy", b"")


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (pickled, "cube.npy holds pickled Python objects"),
        (pickled_labels, "labels.npy holds pickled Python objects"),
        (wrong_keys, "has no cube.npy; found images.npy, labels.npy"),
        (channel_first, r"cube is \(2, 5, 16, 16\) float32, expected floats \(N, H, W, 5\)"),
        (channel_first, r"Its bands come first: .*transpose\(0, 2, 3, 1\)"),
        (no_labels, "has no labels.npy; found cube.npy"),
        (no_images, "has no cube.npy; found labels.npy"),
        (five_extinctions, r"labels has \(5,\) numbers a galaxy in its column EBV, expected one"),
        (blue_last, "cube: the bands cannot be u g r i z in this order"),
        (fortran, "cube.npy is in Fortran order"),
        (other_length, "cube has 3 galaxies, labels 2"),
        (no_redshift, "labels has no column z; found specObjID, ra, dec"),
        (cut_short, "is no readable .npz file"),
        (no_header, "cube.npy has no readable .npy header"),
        (empty, "is no readable .npz file"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_the_remedy(
    tmp_path: Path, make: Callable[[Path], None], says: str
):
    path = tmp_path / "sdss.npz"
    make(path)
    with pytest.raises(UnreadableArchiveError, match=says) as caught:
        opened(path)
    assert "sdss.npz" in str(caught.value)
