"""SDSS fields: what is cut from them, and what is said of broken ones."""

import bz2
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from galaxy_files import (
    FIELD,
    SMALL,
    calibrated,
    frame_members,
    frames_shard,
    no_noise,
    opened,
    packed,
    reason,
)

from skyloom.surveys.galaxies import field_simulation, frames
from skyloom.surveys.galaxies.dust import transmission
from skyloom.surveys.galaxies.settings import SimulatorSettings
from skyloom.surveys.galaxies.simulator import simulate_shard
from skyloom.surveys.members import Members

OTHER = "000094-3-0012"
CATALOGUE = f"catalogue-{FIELD}.csv"
Spoil = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    return frame_members(FIELD, OTHER)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory, members: dict[str, bytes]) -> Path:
    return packed(tmp_path_factory.mktemp("raw") / "fields.zip", members)


def test_every_galaxy_of_the_catalogue_is_cut_in_five_bands(field: Path):
    archive = opened(field, cutout=48)
    assert [offer.group for offer in archive.offers] == [FIELD] * 4 + [OTHER] * 4
    for offer in archive.offers:
        reading = archive.read(offer)
        assert reading.pixels.shape == (5, 48, 48)
        assert reading.pixels.dtype == np.float32
        assert reading.pixels.min() < 0  # the noise of a subtracted sky is not clipped
        assert len(reading.sha256) == 64


def test_redshift_class_and_dust_are_those_that_were_put_in(field: Path):
    truth = simulate_shard(frames_shard(FIELD, OTHER), SMALL, seed=1).truth.set_index("image_id")
    for offer in opened(field).offers:
        said = truth.loc[offer.image_id]
        assert offer.target == pytest.approx(said["redshift"], abs=2e-4)
        assert offer.label == said["morphology"]
        assert offer.covariates["ebv"] == pytest.approx(said["ebv"], rel=1e-4)
        assert offer.covariates["objid"] == offer.original == offer.image_id


def test_dereddened_flux_is_that_of_the_galaxy_before_the_dust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(field_simulation, "add_noise", no_noise)
    monkeypatch.setattr(field_simulation, "draw_conditions", calibrated)
    alone = SimulatorSettings(
        frame_shape=(330, 330), galaxies=1, stars=0, neighbours=0, at_edge=0, bad_redshift=0
    )
    names = [f"000094-3-{number:04d}" for number in range(3)]
    path = packed(tmp_path / "alone.zip", frame_members(*names, settings=alone))
    truth = simulate_shard(frames_shard(*names), alone, seed=1).truth.set_index("image_id")
    archive = opened(path, cutout=121)
    for offer in archive.offers:
        expected = truth.loc[offer.image_id, [f"flux_{band}" for band in "ugriz"]]
        measured = archive.read(offer).pixels.sum(axis=(1, 2))
        assert measured == pytest.approx(expected.to_numpy(float), rel=0.01)


def test_without_dereddening_the_flux_is_less_by_the_published_factors(field: Path):
    seen, before = opened(field, deredden=False), opened(field)
    offer = seen.offers[0]
    ebv = offer.covariates["ebv"]
    assert isinstance(ebv, float)
    raw, bare = seen.read(offer).pixels, before.read(offer).pixels
    np.testing.assert_allclose(raw, bare * transmission(ebv)[:, None, None], rtol=1e-5)


def test_each_frame_is_unpacked_once(field: Path, monkeypatch: pytest.MonkeyPatch):
    read: list[str] = []
    original = Members.read
    archive = opened(field, cutout=48)
    monkeypatch.setattr(
        Members, "read", lambda self, name: read.append(name) or original(self, name)
    )
    for offer in archive.offers:
        archive.read(offer)
    assert sorted(read) == sorted(set(read))
    assert len(read) == 10


def test_without_run_and_field_columns_the_objid_says_the_field(
    tmp_path: Path, members: dict[str, bytes]
):
    lines = members[CATALOGUE].decode().splitlines()
    headers = lines[1].split(",")
    keep = [at for at, name in enumerate(headers) if name not in ("run", "camcol", "field")]
    keep.reverse()  # and the columns come in another order
    table = "\n".join(",".join(line.split(",")[at] for at in keep) for line in lines[1:])
    path = packed(tmp_path / "raw.zip", {**members, CATALOGUE: table.encode()})
    ours = [offer for offer in opened(path).offers if offer.group == FIELD]
    expected = opened(packed(tmp_path / "b.zip", members)).offers[:4]
    assert ours == expected


def test_a_galaxy_at_the_edge_is_rejected_with_the_number_of_missing_pixels(tmp_path: Path):
    settings = SMALL.model_copy(update={"at_edge": 1.0})
    archive = opened(packed(tmp_path / "raw.zip", frame_members(FIELD, settings=settings)))
    said = reason(archive)
    assert said.startswith("band u: ")
    assert "of the 11449 pixels around it lie outside the frame" in said


def cut_short(members: dict[str, bytes]) -> None:
    members[f"frame-r-{FIELD}.fits.bz2"] = members[f"frame-r-{FIELD}.fits.bz2"][:9000]


def no_band(members: dict[str, bytes]) -> None:
    del members[f"frame-i-{FIELD}.fits.bz2"]


