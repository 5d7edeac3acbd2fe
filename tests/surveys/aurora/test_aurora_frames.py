from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from aurora_files import EVERY, frame_header, make_cdf, make_zip, minute, packed, sky

from skyloom.surveys.aurora.frames import Frame, thin
from skyloom.surveys.aurora.names import parse_name
from skyloom.surveys.aurora.raw_formats import stream0_frame
from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.aurora.stations import night_of
from skyloom.surveys.aurora.stretch import horizon_mask, stretch

NAME = "20140310_0600_gill_themis19_full.pgm.gz"


@pytest.mark.parametrize(
    ("name", "station", "imager", "channel", "time"),
    [
        (NAME, "gill", "themis19", "full", "2014-03-10T06:00:00"),
        ("20220307_0600_gill_nir-216_8446.pgm", "gill", "nir-216", "8446", "2022-03-07T06:00:00"),
        (
            "a.png.tar!/20090209_060009_gill_nascam-iccd02_4278bg_002000ms.png",
            "gill",
            "nascam-iccd02",
            "4278bg",
            "2009-02-09T06:00:09",
        ),
        (
            "20211030_060500_149606_gill_rgb-04_320ms_burst.png",
            "gill",
            "rgb-04",
            "burst",
            "2021-10-30T06:05:00.149606",
        ),
        (
            "x/PKR_DASC_0558_20151007_082351.743.FITS",
            "pkr",
            "dasc",
            "0558",
            "2015-10-07T08:23:51.743000",
        ),
    ],
)
def test_names_of_every_imager_are_understood(name, station, imager, channel, time):
    said = parse_name(name)
    assert (said.station, said.imager, said.channel) == (station, imager, channel)
    assert said.time == datetime.fromisoformat(time).replace(tzinfo=UTC)


@pytest.mark.parametrize("name", ["photo.png", "20141310_0600_gill_themis19_full.pgm.gz"])
def test_names_without_place_or_time_are_none(name):
    assert parse_name(name) is None


def test_a_night_in_alaska_is_not_cut_at_noon_of_utc():
    evening, morning = datetime(2014, 3, 10, 6, tzinfo=UTC), datetime(2014, 3, 10, 14, tzinfo=UTC)
    assert night_of(evening, -147) == night_of(morning, -147) == "20140309"
    assert night_of(morning + timedelta(hours=10), -147) == "20140310"
    assert night_of(datetime(2014, 3, 10, 13, tzinfo=UTC), 20) == "20140310"


def test_cadence_keeps_the_first_frame_of_each_interval_wherever_the_file_begins():
    start = datetime(2014, 3, 10, 6, 0, 40, tzinfo=UTC)
    frames = [
        Frame("gill", "themis19", "full", start + timedelta(seconds=3 * n), str(n))
        for n in range(40)
    ]
    kept = [frame.time.strftime("%H:%M:%S") for frame in thin(frames, 60)]
    assert kept == ["06:00:40", "06:01:01", "06:02:01"]
    assert thin(frames, 60)[1:] == thin(frames[5:], 60)[1:]
    assert thin(frames, 0) == frames
    assert len(thin([*frames, Frame("gill", "nir", "8446", start, "x")], 60)) == 4


