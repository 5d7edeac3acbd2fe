"""The simulated archive, read by the reader of the real one."""

import io
import zipfile

import numpy as np
import pytest
from mars_files import make_zip, open_made
from PIL import Image

from skyloom.shards import ArchiveFile, Member, Shard
from skyloom.surveys.contract import UnreadableImageError
from skyloom.surveys.mars.settings import SimulatorSettings
from skyloom.surveys.mars.simulator import simulate_shard

SHARD = Shard("sim", ArchiveFile("https://archive/sim.zip"), {"first_sol": "4"})
SMALL = SimulatorSettings(images=40, sols=9, image_size=32, copies=0.5, damaged=0.1)


def test_splits_follow_the_sols_and_every_class_occurs(simulated_zip):
    archive = open_made(simulated_zip)
    splits = {}
    for offer in archive.offers:
        splits.setdefault(offer.group, set()).add(offer.split)
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "val", "test"}
    assert len({offer.label for offer in archive.offers}) == 12
    assert any(offer.image_id.endswith("-fh") for offer in archive.offers)


def test_the_truth_is_what_the_reader_finds(tmp_path):
    simulated = simulate_shard(SHARD, SMALL, seed=1)
    ((address, content),) = simulated.files
    assert address == "https://archive/sim.zip"
    (tmp_path / "sim.zip").write_bytes(content)
    archive = open_made(tmp_path / "sim.zip")
    truth = simulated.truth.set_index("image_id")
    assert {offer.image_id for offer in archive.offers} == set(truth.index)
    assert 0 < truth["damaged"].sum() < len(truth) / 2
    for offer in archive.offers:
        row = truth.loc[offer.image_id]
        assert (offer.label, offer.covariates["sol"]) == (row["label"], row["sol"])
        if row["damaged"]:
            with pytest.raises(UnreadableImageError):
                archive.read(offer)
        else:
            assert archive.read(offer).pixels.shape == (3, 32, 32)


def test_other_libraries_read_it_and_copies_are_mirrored():
    ((_, content),) = simulate_shard(SHARD, SMALL.model_copy(update={"damaged": 0.0}), 1).files
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        copy = next(name for name in names if name.endswith("-fh.jpg"))
        picture, mirrored = (
            np.asarray(Image.open(io.BytesIO(archive.read(name))), dtype=float)
            for name in (copy.replace("-fh", ""), copy)
        )
        apart = np.abs(picture - mirrored[:, ::-1]).mean()
        assert apart < np.abs(picture - mirrored).mean()
        assert apart < 6, "only compression differs"
        assert archive.read("class_map.csv").startswith(b"0,ground\n1,")


def test_the_same_seed_gives_the_same_bytes():
    def content(seed):
        return dict(simulate_shard(SHARD, SMALL, seed).files)

    assert content(1) == content(1)
    assert content(1) != content(2)


def test_members_become_raw_images_of_their_names(tmp_path):
    stems = [
        "NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J",
        "0042MR0001830110101823E01_DXXX",
    ]
    members = tuple(
        Member(f"{stem}.jpg", ArchiveFile(f"https://archive/{stem}.jpg"), {}) for stem in stems
    )
    shard = Shard("raw", ArchiveFile("https://archive/"), {}, members)
    settings = SimulatorSettings(image_size=128, damaged=0.0)
    simulated = simulate_shard(shard, settings, seed=1)
    files = dict(simulated.files)
    assert list(files) == [member.file.url for member in members]
    assert simulated.truth["sol"].tolist() == [1, 42]
    path = make_zip(tmp_path / "raw.zip", {url.rsplit("/", 1)[1]: c for url, c in files.items()})
    archive = open_made(path)
    assert {offer.group for offer in archive.offers} == {"m2020-sol0001", "msl-sol0042"}
    assert archive.read(archive.offers[0]).pixels.std() > 5
