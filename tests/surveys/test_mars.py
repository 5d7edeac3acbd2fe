"""Names of Mars images, and the labelled sets."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from mars_files import jpeg, make_zip, open_made, picture

from skyloom.surveys.contract import UNLISTED
from skyloom.surveys.mars.display import thumbnail
from skyloom.surveys.mars.names import parse_name
from skyloom.surveys.mars.near_duplicates import pairs_across
from skyloom.surveys.mars.settings import ReaderSettings


def test_names_of_mastcam_images():
    name = parse_name("0042MR0001830110101823Q01_DRCL-fh")
    assert (name.mission, name.sol, name.camera, name.group) == ("msl", 42, "MR", "msl-sol0042")
    assert name.original == parse_name("0042MR0001830110101823Q01_DRCL").original
    frame = parse_name("0003ML0000000110100031E01_DRCL")
    small = parse_name("0003ML0000000110100031I01_DRCL")
    assert frame.original == small.original == "0003ML0000000110100031"
    assert (frame.thumbnail, small.thumbnail) == (False, True)
    assert f"{parse_name('0000ML0000000110100031E01_DRCL').time:%Y-%m-%dT%H}" == "2012-08-05T13"


@pytest.mark.parametrize(
    ("stem", "sol", "day"),
    [
        ("FLB_645081221EDR_F0800902FHAZ00341M_", 2789, "2020-06-10"),
        ("FRB_675631940EDR_F0880366FHAZ00341M_", 3133, "2021-05-30"),
        ("RLB_530660214EDR_F0582394RHAZ00313M_", 1500, "2016-10-25"),
        ("NLB_516721703EDR_F0540992CCAM15900M1", 1343, "2016-05-17"),
    ],
)
def test_sol_of_engineering_cameras_follows_from_their_clock(stem, sol, day):
    name = parse_name(stem)
    assert (name.mission, name.sol, f"{name.time:%Y-%m-%d}") == ("msl", sol, day)
    assert name.original == stem[:13]
    assert parse_name(stem.replace("EDR_F", "EDR_T")).thumbnail


def test_names_of_perseverance_images():
    name = parse_name("NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J")
    assert (name.mission, name.sol, name.camera) == ("m2020", 1, "NLF")
    assert (name.group, name.original) == ("m2020-sol0001", "NLF_0001_0667022701_000")
    assert f"{name.time:%Y-%m-%dT%H:%M:%S}" == "2021-02-19T16:05:01"
    small = parse_name("NLF_0001_0667022701_000ECM_T0010052AUT_04096_00_2I3J01_320")
    assert (small.original, small.thumbnail, name.thumbnail) == (name.original, True, False)


@pytest.mark.parametrize("copy", ["fh", "fv", "r90", "r180", "r270", "brt"])
@pytest.mark.parametrize("stem", ["0950MH0004390000502123C00_DRCL", "ESP_011623_2100_RED-0016"])
def test_copies_share_original_and_group(stem, copy):
    plain, copied = parse_name(stem), parse_name(f"{stem}-{copy}")
    assert (plain.original, plain.group) == (copied.original, copied.group)
    assert plain.stem != copied.stem


def test_landmarks_are_grouped_by_parent_image_and_other_names_by_themselves():
    landmark = parse_name("ESP_011623_2100_RED-0016-r90")
    assert (landmark.group, landmark.original) == ("ESP_011623_2100", "ESP_011623_2100_RED-0016")
    other = parse_name("holiday-fh")
    assert (other.group, other.sol, other.time, other.mission) == ("holiday", None, None, None)


def test_v1_and_v2_layouts(tmp_path):
    file = "0010ML0000000110100031E01_DRCL.JPG"
    v1 = make_zip(
        tmp_path / "v1.zip",
        {
            f"calibrated/{file}": jpeg(),
            "train-calibrated-shuffled.txt": f"calibrated/{file} 8\n",
            "msl_synset_words-indexed.txt": "8       ground\n21      scoop of dust\n",
        },
    )
    v2 = make_zip(
        tmp_path / "v2.zip",
        {
            f"set/images/{file}": jpeg(),
            "__MACOSX/set/images/._x.jpg": b"litter",
            "set/train-set-v2.1.txt": f"{file} 8\r\n",
            "set/class_map.csv": "8,ground\n",
        },
    )
    for path in (v1, v2):
        archive = open_made(path)
        (offer,) = archive.offers
        assert (offer.split, offer.label, offer.rejected) == ("train", "ground", None)
        assert offer.covariates == {"mission": "msl", "sol": 10, "camera": "ML"}
        assert list(archive.remarks) == [
            "no val list: the set has no val images",
            "no test list: the set has no test images",
            "distinct pictures: train 1",
        ]
        assert archive.read(offer).pixels.shape == (3, 90, 120)


def hirise_zip(path, lines):
    """A HiRISE set with every file that its lines name."""
    images = {f"map-proj-v3_2/{line.split()[0]}": jpeg() for line in lines if line.strip()}
    lists = {
        "labels-map-proj_v3_2_train_val_test.txt": "\n".join(lines),
        "landmarks_map-proj_v3_2_classmap.csv": "0,other\n1,crater\n7,spider\n",
    }
    return make_zip(path, images | lists)


def test_hirise_layout_with_copies_repeats_and_a_contradiction(tmp_path):
    copies = ["", "-r90", "-r180", "-r270", "-fh", "-fv", "-brt"]
    lines = [f"ESP_011623_2100_RED-0016{copy}.jpg 7 train" for copy in copies]
    lines += ["ESP_011623_2100_RED-0017.jpg 0 train", "ESP_019697_2020_RED-0024.jpg 1 val"]
    lines += ["ESP_011623_2100_RED-0018.jpg 1 val", "ESP_022001_1000_RED-0001.jpg 1 test"]
    lines += [lines[0], lines[0], "ESP_011623_2100_RED-0017.jpg 1 train"]
    lines += ["ESP_1.jpg 0", "ESP_2.jpg 0 dev"]
    archive = open_made(hirise_zip(tmp_path / "h.zip", lines))
    by_name = {offer.image_id: offer for offer in archive.offers}
    copied = [by_name[f"ESP_011623_2100_RED-0016{copy}"] for copy in copies]
    assert {(o.label, o.split, o.original, o.group) for o in copied} == {
        ("spider", "train", "ESP_011623_2100_RED-0016", "ESP_011623_2100")
    }
    assert by_name["ESP_011623_2100_RED-0017"].rejected == (
        "listed as class 0 in train and as class 1 in train"
    )
    assert list(archive.remarks) == [
        "the list: 'ESP_1.jpg 0' is no 'NAME ID SPLIT' line, left out",
        "the list: 'ESP_2.jpg 0 dev' is no 'NAME ID SPLIT' line, left out",
        "2 lines of the lists repeat an earlier one: counted once",
        "distinct pictures: train 1, val 2, test 1",
        "1 of 3 groups (sols, parent images) have images in several splits",
    ]


def test_hirise_numbers_come_out_of_lists_with_repeats_and_copies(tmp_path):
    """The rule behind 6,997 / 2,025 / 1,793, at a hundredth of the size."""
    lines = []
    for number, (split, count) in enumerate((("train", 70), ("val", 20), ("test", 18))):
        names = [f"ESP_0{number}0000_1000_RED-{place:04d}" for place in range(count)]
        copies = ["", "-fh", "-brt"] if split != "test" else [""]
        lines += [f"{name}{copy}.jpg 1 {split}" for name in names for copy in copies]
    lines += lines[:30]
    archive = open_made(hirise_zip(tmp_path / "h.zip", lines))
    originals = defaultdict(set)
    for offer in archive.offers:
        originals[offer.split].add(offer.original)
    assert {split: len(names) for split, names in originals.items()} == {
        "train": 70,
        "val": 20,
        "test": 18,
    }
    assert "distinct pictures: train 70, val 20, test 18" in set(archive.remarks)
    assert "30 lines of the lists repeat an earlier one: counted once" in set(archive.remarks)
    assert len(archive.offers) == 3 * 70 + 3 * 20 + 18


def test_rows_that_cannot_be_used_keep_their_reason(tmp_path):
    good, twin, other, both = (f"00{n}ML0000000110100031E01_DRCL.JPG" for n in (10, 11, 12, 13))
    path = make_zip(
        tmp_path / "set.zip",
        {
            f"images/{good}": jpeg(),
            f"images/{twin}": jpeg(),
            f"more/{twin}": jpeg(),
            f"images/{other}": jpeg(),
            f"images/{both}": jpeg(),
            "train-set.txt": f"{good} 1\n{twin} 1\n{other} 99\ngone.jpg 1\n{both} 1\nodd line x\n",
            "val-set.txt": f"{both} 1\n",
            "class_map.csv": "1,rock\n",
        },
    )
    archive = open_made(path)
    reasons = {offer.source: offer.rejected for offer in archive.offers}
    assert reasons[f"images/{good}"] is None
    assert reasons[f"more/{twin}"] == f"same file name as images/{twin}"
    assert reasons[f"images/{other}"] == "its class 99 is not in the class map"
    assert reasons[f"images/{both}"] == "listed as class 1 in train and as class 1 in val"
    assert reasons["gone"] == "named in the train list, not in the archive"
    assert len({offer.image_id for offer in archive.offers}) == len(archive.offers)
    assert any("'odd line x'" in remark for remark in archive.remarks)


def test_grey_frames_become_three_equal_bands_and_are_shown_as_they_are(tmp_path):
    path = make_zip(tmp_path / "grey.zip", {"images/a.png": picture(77, "L")})
    archive = open_made(path)
    pixels = archive.read(archive.offers[0]).pixels.copy()
    assert pixels.dtype == np.uint8
    assert (pixels == 77).all()
    pixels[0] = 5
    assert thumbnail(pixels).shape == (90, 120, 3)
    assert (thumbnail(pixels)[0, 0] == [5, 77, 77]).all()


def test_settings_refuse_sols_in_the_wrong_order():
    with pytest.raises(ValueError, match="first and last sol"):
        ReaderSettings(exclude_sols=((9, 3),))


def test_real_msl_v1(real_data):
    archive = open_made(real_data / "mars" / "msl_v1")
    offers = archive.offers
    assert Counter(offer.split for offer in offers) == {"train": 3746, "val": 1640, UNLISTED: 46}
    assert list(archive.remarks) == [
        "no test list: the set has no test images",
        "distinct pictures: train 2389, val 949",
    ]
    labels = Counter((offer.split, offer.label) for offer in offers)
    assert labels["train", "ground"] == 2343
    assert labels["val", "wheel"] == 629
    assert len({offer.label for offer in offers if offer.label}) == 24
    sols = {split: {o.group for o in offers if o.split == split} for split in ("train", "val")}
    assert (len(sols["train"]), len(sols["val"])) == (91, 103)
    assert not sols["train"] & sols["val"]
    first = archive.read(offers[0])
    assert first.pixels.dtype == np.uint8
    assert first.pixels.shape[0] == 3
    assert not any(offer.rejected for offer in offers)


def test_real_near_duplicates_between_train_and_val_are_named(real_data):
    """The calibration target of sols 179 and 411, seen from the same place."""
    archive = open_made(real_data / "mars" / "msl_v1")
    wanted = {"0179MH0002160020102509C00_DRCL", "0411MH0002160020200026C00_DRCL"}
    rows = [
        {
            "image_id": offer.image_id,
            "split": offer.split,
            "perceptual_hash": archive.read(offer).covariates["perceptual_hash"],
        }
        for offer in archive.offers
        if offer.image_id in wanted
    ]
    (pair,) = pairs_across(pd.DataFrame(rows), "split", 4).itertuples()
    assert {pair.first, pair.second} == wanted
    assert "1 pairs among 2 images, 1 of them" in archive.remarks[-1]
