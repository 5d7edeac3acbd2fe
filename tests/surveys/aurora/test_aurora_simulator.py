import gzip
import hashlib
import io
import tarfile
from collections import Counter
from datetime import UTC, datetime

import cdflib
import numpy as np
import pytest
from aurora_files import EVERY, make_zip

from made import ROOT
from skyloom.shards import ArchiveFile, Member, Shard, read_sheet
from skyloom.surveys.aurora.camera import BIAS, Camera
from skyloom.surveys.aurora.display import thumbnail
from skyloom.surveys.aurora.frames import develop
from skyloom.surveys.aurora.nights import Night
from skyloom.surveys.aurora.reader import open_archive
from skyloom.surveys.aurora.scenes import SCENES, draw_frame
from skyloom.surveys.aurora.settings import ReaderSettings, SimulatorSettings
from skyloom.surveys.aurora.simulator import UnknownShardError, simulate_shard
from skyloom.surveys.aurora.views import VIEWS

SMALL = SimulatorSettings(
    image_size=32, pictures=48, nights=12, frames_per_minute=4, frames_per_hour=6, damaged=0.05
)
OATH = Shard("oath", ArchiveFile("plasma/oath/oath_v1.1_20181026.tgz"), {})
FOLDER = "THEMIS/asi/stream0/2014/03/10/gill_themis19/ut06/"
MINUTES = [f"20140310_060{n}_gill_themis19_full.pgm.gz" for n in range(2)]
HOUR = Shard(
    "hour",
    ArchiveFile(FOLDER),
    {},
    tuple(Member(name, ArchiveFile(FOLDER + name), {}) for name in MINUTES),
)


def level_1(year):
    name = f"thg_l1_asf_gill_{year}031006_v01.cdf"
    return Shard("l1", ArchiveFile(f"thg/l1/asi/gill/{year}/03/{name}"), {})


def files_of(shard, seed=0, settings=SMALL):
    return dict(simulate_shard(shard, settings, seed).files)


def raw_file(shard, folder):
    files = files_of(shard)
    if shard.members:
        return make_zip(folder / "raw.zip", {m.name: files[m.file.url] for m in shard.members})
    path = folder / shard.file.url.rpartition("/")[2]
    path.write_bytes(files[shard.file.url])
    return path


@pytest.mark.parametrize("shard", [OATH, HOUR, level_1(2014)])
def test_same_seed_same_bytes_and_another_seed_other_bytes(shard):
    digests = [
        {url: hashlib.sha256(content).hexdigest() for url, content in files_of(shard, seed).items()}
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1]
    assert all(digests[0][url] != digests[2][url] for url in digests[0])


@pytest.mark.parametrize("shard", [OATH, HOUR, level_1(2014), level_1(2024)])
def test_the_reader_finds_exactly_the_images_of_the_truth(tmp_path, shard):
    truth = simulate_shard(shard, SMALL, 0).truth
    archive = open_archive(raw_file(shard, tmp_path), EVERY, {})
    assert {offer.image_id for offer in archive.offers} == set(truth["image_id"])
    assert len(truth) == len(archive.offers)
    times = dict(zip(truth["image_id"], truth["time"], strict=True))
    assert all(abs((o.time - times[o.image_id]).total_seconds()) < 1e-3 for o in archive.offers)


def test_oath_labels_and_nights_are_those_of_the_truth(tmp_path):
    truth = simulate_shard(OATH, SMALL, 0).truth.set_index("image_id")
    archive = open_archive(raw_file(OATH, tmp_path), EVERY, {})
    for offer in archive.offers:
        assert offer.label == truth.loc[offer.image_id, "class"]
    assert set(Counter(truth["class"])) == set(SCENES)
    assert len({offer.group for offer in archive.offers}) == 12
    assert not archive.remarks, "all tables are there and agree"
    nights = truth["night"].ne(truth["night"].shift())
    changes = truth["class"].ne(truth["class"].shift())
    assert changes[~nights].mean() < 0.8, "labels come in runs, as the real ones do"


def test_share_of_damaged_pictures_is_the_one_asked_for(tmp_path):
    archive = open_archive(raw_file(OATH, tmp_path), EVERY, {})
    bad = 0
    for offer in archive.offers:
        try:
            archive.read(offer)
        except Exception as error:
            bad += "damaged PNG" in str(error)
    assert bad == round(0.05 * 48)


