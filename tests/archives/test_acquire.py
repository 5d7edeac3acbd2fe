"""From an archive's index to a raw file: the commands as the workflow runs them, on loopback."""

import hashlib
import json
import subprocess
import sys
import zipfile

import pytest

from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.rows import row_settings
from skyloom.shards import read_sheet

ZIP = b"PK of images" * 2000
MD5 = hashlib.md5(ZIP).hexdigest()
SHA256 = hashlib.sha256(ZIP).hexdigest()
RECORD = {"files": [{"key": "set.zip", "size": len(ZIP), "checksum": f"md5:{MD5}"}]}
NIGHT = "shard\turl\tbytes\tsha256\nnight\thttps://camera.org/n/\t\t\n"
FRAMES = "shard\tname\turl\tbytes\tsha256\tsite\nnight\ta.gz\t\t\t\tgill\nnight\tb.gz\t\t\t\tgill\n"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A folder with a sheet of a file and of a night whose second frame is absent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where connection slots are
    (tmp_path / "sheet.tsv").write_text(
        NIGHT + f"set\thttps://zenodo.org/records/7/files/set.zip\t{len(ZIP)}\t\n"
    )
    (tmp_path / "sheet.members.tsv").write_text(FRAMES)
    return tmp_path


def acquire(study, shard, root):
    sheet = study / "sheet.tsv"
    settings = {
        **row_settings(sheet, read_sheet(sheet)[shard]),
        "ledger": "sheet.sha256",
        "archive_root": root,
    }
    return run_acquire(shard, settings)


def run_acquire(shard, settings):
    return subprocess.run(
        [
            *(sys.executable, "-m", "skyloom.stages.acquire", "--survey", "mars"),
            *("--shard", shard, "--raw", f"raw/{shard}.zip", "--record", f"{shard}.json"),
            *("--settings", json.dumps(settings), "--archive"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_shard_is_fetched_from_a_mirror_and_recorded(study):
    with LoopbackArchive({"records/7/files/set.zip": ZIP, "n/a.gz": b"frames"}) as server:
        done = [acquire(study, shard, server.url) for shard in ("set", "night")]
    assert [run.returncode for run in done] == [0, 0], done
    assert (study / "raw/set.zip").read_bytes() == ZIP
    facts = json.loads((study / "set.json").read_text())["facts"]
    assert facts["url"] == "https://zenodo.org/records/7/files/set.zip"
    assert facts["origin"] == f"{server.url}/records/7/files/set.zip"
    assert (facts["how"], facts["sha256_checked"]) == ("downloaded", False)
    facts = json.loads((study / "night.json").read_text())["facts"]
    assert (facts["members"], facts["absent"]) == (2, ["b.gz"])
    assert zipfile.ZipFile(study / "raw/night.zip").namelist() == ["a.gz", "members.tsv"]
    known = {line.split("\t")[1] for line in (study / "sheet.sha256").read_text().splitlines()}
    assert known == {"set", "night/a.gz"}


def test_an_altered_download_fails_by_name_and_leaves_nothing(study):
    (study / "sheet.sha256").write_text(
        f"{'0' * 64}\tset\thttps://zenodo.org/records/7/files/set.zip\n"
    )
    with LoopbackArchive({"records/7/files/set.zip": ZIP}) as server:
        done = acquire(study, "set", server.url)
    assert done.returncode == 1
    assert f"sha256 is {SHA256}, expected {'0' * 64}" in done.stderr
    assert not list((study / "raw").glob("*.zip"))
    assert not (study / "set.json").exists()


def test_a_row_that_changed_after_planning_is_refused(study):
    done = run_acquire("set", {"sheet": "sheet.tsv", "row": "0" * 64, "archive_root": None})
    assert done.returncode == 1
    assert "the row of shard set has changed since the workflow was planned" in done.stderr


def test_a_sheet_listed_from_zenodo_is_fetched(study):
    files = {
        "api/records/1049137": json.dumps(
            {"files": [{**RECORD["files"][0], "key": "msl-images.zip"}]}
        ).encode(),
        "records/1049137/files/msl-images.zip": ZIP,
    }
    with LoopbackArchive(files) as server:
        listed = subprocess.run(
            [
                *(sys.executable, "-m", "skyloom", "list-shards", "mars", "msl-v1"),
                *("--sheet", "sheet.tsv", "--force", "--mirror", server.url),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert listed.returncode == 0, listed.stderr
        (shard,) = read_sheet(study / "sheet.tsv").values()
        assert (shard.file.bytes, shard.file.md5) == (len(ZIP), MD5)
        done = acquire(study, shard.name, server.url)
    assert done.returncode == 0, done.stderr
    assert (study / f"raw/{shard.name}.zip").read_bytes() == ZIP
    assert json.loads((study / f"{shard.name}.json").read_text())["facts"]["sha256_checked"]
