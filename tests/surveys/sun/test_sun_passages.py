from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sun_made import (
    SMALL,
    START,
    catalogue,
    disk_series,
    file_name,
    fits_bytes,
    make_zip,
    middle_of_disk,
    solar_disk,
)

from skyloom.surveys.contract import UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.sun.reader import open_archive
from skyloom.surveys.sun.settings import ReaderSettings

MIDDLE = START + timedelta(hours=18)  # of the window of SMALL: six frames of six hours
LONGITUDE = middle_of_disk(MIDDLE - timedelta(minutes=5))  # the window begins before START
ROW = ("AR1", MIDDLE.isoformat(), 10.0, LONGITUDE)
SPOT = (LONGITUDE, 10.0)


def frame_name(number: int) -> str:
    return file_name(START + timedelta(hours=6 * number))


def test_frames_come_at_their_time_and_the_spot_stays_in_the_middle(tmp_path: Path) -> None:
    disks = disk_series(6, spot=SPOT)
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(ROW)})
    archive = open_archive(path, SMALL, {})
    [offer] = archive.offers
    reading = archive.read(offer)
    assert (reading.pixels.shape, reading.pixels.dtype) == ((6, 30, 30), np.float16)
    for frame in reading.pixels:
        row, column = np.unravel_index(np.argmax(frame), frame.shape)
        assert (row, column) == pytest.approx((14.5, 14.5), abs=1.1)
        assert frame.max() == pytest.approx(0.9, abs=0.05)  # 800 of 1000 G, softened
    assert reading.covariates["frames_present"] == 6
    assert offer.covariates["label_source"] == "first sight"
    assert offer.label == "emergence"
    assert offer.group.startswith("AR1_CR19")
    assert offer.split == "train"
    assert START - timedelta(minutes=10) < offer.time < START


def test_frame_numbers_are_whole_cadences_since_the_window_began(tmp_path: Path) -> None:
    levels = {0: 100.0, 2: 300.0, 5: 600.0}
    disks = {
        frame_name(number): solar_disk(START + timedelta(hours=6 * number), background=level)
        for number, level in levels.items()
    }
    late = START + timedelta(hours=17, minutes=40)  # still frame 2, which is there already
    early = START - timedelta(hours=1)
    disks |= {file_name(time): solar_disk(time, background=-900.0) for time in (late, early)}
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(ROW)})
    archive = open_archive(path, SMALL, {})
    reading = archive.read(archive.offers[0])
    middle = reading.pixels[:, 15, 15].astype(float)
    gauss = [100, 200, 300, 400, 500, 600]  # linear between the frames that are there
    assert middle == pytest.approx([0.5 + g / 2000 for g in gauss], abs=1e-3)
    assert reading.covariates["longest_gap"] == 2


def test_no_video_is_filled_from_another(tmp_path: Path) -> None:
    disks = disk_series(6, background=400.0)
    later = START + timedelta(days=40)
    disks |= disk_series(6, start=later, background=-400.0)
    del disks[file_name(later)]
    second = ("AR2", (later + timedelta(hours=18)).isoformat(), -5.0)
    second += (middle_of_disk(later + timedelta(hours=17, minutes=55)),)
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(ROW, second)})
    archive = open_archive(path, SMALL, {})
    first, other = (archive.read(offer).pixels for offer in archive.offers)
    assert np.allclose(first, 0.7, atol=1e-3)
    assert np.allclose(other, 0.3, atol=1e-3)  # its missing first frame repeats its own second


def test_bad_frames_are_filled_and_counted(tmp_path: Path) -> None:
    disks = disk_series(6, background=200.0)
    times = [START + timedelta(hours=6 * number) for number in range(6)]
    disks[frame_name(1)] = solar_disk(times[1], background=900.0, quality=0x80000000)
    disks[frame_name(2)] = disks[frame_name(2)][:4000]
    disks[frame_name(3)] = solar_disk(times[3], background=900.0, CRPIX1=None)
    disks[frame_name(4)] = fits_bytes(np.full((8, 8), np.nan))
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(ROW)})
    archive = open_archive(path, SMALL, {})
    reading = archive.read(archive.offers[0])
    assert np.allclose(reading.pixels, 0.6, atol=1e-3)
    assert reading.covariates["frames_bad"] == 4
    assert reading.covariates["frames_present"] == 2
    assert reading.covariates["longest_gap"] == 4


def test_less_memory_gives_the_same_videos_in_more_rounds(tmp_path: Path) -> None:
    disks = disk_series(8, spot=SPOT, background=50.0)
    rows = [(f"AR{n}", MIDDLE.isoformat(), 5.0 * n, LONGITUDE + 3 * n) for n in range(4)]
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(*rows)})
    large = ReaderSettings(frames=6, cadence_seconds=21600, degrees_per_pixel=0.1)
    wide = [large.model_copy(update={"memory_mb": room}) for room in (1, 400)]
    videos = 2**20 / (2 * large.frames * large.side**2)
    assert 1 < videos < 4  # the smaller memory takes two rounds
    archives = [open_archive(path, settings, {}) for settings in wide]
    for offer in archives[0].offers:
        one, other = (archive.read(offer) for archive in archives)
        assert one.sha256 == other.sha256
        assert np.array_equal(one.pixels, other.pixels)