def test_other_libraries_read_the_files(tmp_path):
    with tarfile.open(fileobj=io.BytesIO(files_of(OATH)[OATH.file.url])) as archive:
        names = archive.getnames()
    assert "oath_v1.1/images/cropped_scaled/00001.png" in names
    content = gzip.decompress(files_of(HOUR)[FOLDER + MINUTES[0]])
    assert content.startswith(b'P5\n#"Project unique ID" THEMIS\n')
    assert content.count(b"32 32\n65535\n") == 4
    old, new = (cdflib.CDF(raw_file(level_1(year), tmp_path)) for year in (2014, 2024))
    assert old.varget("thg_asf_gill").shape == (6, 32, 32)
    assert new.varget("thg_asf_gill").shape == (1, 32, 32, 6)
    epochs = cdflib.cdfepoch.to_datetime(old.varget("thg_asf_gill_epoch"))
    assert str(epochs[1])[:19] == "2014-03-10T06:00:03"
    assert "thg_asf_gill_epoch" not in new.cdf_info().zVariables
    assert new.varget("thg_asf_gill_time")[0, ...].ravel()[0] == pytest.approx(
        datetime(2024, 3, 10, 6, tzinfo=UTC).timestamp()
    )


def test_classes_differ_in_what_makes_them():
    camera = Camera(96)
    light = {
        kind: np.mean([draw_frame(kind, Night(f"gill-{n}", 0), 60.0, camera) for n in range(4)], 0)
        for kind in SCENES
    }
    peak = {kind: np.percentile(frame, 99) - BIAS for kind, frame in light.items()}
    assert peak["discrete"] > peak["arc"] > 2 * peak["noaurora"]
    moons = [draw_frame("moon", Night(f"gill-{n}", 0), 60.0, camera).max() for n in range(4)]
    assert max(moons) > 30000
    overcast = [draw_frame("cloudy", Night(f"gill-{n}", 0), 60.0, camera) for n in range(4)]
    clear = [draw_frame("noaurora", Night(f"gill-{n}", 0), 60.0, camera) for n in range(4)]
    assert np.median([f.max() for f in overcast]) < np.median([f.max() for f in clear])
    assert np.all(clear[0][:5, :5] < BIAS + 150), "no light comes from beyond the horizon"


def test_a_sky_evolves_slowly_and_noise_does_not_repeat():
    camera, night = Camera(64), Night("gill-20140309", 0)
    now, soon, later = (
        draw_frame("arc", night, t, camera).astype(float) for t in (100.0, 103.0, 2500.0)
    )
    assert np.abs(now - soon).max() > 0
    assert np.corrcoef(now.ravel(), soon.ravel())[0, 1] > 0.97
    assert np.corrcoef(now.ravel(), later.ravel())[0, 1] < 0.97
    assert np.array_equal(now, draw_frame("arc", night, 100.0, camera))


def test_an_address_that_no_archive_has_is_refused():
    with pytest.raises(UnknownShardError, match=r"x: the aurora simulator writes \.tgz"):
        simulate_shard(Shard("x", ArchiveFile("a/b.zip"), {}), SMALL, 0)


def test_the_demo_sheet_is_one_the_simulator_can_write():
    shards = read_sheet(ROOT / "config" / "shards" / "aurora-demo.tsv")
    for shard in shards.values():
        urls = [member.file.url for member in shard.members] or [shard.file.url]
        assert list(files_of(shard)) == urls


def test_thumbnail_is_green_and_black_beyond_the_horizon():
    picture, _ = develop(draw_frame("arc", Night("gill-1", 0), 0.0, Camera(64)), ReaderSettings())
    shown = thumbnail(picture)
    assert shown.shape == (64, 64, 3)
    assert shown[..., 1].max() == 255
    assert (shown[..., 1] >= shown[..., 0]).all()
    assert not shown[0, 0].any()


def test_views_turn_freely_and_touch_no_colour():
    assert VIEWS.rotation == 180
    assert (VIEWS.hue, VIEWS.saturation, VIEWS.grey) == (0, 0, 0)
    assert VIEWS.horizontal_flip == VIEWS.vertical_flip == 0.5
