"""Every reader on real files: counts, times and known values."""

from itertools import pairwise

import numpy as np
import pytest
from aurora_files import EVERY

from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.contract import UnreadableImageError

NASCAM_MINUTE = "nascam_gill_20090209/20090209_0600_gill_nascam-iccd02.png.tar"


@pytest.mark.parametrize(
    ("path", "count", "rejected", "side", "first"),
    [
        ("themis_gill_20140310", 120, 0, 256, "gill_20140310T060000.063_themis19_full"),
        ("rainbow_rabb_20130205", 60, 0, 256, "rabb_20130205T050000.012_rainbow-08_full"),
        ("trex_nir_gill_20220307", 60, 0, 256, "gill_20220307T060000.000_nir-216_8446"),
        ("trex_blueline_gill_20220308", 20, 0, 270, "gill_20220308T060000.233_blue-814_full"),
        ("nascam_gill_20090209", 51, 20, 256, "gill_20090209T060001.000_nascam-iccd02_5577"),
        (NASCAM_MINUTE, 10, 4, 256, "gill_20090209T060001.000_nascam-iccd02_5577"),
        ("trex_rgb_gill", 2, 0, 480, "gill_20200508T060500.122_rgb-04_full"),
        ("dasc_poker_20151007", 4, 0, 512, "pkr_20151007T082355.961_dasc_0428"),
    ],
)
def test_real_frame_files(real_data, path, count, rejected, side, first):
    archive = open_archive(real_data / "aurora" / path, EVERY, {})
    assert len(archive.offers) == count
    assert archive.offers[0].image_id == first
    reasons = []
    for offer in archive.offers:
        assert offer.rejected is None
        try:
            pixels = archive.read(offer).pixels
        except UnreadableImageError as error:
            reasons.append(str(error))
            continue
        assert (pixels.shape, pixels.dtype) == ((1, side, side), np.uint16)
    assert len(reasons) == rejected
    assert all(reason.startswith("saturated frame") for reason in reasons)


def test_real_stream0_keeps_one_frame_a_minute_by_default(real_data):
    archive = open_archive(real_data / "aurora" / "themis_gill_20140310", ReaderSettings(), {})
    assert [offer.time.minute for offer in archive.offers] == [0, 1, 2, 3, 4, 5]
    assert archive.offers[0].group == "gill-20140309"
    reading = archive.read(archive.offers[0])
    assert reading.covariates["count_p1"] == 5305
    assert reading.covariates["count_p99"] == pytest.approx(9992.52)
    assert 0 < reading.covariates["saturated"] < 1e-3, "the Moon"


def test_real_full_frames_of_level_1(real_data):
    path = real_data / "aurora" / "themis_gako" / "thg_l1_asf_gako_2011010617_v01.cdf"
    archive = open_archive(path, EVERY, {})
    assert len(archive.offers) == 23
    times = [offer.time for offer in archive.offers]
    assert times[0].isoformat(timespec="seconds") == "2011-01-06T17:00:00+00:00"
    steps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert steps == pytest.approx([3] * 22, abs=0.2)
    assert {offer.group for offer in archive.offers} == {"gako-20110105"}
    assert archive.read(archive.offers[0]).covariates["count_p1"] == 2921


def test_real_thumbnails_have_their_times_although_the_epochs_are_empty(real_data):
    path = real_data / "aurora" / "themis_gako" / "thg_l1_ast_gako_20110505_v01.cdf"
    archive = open_archive(path, EVERY, {})
    assert len(archive.offers) == 1075
    assert archive.offers[0].image_id.startswith("gako_20110505T")
    reasons = []
    for offer in archive.offers[::25]:
        try:
            assert archive.read(offer).pixels.shape == (1, 32, 32)
        except UnreadableImageError as error:
            reasons.append(str(error))
    assert 0 < len(reasons) < 43, "many of these minutes show pixel noise alone"
    assert all(reason.startswith("dark frame: counts") for reason in reasons)