def test_videos_may_be_read_in_any_order(tmp_path: Path) -> None:
    rows = [(f"AR{n}", MIDDLE.isoformat(), 5.0 * n, LONGITUDE) for n in range(3)]
    files = {**disk_series(6, spot=SPOT), "regions.csv": catalogue(*rows)}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), SMALL, {})
    forward = [archive.read(offer).pixels for offer in archive.offers]
    backward = [archive.read(offer).pixels for offer in reversed(archive.offers)]
    assert all(np.array_equal(a, b) for a, b in zip(forward, reversed(backward), strict=True))


def test_the_sheets_columns_serve_in_place_of_a_catalogue(tmp_path: Path) -> None:
    columns = dict(
        zip(
            ("region", "first_seen", "latitude", "carrington_longitude", "label"),
            map(str, (*ROW, "non-emergence")),
            strict=True,
        )
    )
    columns["emergence_time"] = (START + timedelta(hours=9)).isoformat()
    archive = open_archive(make_zip(tmp_path / "a.zip", disk_series(2, spot=SPOT)), SMALL, columns)
    [offer] = archive.offers
    assert (offer.label, offer.covariates["label_source"]) == ("non-emergence", "catalogue")
    assert offer.covariates["emergence_frame"] == pytest.approx(1.5, abs=0.03)
    assert archive.read(offer).covariates["frames_present"] == 2


@pytest.mark.parametrize(
    ("month", "split"), [(1, "train"), (8, "train"), (9, "val"), (10, "val"), (11, "test")]
)
def test_splits_are_whole_months(tmp_path: Path, month: int, split: str) -> None:
    row = ("AR1", f"2001-{month:02d}-15", 10.0, 20.0)
    files = {**disk_series(1), "regions.csv": catalogue(row)}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), SMALL, {})
    assert archive.offers[0].split == split


def test_a_region_without_any_disk_is_rejected_and_others_are_not(tmp_path: Path) -> None:
    nowhere = ("AR9", "2005-06-01", 10.0, 20.0)
    hopeless = ("AR8", MIDDLE.isoformat(), -95, 20.0)
    files = {**disk_series(6), "regions.csv": catalogue(hopeless, ROW, nowhere)}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), SMALL, {})
    offers = {offer.source: offer for offer in archive.offers}
    assert "latitude is -95" in str(offers["AR8"].rejected)
    with pytest.raises(UnreadableImageError, match="0 sound disks between 2005-"):
        archive.read(offers["AR9"])
    assert archive.read(offers["AR1"]).pixels.shape == (6, 30, 30)
    assert len({frozenset(offer.covariates) for offer in archive.offers}) == 1


def test_a_region_that_only_bad_disks_saw_says_why(tmp_path: Path) -> None:
    disks = {name: content[:3000] for name, content in disk_series(3).items()}
    path = make_zip(tmp_path / "a.zip", {**disks, "regions.csv": catalogue(ROW)})
    archive = open_archive(path, SMALL, {})
    with pytest.raises(UnreadableImageError, match=r"3 bad ones; the first bad one: mdi\.fd_M"):
        archive.read(archive.offers[0])


def test_an_archive_that_cannot_be_read_says_what_was_expected(tmp_path: Path) -> None:
    cases = {
        "no FITS file": {"notes.txt": b"x"},
        "regions.csv has no rows": {**disk_series(1), "regions.csv": b""},
        "lacks the column.s. first_seen, latitude": {
            **disk_series(1),
            "regions.csv": b"region,lat\nA,1\n",
        },
    }
    for number, (said, files) in enumerate(cases.items()):
        with pytest.raises(UnreadableArchiveError, match=said):
            open_archive(make_zip(tmp_path / f"{number}.zip", files), SMALL, {})
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(UnreadableArchiveError, match="no readable zip"):
        open_archive(tmp_path / "broken.zip", SMALL, {})


def test_files_that_the_archive_lacks_are_told(tmp_path: Path) -> None:
    members = b"name\turl\tbytes\tsha256\tstate\na.fits\tu\t1\tx\tpresent\nb.fits\tv\t\t\tabsent\n"
    files = {**disk_series(1), "regions.csv": catalogue(ROW), "members.tsv": members}
    archive = open_archive(make_zip(tmp_path / "a.zip", files), SMALL, {})
    assert archive.remarks == ["1 of 2 files are not in the archive, the first b.fits"]
    files["members.tsv"] = members.replace(b"absent", b"present")
    assert not open_archive(make_zip(tmp_path / "b.zip", files), SMALL, {}).remarks
