import hashlib
import io
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from skyloom.surveys.contract import UNLISTED, UnreadableArchiveError, UnreadableImageError
from skyloom.surveys.mars.names import parse_name
from skyloom.surveys.mars.reader import open_archive
from skyloom.surveys.mars.settings import SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard


def jpeg(value=100, mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, (20, 16), value if mode == "L" else (value, 50, 20)).save(buffer, "JPEG")
    return buffer.getvalue()


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_names():
    name = parse_name("0042MR0001830110101823Q01_DRCL-fh")
    assert (name.sol, name.camera, name.group) == (42, "MR", "sol0042")
    assert name.original == parse_name("0042MR0001830110101823Q01_DRCL").original
    assert parse_name("0003ML0000000110100031E01_DRCL").original == "0003ML0000000110100031"
    assert (
        parse_name("0003ML0000000110100031E01_DRCL").original
        == parse_name("0003ML0000000110100031I01_DRCL").original
    ), "thumbnail and full frame of one exposure are one picture"
    assert f"{parse_name('0000ML0000000110100031E01_DRCL').time:%Y-%m-%dT%H}" == "2012-08-05T13"


@pytest.mark.parametrize("copy", ["fh", "fv", "r90", "r180", "r270", "brt"])
def test_copies_share_original_and_group(copy):
    plain, copied = (
        parse_name("0950MH0004390000502123C00_DRCL"),
        parse_name(f"0950MH0004390000502123C00_DRCL-{copy}"),
    )
    assert (plain.original, plain.group) == (copied.original, copied.group)
    assert plain.stem != copied.stem


def test_other_names_are_their_own_group():
    name = parse_name("ESP_011623_2100_RED-0016-r90")
    assert (name.group, name.sol, name.time) == ("ESP_011623_2100_RED-0016", None, None)


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
        archive = open_archive(path)
        (offer,) = archive.offers
        assert (offer.split, offer.label, offer.rejected) == ("train", "ground", None)
        assert archive.remarks == [
            "no val list: the set has no val images",
            "no test list: the set has no test images",
        ]
        assert archive.decode(offer, archive.read(offer)).shape == (3, 16, 20)


def test_rows_that_cannot_be_used_keep_their_reason(tmp_path):
    good, twin, other = (f"00{n}ML0000000110100031E01_DRCL.JPG" for n in (10, 11, 12))
    path = make_zip(
        tmp_path / "set.zip",
        {
            f"images/{good}": jpeg(),
            f"images/{twin}": jpeg(),
            f"more/{twin}": jpeg(),
            f"images/{other}": jpeg(),
            "train-set.txt": f"{good} 1\n{twin} 1\n{other} 99\ngone.jpg 1\nnonsense line here\n",
            "val-set.txt": f"{good} 1\n",
            "class_map.csv": "1,rock\n",
        },
    )
    archive = open_archive(path)
    reasons = {offer.source: offer.rejected for offer in archive.offers}
    assert reasons[f"images/{good}"] is None
    assert reasons[f"more/{twin}"] == f"same file name as images/{twin}"
    assert reasons[f"images/{other}"] == "its class 99 is not in the class map"
    assert reasons["gone.jpg"] == "named in the train list, not in the archive"
    assert len({offer.image_id for offer in archive.offers}) == len(archive.offers)
    assert any("'nonsense line here'" in remark for remark in archive.remarks)
    assert any("stands in the train and the val list" in remark for remark in archive.remarks)


def test_grey_frames_become_three_equal_bands(tmp_path):
    path = make_zip(tmp_path / "grey.zip", {"images/a.jpg": jpeg(77, "L")})
    archive = open_archive(path)
    pixels = archive.decode(archive.offers[0], archive.read(archive.offers[0]))
    assert archive.offers[0].split == UNLISTED
    assert pixels.shape[0] == 3
    assert (pixels[0] == pixels[2]).all()


@pytest.mark.parametrize("content", [b"", b"not a picture", jpeg()[:200]])
def test_unreadable_images(tmp_path, content):
    archive = open_archive(make_zip(tmp_path / "bad.zip", {"images/a.jpg": content}))
    with pytest.raises(UnreadableImageError, match="no readable image"):
        archive.decode(archive.offers[0], archive.read(archive.offers[0]))


def test_unreadable_archives(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK but cut")
    with pytest.raises(UnreadableArchiveError, match="no readable zip"):
        open_archive(tmp_path / "x.zip")
    with pytest.raises(UnreadableArchiveError, match=r"no \.jpg or \.png"):
        open_archive(make_zip(tmp_path / "y.zip", {"readme.txt": b"x"}))


def test_damaged_member_is_one_image_not_the_archive(tmp_path):
    path = make_zip(tmp_path / "crc.zip", {"images/a.jpg": jpeg(), "images/b.jpg": jpeg(200)})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF  # inside the first member's bytes
    path.write_bytes(content)
    archive = open_archive(path)
    with pytest.raises(UnreadableImageError, match="unpacked"):
        archive.read(archive.offers[0])
    assert archive.read(archive.offers[1])


def test_simulator_repeats_itself_and_keeps_splits_by_sol(tmp_path, simulated_zip):
    archive = open_archive(simulated_zip)
    splits = {}
    for offer in archive.offers:
        splits.setdefault(offer.group, set()).add(offer.split)
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "val", "test"}
    assert len({offer.label for offer in archive.offers}) == 12
    assert any(offer.image_id.endswith("-fh") for offer in archive.offers)
    settings = SimulatorSettings(images=24, sols=5)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_shard(tmp_path / name, settings, seed, {"first_sol": "4"})
    a, b, c = (hashlib.sha256((tmp_path / n).read_bytes()).hexdigest() for n in "abc")
    assert a == b
    assert a != c


def test_real_msl_v1(real_data):
    archive = open_archive(real_data / "mars" / "msl_v1")
    offers = archive.offers
    assert Counter(offer.split for offer in offers) == {"train": 3746, "val": 1640, UNLISTED: 46}
    assert archive.remarks == ["no test list: the set has no test images"]
    labels = Counter((offer.split, offer.label) for offer in offers)
    assert labels["train", "ground"] == 2343
    assert labels["val", "wheel"] == 629
    assert len({offer.label for offer in offers if offer.label}) == 24
    sols = {split: {o.group for o in offers if o.split == split} for split in ("train", "val")}
    assert (len(sols["train"]), len(sols["val"])) == (91, 103)
    assert not sols["train"] & sols["val"]
    first = archive.decode(offers[0], archive.read(offers[0]))
    assert first.dtype == np.uint8
    assert first.shape[0] == 3
    assert not any(offer.rejected for offer in offers)
