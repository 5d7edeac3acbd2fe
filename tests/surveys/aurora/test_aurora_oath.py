from collections import Counter

import numpy as np
import pytest
from aurora_files import EVERY, LABEL_HEAD, make_tgz, make_zip, oath_tree

from skyloom.surveys.aurora.oath_table import published_rows, read_labels, read_origins, trains
from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.settings import ReaderSettings

LINES = ["0,0,00001,arc,334", "0,1,00002,diffuse,029", "1,5,00003,noaurora,355"]
ORIGINS = "picNum,station,timestamp\n00001,gill,2008-01-05 05:00:00\n00002,gill,2008-01-05 09:00:00\n00003,fsmi,20080106_050000\n"  # noqa: E501


@pytest.mark.parametrize("folder", ["classification", "classifications"])
@pytest.mark.parametrize("make", [make_zip, make_tgz])
def test_labels_rotation_and_pixels_of_both_spellings(tmp_path, folder, make):
    archive = open_archive(make(tmp_path / "oath.tgz", oath_tree(LINES, folder)), EVERY, {})
    assert [(offer.image_id, offer.label) for offer in archive.offers] == [
        ("oath_00001", "arc"),
        ("oath_00002", "diffuse"),
        ("oath_00003", "noaurora"),
    ]
    assert [offer.covariates["rotation"] for offer in archive.offers] == [334, 29, 355]
    assert [offer.covariates["class2"] for offer in archive.offers] == ["0", "0", "1"]
    pixels = archive.read(archive.offers[1]).pixels
    expected = np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64) * 7 + 2
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels, expected), "all sixteen bits, and not stretched again"


def test_a_tar_file_is_offered_in_its_own_order(tmp_path):
    files = oath_tree(LINES, pictures=["00003", "00001", "00002"])
    archive = open_archive(make_tgz(tmp_path / "oath.tgz", files), EVERY, {})
    assert [offer.image_id[-1] for offer in archive.offers] == ["3", "1", "2"]


def test_published_split_is_drawn_from_its_seed():
    rows = published_rows(5824)
    assert rows[0, :5].tolist() == [4604, 915, 289, 3526, 2171]
    assert trains(rows).sum(axis=1).tolist() == [4077] * 5


def test_the_option_chooses_the_row_and_the_others_stay_as_covariates(tmp_path):
    lines = [f"0,{n % 6},{n + 1:05d},x,000" for n in range(40)]
    path = make_tgz(tmp_path / "oath.tgz", oath_tree(lines))
    drawn = published_rows(40)
    for row in range(5):
        offers = open_archive(path, ReaderSettings(oath_split=row), {}).offers
        train = {int(offer.image_id[5:]) - 1 for offer in offers if offer.split == "train"}
        assert train == set(drawn[row, :28].tolist())
        assert all(offer.covariates[f"split_{row}"] == offer.split for offer in offers)
    grouped = open_archive(path, ReaderSettings(), {}).offers
    assert all(offer.covariates["split_grouped"] == offer.split for offer in grouped)


def test_a_split_file_that_differs_from_the_seed_counts_and_is_remarked_upon(tmp_path):
    text = "2.0e0,1.0e0,0.0e0\n"
    more = {"oath_v1.1/classifications/train_test_split.csv": text.encode()}
    path = make_tgz(tmp_path / "oath.tgz", oath_tree(LINES, more=more))
    archive = open_archive(path, EVERY, {})
    assert any("not what its known seed draws" in remark for remark in archive.remarks)
    assert [offer.covariates["split_0"] for offer in archive.offers] == ["test", "train", "train"]


def test_station_and_night_group_the_pictures(tmp_path):
    more = {"oath_v1.1/images/files_origin.csv": ORIGINS.encode()}
    archive = open_archive(make_tgz(tmp_path / "o.tgz", oath_tree(LINES, more=more)), EVERY, {})
    assert [offer.group for offer in archive.offers] == [
        "gill-20080104",
        "gill-20080104",
        "fsmi-20080105",
    ]
    assert archive.offers[0].time.hour == 5
    assert not any("grouped in blocks" in remark for remark in archive.remarks)


def test_without_origins_blocks_of_numbers_are_the_groups(tmp_path):
    lines = [f"0,0,{n + 1:05d},arc,000" for n in range(5)]
    path = make_tgz(tmp_path / "oath.tgz", oath_tree(lines))
    archive = open_archive(path, ReaderSettings(oath_block=2), {})
    groups = [offer.group for offer in archive.offers]
    assert groups == [f"oath-block00{n}" for n in (0, 0, 1, 1, 2)]
    assert any("0 of 5 pictures" in remark for remark in archive.remarks)


@pytest.mark.parametrize(
    "line",
    [
        "00007,FSMI,2006-12-27 04:05:06",
        "00007.png; fsmi; 2006/12/27 04:05:06",
        "00007\tfsmi\t20061227T040506",
        "00007,thg_l1_asf_fsmi_2006122704_v01.cdf,2006-12-27/04:05:06",
    ],
)
def test_origin_lines_are_understood_by_their_cells(line):
    found = read_origins(f"a header\n{line}\n", ["00001"])
    assert list(found) == ["00007"]
    assert found["00007"].station == "fsmi"
    assert f"{found['00007'].time:%Y%m%d %H%M}" == "20061227 0405"


def test_columns_in_another_order_and_a_duplicate_number(tmp_path):
    text = LABEL_HEAD.replace(
        "class2,class6,picNum,picType,rotAng", "class2,picNum,rotAng,class6,picType"
    )
    rows = ["0,1,007,2,discrete", "0,00001,008,3,cloudy"]
    labels = read_labels(text + "\n".join(rows))
    assert [(label.number, label.name, label.rotation) for label in labels] == [
        ("00001", "discrete", 7),
        ("00001", "cloudy", 8),
    ]


def test_real_oath_tables_and_pictures(real_data):
    archive = open_archive(real_data / "aurora" / "oath_sample", EVERY, {})
    assert Counter(offer.label for offer in archive.offers) == {
        "arc": 774,
        "diffuse": 1102,
        "discrete": 1400,
        "cloudy": 852,
        "moon": 614,
        "noaurora": 1082,
    }
    assert Counter(offer.covariates["class2"] for offer in archive.offers) == {"0": 3276, "1": 2548}
    for row in range(5):
        counts = Counter(offer.covariates[f"split_{row}"] for offer in archive.offers)
        assert counts == {"train": 4077, "test": 1747}
    assert not any("seed" in remark for remark in archive.remarks), "file and seed agree"
    good = [offer for offer in archive.offers if not offer.rejected]
    assert len(good) == 10
    pixels = archive.read(good[0]).pixels
    assert (pixels.shape, pixels.dtype) == ((1, 256, 256), np.uint16)
    y, x = np.mgrid[:256, :256]
    lit = np.hypot(y - 127.5, x - 127.5)[pixels[0] > 0]
    assert 108 < lit.max() < 110
    assert len(np.unique(pixels)) > 256, "sixteen bits"
    assert 0.004 < (pixels == 65535).mean() < 0.008
    nights = {offer.group: set() for offer in archive.offers}
    for offer in archive.offers:
        nights[offer.group].add(offer.covariates["split_grouped"])
    assert all(len(splits) == 1 for splits in nights.values())
