import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sunpy.map
from astropy.io import fits

from made import ROOT
from skyloom.shards import Shard, read_sheet
from skyloom.surveys.sun.bipoles import Bipole, draw_bipoles, fragments, growth
from skyloom.surveys.sun.reader import open_archive
from skyloom.surveys.sun.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.sun.simulator import CATALOGUE, simulate_shard
from skyloom.surveys.sun.times import meridian_distance, time_in_name

SHEET = ROOT / "config" / "shards" / "sun-demo.tsv"
_DISK = re.compile(r"\d{8}_\d{6}")
SETTINGS = SimulatorSettings(regions=3, size=96, bad=0.1, absent=0.1)
READER = ReaderSettings(frames=15, cadence_seconds=86400, degrees_per_pixel=1)


@pytest.fixture(scope="module")
def shard() -> Shard:
    """The demo's first season at one disk a day."""
    whole = read_sheet(SHEET)["sun-sim-a"]
    kept = [m for m in whole.members if not _DISK.search(m.name) or "_000000" in m.name]
    kept = [m for m in kept if ".2003" not in m.name]
    return replace(whole, members=tuple(kept))


@pytest.fixture(scope="module")
def files(shard: Shard) -> dict[str, bytes]:
    names = {member.file.url: member.name for member in shard.members}
    simulated = simulate_shard(shard, SETTINGS, seed=5)
    return {names[url]: content for url, content in simulated.files}


@pytest.fixture(scope="module")
def truth(shard: Shard) -> pd.DataFrame:
    return simulate_shard(shard, SETTINGS, seed=5).truth


def test_the_archive_reads_as_videos_of_the_regions_that_were_put_in(
    files: dict[str, bytes], truth: pd.DataFrame, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    opened = open_archive(tmp_path / "a.zip", READER, {})
    assert {offer.image_id for offer in opened.offers} == set(truth["image_id"])
    known = truth.set_index("image_id")
    for offer in opened.offers:
        reading = opened.read(offer)
        strength = np.abs(reading.pixels.astype(np.float32) - 0.5).mean((1, 2))
        times = [offer.time + timedelta(days=n + 0.5) for n in range(15)]
        emergence = known.loc[offer.image_id, "emergence_time"]
        on_disk = np.array([abs(meridian_distance(_longitude(offer), t)) < 60 for t in times])
        before = on_disk & np.array([t < emergence for t in times])
        after = on_disk & np.array([t > emergence + timedelta(days=2) for t in times])
        assert strength[after].max() > 0.006  # the noise alone gives 0.004
        if before.any():
            assert strength[after].max() > 1.5 * strength[before].max()


def _longitude(offer) -> float:
    return float(offer.covariates["carrington_longitude"])


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(shard: Shard) -> None:
    few = replace(shard, members=shard.members[:12])
    once, again, other = (dict(simulate_shard(few, SETTINGS, seed).files) for seed in (5, 5, 6))
    assert once == again
    assert len(other) > 1
    assert all(content != once.get(url) for url, content in other.items())


def test_what_the_pipeline_reads_does_not_hold_the_truth(files: dict[str, bytes]) -> None:
    head = files[CATALOGUE].decode().splitlines()[0]
    assert head == "region,first_seen,latitude,carrington_longitude"
    disk = next(content for name, content in files.items() if name.endswith(".fits"))
    assert b"SIM" not in disk.split(b"SIMPLE")[1]


def test_some_frames_are_absent_and_some_are_bad(shard: Shard, files: dict[str, bytes]) -> None:
    listed = {member.name for member in shard.members}
    assert 0 < len(listed - set(files)) < 0.3 * len(listed)
    disks = [content for name, content in files.items() if name.endswith(".fits")]
    qualities = [fits.getheader(io.BytesIO(disk), 1)["QUALITY"] for disk in disks]
    assert set(qualities) == {0x200, 0x80000200}


def test_sunpy_places_the_simulated_disk_as_our_header_says(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.endswith(".fits"))
    with fits.open(io.BytesIO(files[name])) as units:
        header = dict(units[1].header)
        solar = sunpy.map.Map(units[1].data, header)
    assert type(solar).__name__ == "MDIMap"
    assert solar.carrington_longitude.deg == pytest.approx(header["CRLN_OBS"], abs=1e-6)
    assert solar.rsun_obs.value == pytest.approx(header["RSUN_OBS"])
    time = time_in_name(name)
    assert time is not None
    assert solar.date.datetime == time.replace(tzinfo=None)
    radius = np.sqrt(np.isfinite(solar.data).sum() / np.pi)
    assert radius == pytest.approx(header["R_SUN"], rel=0.02)


def draw(count: int = 24) -> list[Bipole]:
    rng = np.random.default_rng(3)
    first = time_in_name("20010301_000000")
    assert first is not None
    return draw_bipoles(rng, first, first + timedelta(days=42), count, 0.5, "SIM")


def test_bipoles_follow_hale_and_joy() -> None:
    bipoles = [bipole for _ in range(1) for bipole in draw()]
    assert len(bipoles) > 20
    obey = [bipole.leading == (1 if bipole.latitude > 0 else -1) for bipole in bipoles]
    assert 0.8 < np.mean(obey) <= 1
    assert 0 < np.mean([bipole.tilt for bipole in bipoles]) < 25
    full = bipoles[0]
    pieces = fragments(full, full.emergence + timedelta(days=full.growth_days))
    west = pieces.longitudes[np.sign(pieces.peaks) == full.leading].mean()
    east = pieces.longitudes[np.sign(pieces.peaks) == -full.leading].mean()
    assert west > east


def test_flux_rises_over_the_growth_and_then_decays() -> None:
    bipole = draw()[0]
    days = [-1.0, 0.0, bipole.growth_days / 2, bipole.growth_days, bipole.growth_days + 10]
    shares = [growth(bipole, bipole.emergence + timedelta(days=day)) for day in days]
    assert shares[:4] == pytest.approx([0, 0, 0.5, 1])
    assert shares[4] == pytest.approx(np.exp(-10 / bipole.decay_days))


def test_the_demo_has_videos_in_every_split_and_class() -> None:
    rows = []
    for shard in read_sheet(SHEET).values():
        rows.append(simulate_shard(shard, SimulatorSettings(), seed=0).truth)
    truth = pd.concat(rows)
    months = pd.to_datetime(truth["first_seen"]).dt.month
    assert len(truth) > 80
    assert truth["image_id"].is_unique
    for wanted in ({9, 10}, {11, 12}, set(range(1, 9))):
        assert truth[months.isin(wanted)]["label"].value_counts().min() >= 5