def absent_band(members: dict[str, bytes]) -> None:
    no_band(members)
    name = f"frame-i-{FIELD}.fits.bz2"
    members["members.tsv"] = f"name\turl\tbytes\tsha256\tstate\n{name}\tx\t\t\tabsent\n".encode()


def empty_frame(members: dict[str, bytes]) -> None:
    members[f"frame-z-{FIELD}.fits.bz2"] = b""


def no_bzip2(members: dict[str, bytes]) -> None:
    members[f"frame-g-{FIELD}.fits.bz2"] = b"<html>Server error</html>"


def all_nan(members: dict[str, bytes]) -> None:
    respell(members, "g", lambda unit: unit.data.fill(np.nan))


def no_wcs(members: dict[str, bytes]) -> None:
    respell(members, "g", lambda unit: [unit.header.remove(f"CTYPE{axis}") for axis in (1, 2)])


def wrong_unit(members: dict[str, bytes]) -> None:
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.zeros(9, np.float32))]).writeto(file)
    members[f"frame-g-{FIELD}.fits.bz2"] = bz2.compress(file.getvalue())


def respell(members: dict[str, bytes], band: str, change: Callable[[Any], object]) -> None:
    name = f"frame-{band}-{FIELD}.fits.bz2"
    file = io.BytesIO()
    with fits.open(io.BytesIO(bz2.decompress(members[name]))) as units:
        change(units[0])
        units.writeto(file)
    members[name] = bz2.compress(file.getvalue())


def other_filter(members: dict[str, bytes]) -> None:
    respell(members, "g", lambda unit: unit.header.set("FILTER", "r"))


def no_frames(members: dict[str, bytes]) -> None:
    for band in "ugriz":
        del members[f"frame-{band}-{FIELD}.fits.bz2"]


def no_extinction(members: dict[str, bytes]) -> None:
    text = members[CATALOGUE].decode()
    members[CATALOGUE] = text.replace("extinction_u", "reddening_u").encode()


def negative_redshift(members: dict[str, bytes]) -> None:
    rows = members[CATALOGUE].decode().splitlines()
    values = rows[2].split(",")
    values[rows[1].split(",").index("z")] = "-0.0003"
    members[CATALOGUE] = "\n".join([*rows[:2], ",".join(values), *rows[3:]]).encode()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (cut_short, rf"frame-r-{FIELD}.fits.bz2: cut short or too large: 9000 bytes"),
        (no_band, f"no frame of field {FIELD} in band i: not in the raw file"),
        (absent_band, f"no frame of field {FIELD} in band i: the archive has none (404)"),
        (empty_frame, f"frame-z-{FIELD}.fits.bz2: cut short or too large: 0 bytes"),
        (no_bzip2, f"frame-g-{FIELD}.fits.bz2: no readable bzip2 file"),
        (all_nan, f"frame-g-{FIELD}.fits.bz2: no finite pixel"),
        (no_wcs, f"frame-g-{FIELD}.fits.bz2: no celestial WCS: CTYPE1 is 'nothing'"),
        (other_filter, f"frame-g-{FIELD}.fits.bz2: FILTER is 'r' in its header, 'g' in its name"),
        (no_frames, f"no frame of field {FIELD} in band u, g, r, i, z: not in the raw file"),
        (wrong_unit, f"frame-g-{FIELD}.fits.bz2: no image with 2 axes in any HDU"),
        (no_extinction, "its extinction is not in the catalogue, and reader.deredden is on"),
        (negative_redshift, "redshift -0.0003, outside reader.redshift_range 0 to 0.4"),
    ],
)
def test_a_broken_field_is_said_and_the_other_field_is_read(
    tmp_path: Path, members: dict[str, bytes], spoil: Spoil, says: str
):
    broken = dict(members)
    spoil(broken)
    archive = opened(packed(tmp_path / "raw.zip", broken), cutout=48)
    assert reason(archive, 0).startswith(says)
    assert [reason(archive, place) for place in range(4, 8)] == [""] * 4


def test_frames_without_a_row_in_a_catalogue_are_remarked(
    tmp_path: Path, members: dict[str, bytes], field: Path
):
    assert list(opened(field).remarks) == []
    lacking = {name: content for name, content in members.items() if name != CATALOGUE}
    archive = opened(packed(tmp_path / "raw.zip", lacking))
    assert list(archive.remarks) == [f"1 fields have frames but no row in a catalogue: {FIELD}"]
    assert len(archive.offers) == 4


def test_a_frame_that_unpacks_without_end_is_not_unpacked(
    tmp_path: Path, members: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(frames, "LARGEST_FRAME", 2**20)
    bomb = {**members, f"frame-u-{FIELD}.fits.bz2": bz2.compress(bytes(2**22))}
    said = reason(opened(packed(tmp_path / "raw.zip", bomb)))
    assert "cut short or too large" in said
    assert f"unpack to {2**20} bytes" in said


def test_a_galaxy_that_stands_twice_is_cut_once(tmp_path: Path, members: dict[str, bytes]):
    twice = {**members, "catalogue-again.csv": members[CATALOGUE]}
    offers = opened(packed(tmp_path / "raw.zip", twice)).offers
    assert len({offer.image_id for offer in offers}) == len(offers) == 12
    repeated = [offer for offer in offers if offer.rejected]
    assert len(repeated) == 4
    assert all("stood in the catalogue before" in str(offer.rejected) for offer in repeated)
