"""`skyloom similar` on a finished study."""

import pandas as pd
import pytest
from astropy.table import Table
from PIL import Image

from skyloom.images import ImageStore


def folder(repository):
    return repository.folder / "results/tiny/mars"


@pytest.fixture(scope="module")
def store(finished):
    return ImageStore.beside([folder(finished) / f"images/{shard}.parquet" for shard in "ab"])


def test_answers_are_printed_and_written_in_three_formats(finished, store, tmp_path):
    name = store.index["image_id"].iloc[0]
    tables = []
    for ending in ("csv", "parquet", "vot"):
        path = tmp_path / f"answers.{ending}"
        words = ("similar", "mars", name, "--count", "5", "--other-groups", "--output", str(path))
        done = finished.skyloom(*words)
        assert done.returncode == 0, done.stderr
        readers = {
            "csv": pd.read_csv,
            "parquet": pd.read_parquet,
            "vot": lambda path: Table.read(path).to_pandas(),
        }
        tables.append(readers[ending](path))
    for table in tables:
        assert list(table["image_id"]) == list(tables[0]["image_id"])
        assert table["similarity"].to_numpy() == pytest.approx(tables[0]["similarity"].to_numpy())
        assert table["similarity"].is_monotonic_decreasing
        assert len(table) == 5
        assert not table["group"].isin([store.index["group"].iloc[0]]).any()
    assert tables[0]["image_id"].iloc[0] in done.stdout


def test_a_file_from_outside_finds_the_image_that_it_shows(finished, store, tmp_path):
    pixels = store.batch([7])[0].transpose(1, 2, 0)
    path = tmp_path / "mine.png"
    Image.fromarray(pixels).resize((160, 160), Image.Resampling.NEAREST).save(path)
    picture, table = tmp_path / "grid.png", tmp_path / "answers.csv"
    done = finished.skyloom(
        *("similar", "mars", "--file", str(path), "--results", "results/tiny"),
        *("--picture", str(picture), "--output", str(table)),
    )
    assert done.returncode == 0, done.stderr
    first = pd.read_csv(table).iloc[0]
    assert first["image_id"] == store.index["image_id"].iloc[7]
    assert first["similarity"] > 0.95
    assert Image.open(picture).width > 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mars"], "no example was given"),
        (["mars", "nothing"], "there is no image 'nothing'"),
        (["sun", "nothing"], "no results of survey 'sun'"),
        (["mars", "nothing", "--encoder", "simclrr"], "Did you mean 'simclr'?"),
        (["mars", "nothing", "--output", "answers.xls"], "expected a name that ends in .csv"),
        (["mars", "nothing", "--count", "0"], "expected at least 1"),
        (["mars", "--file", "absent.png"], "absent.png is no file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(finished, words, said):
    done = finished.skyloom("similar", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_outside_file_that_is_no_picture_is_refused(finished, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    done = finished.skyloom("similar", "mars", "--file", str(path))
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_baselines_without_a_search_folder_are_searched_too(finished, store):
    assert not (folder(finished) / "untrained/search").exists()
    name = store.index["image_id"].iloc[0]
    done = finished.skyloom("similar", "mars", name, "--encoder", "untrained", "--count", "3")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4


def test_vectors_of_an_older_encoder_are_refused(finished, store, tmp_path):
    repository = finished.copy(tmp_path / "copy")
    with (folder(repository) / "simclr/encoder.safetensors").open("ab") as file:
        file.write(b" ")
    done = repository.skyloom("similar", "mars", store.index["image_id"].iloc[0])
    assert done.returncode == 1
    assert "Rerun search" in done.stderr