def test_a_minute_file_gives_its_frames_by_their_own_headers(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(packed(minute(4)))
    archive = open_archive(path, EVERY, {})
    assert [offer.image_id for offer in archive.offers] == [
        f"gill_20140310T06000{second}.000_themis19_full" for second in (0, 3, 6, 9)
    ]
    assert {offer.group for offer in archive.offers} == {"gill-20140309"}
    assert archive.offers[2].time == datetime(2014, 3, 10, 6, 0, 6, tzinfo=UTC)
    for number in (3, 0, 1):  # in any order
        expected, _ = stretch(sky(number), horizon_mask(64, 64, 0.85))
        assert np.array_equal(archive.read(archive.offers[number]).pixels, expected[None])


def test_uncompressed_and_packed_files_give_the_same_pictures_and_digests(tmp_path):
    content = minute(2)
    (tmp_path / NAME).write_bytes(packed(content))
    (tmp_path / NAME.removesuffix(".gz")).write_bytes(content)
    both = [open_archive(p, EVERY, {}) for p in sorted(tmp_path.iterdir())]
    readings = [[a.read(o) for o in a.offers] for a in both]
    for one, other in zip(*readings, strict=True):
        assert one.sha256 == other.sha256
        assert np.array_equal(one.pixels, other.pixels)


def test_a_site_hour_leaves_out_row2_files_and_counts_absent_minutes(tmp_path):
    later = datetime(2014, 3, 10, 6, 1, tzinfo=UTC)
    absent = "20140310_0602_gill_themis19_full.pgm.gz"
    path = make_zip(
        tmp_path / "hour.zip",
        {
            NAME: packed(minute(4)),
            "20140310_0601_gill_themis19_full.pgm.gz": packed(minute(4, later)),
            "20140310_0600_gill_themis19_full_row2.pgm.gz": packed(minute(4)),
            "members.tsv": f"name\turl\tbytes\tsha256\tstate\n{NAME}\tu\t1\t\tpresent\n"
            f"{absent}\thttps://a/b\t\t\tabsent\n".encode(),
        },
    )
    archive = open_archive(path, ReaderSettings(cadence=60), {})
    good = [offer for offer in archive.offers if not offer.rejected]
    assert [offer.time.minute for offer in good] == [0, 1]
    bad = [offer for offer in archive.offers if offer.rejected]
    assert [(offer.image_id, offer.rejected) for offer in bad] == [
        (absent, "absent from the archive (https://a/b)")
    ]
    assert any("row2" in remark for remark in archive.remarks)
    assert any("2 of 8 frames kept" in remark for remark in archive.remarks)
    keys = {frozenset(offer.covariates) for offer in archive.offers}
    assert len(keys) == 1, "every offer has the same covariates"


def test_a_truncated_file_keeps_the_frames_before_the_cut(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [sky(n) + rng.integers(0, 9, (64, 64)).astype(np.uint16) for n in range(6)]
    whole = packed(minute(pictures=pictures))
    (tmp_path / NAME).write_bytes(whole[: len(whole) // 2])
    archive = open_archive(tmp_path / NAME, EVERY, {})
    good = [offer for offer in archive.offers if not offer.rejected]
    assert 2 <= len(good) < 6
    for number, offer in enumerate(good):
        expected, _ = stretch(pictures[number], horizon_mask(64, 64, 0.85))
        assert np.array_equal(archive.read(offer).pixels[0], expected)
    (bad,) = (offer.rejected for offer in archive.offers if offer.rejected)
    assert "cut short" in bad
    assert f"frame {len(good)}" in bad


def test_two_frames_of_one_time_are_one_image_and_one_rejected(tmp_path):
    path = make_zip(tmp_path / "h.zip", {f"a/{NAME}": packed(minute(2)), NAME: packed(minute(2))})
    archive = open_archive(path, EVERY, {})
    assert [offer.rejected is None for offer in archive.offers] == [True, True, False, False]
    assert len({offer.image_id for offer in archive.offers}) == 4


def test_mosaic_pairs_are_averaged_to_square_pixels(tmp_path):
    small = sky(1)
    mosaic = np.repeat(small, 2, axis=1)
    mosaic[:, 0::2] -= 100
    mosaic[:, 1::2] += 100
    time = datetime(2013, 2, 5, 5, tzinfo=UTC)
    path = tmp_path / "20130205_0500_rabb_rainbow-08_full.pgm"
    path.write_bytes(stream0_frame(mosaic, frame_header(time)))
    archive = open_archive(path, EVERY, {})
    expected, _ = stretch(small, horizon_mask(64, 64, 0.85))
    assert np.array_equal(archive.read(archive.offers[0]).pixels[0], expected)


@pytest.mark.parametrize("year", [2014, 2024])
@pytest.mark.parametrize("cadence", [0, 6])
def test_both_cdf_layouts_give_the_frames_and_times_put_in(tmp_path, year, cadence):
    path, frames = make_cdf(tmp_path / "hour.cdf", year=year, count=70)
    archive = open_archive(path, ReaderSettings(cadence=cadence), {})
    kept = range(0, 70, 2 if cadence else 1)
    assert len(archive.offers) == len(kept)
    assert archive.offers[0].image_id == f"gill_{year}0310T060000.000_themis_asf"
    for offer, number in zip(archive.offers, kept, strict=True):
        assert offer.time == datetime(year, 3, 10, 6, tzinfo=UTC) + timedelta(seconds=3 * number)
        expected, _ = stretch(frames[number], horizon_mask(32, 32, 0.85))
        assert np.array_equal(archive.read(offer).pixels[0], expected)


def test_an_unknown_station_is_remarked_upon_until_it_is_placed(tmp_path):
    path = tmp_path / "20140310_0600_abcd_themis19_full.pgm"
    header = frame_header(datetime(2014, 3, 10, 6, tzinfo=UTC))
    del header["Geodetic Longitude"]
    path.write_bytes(stream0_frame(sky(), header))
    assert "station abcd" in open_archive(path, EVERY, {}).remarks[0]
    placed = open_archive(path, ReaderSettings(cadence=0, longitudes={"abcd": 150.0}), {})
    assert not placed.remarks
    assert placed.offers[0].group == "abcd-20140310"
