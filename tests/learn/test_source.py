import time

import numpy as np
import pytest
import torch

from made import make_store
from skyloom.learn import source
from skyloom.learn.source import InMemory, Streamed, open_source

CPU = torch.device("cpu")
PIXELS = np.random.default_rng(0).integers(0, 256, (50, 2, 6, 6), dtype=np.uint8)
WANTED = [np.array(rows) for rows in ([3, 1], [49, 0, 7], [5], [5, 5], [2])]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_streamed_batches_come_in_order(workers):
    def read(rows):
        time.sleep(0.01 * (rows[0] % 3))  # later batches may be ready earlier
        return PIXELS[rows]

    streamed = list(Streamed(read, CPU, workers).batches(WANTED))
    held = list(InMemory(PIXELS, CPU).batches(WANTED))
    for rows, one, other in zip(WANTED, streamed, held, strict=True):
        assert np.array_equal(one.numpy(), PIXELS[rows])
        assert torch.equal(one, other)


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_batches_are_on_the_device(workers):
    elsewhere = torch.device("meta")
    batches = Streamed(lambda rows: PIXELS[rows], elsewhere, workers).batches(WANTED)
    assert [batch.device for batch in batches] == [elsewhere] * len(WANTED)


def test_reading_stays_a_few_batches_ahead():
    asked = []

    def wanted():
        for number in range(100):
            asked.append(number)
            yield np.array([number % 50])

    batches = Streamed(lambda rows: PIXELS[rows], CPU, 2).batches(wanted())
    next(batches)
    assert len(asked) == 5
    batches.close()


def test_an_error_in_a_thread_reaches_the_loop():
    def read(rows):
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(Streamed(read, CPU, 2).batches(WANTED))


def test_auto_holds_what_fits_and_streams_what_does_not(tmp_path, monkeypatch, capsys):
    store, rows = make_store(tmp_path, PIXELS), np.arange(10, 40)
    needed = 30 * 2 * 6 * 6
    for free, kind in ((2 * needed, InMemory), (2 * needed - 2, Streamed)):
        monkeypatch.setattr(source, "_free_bytes", lambda device, free=free: free)
        opened = open_source(store, rows, 6, CPU, "auto", 2)
        assert isinstance(opened, kind)
        (batch,) = opened.batches([np.array([4, 0])])
        assert np.array_equal(batch.numpy(), PIXELS[[14, 10]])
    assert "reading from files" in capsys.readouterr().out
    assert isinstance(open_source(store, rows, 6, CPU, "memory", 2), InMemory)
    assert isinstance(open_source(store, rows, 6, CPU, "stream", 2), Streamed)


def test_images_are_reduced_alike_in_memory_and_from_files(tmp_path):
    store, rows = make_store(tmp_path, PIXELS), np.arange(10, 40)
    held, streamed = (
        next(open_source(store, rows, 4, CPU, data, 0).batches([np.array([9, 2])]))
        for data in ("memory", "stream")
    )
    assert torch.equal(held, streamed)


def test_the_limit_of_a_job_counts(tmp_path, monkeypatch):
    assert source._available_memory() > 1e8
    group = tmp_path / "group"
    group.mkdir()
    monkeypatch.setattr(source, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(source, "_own_group", lambda: "group")
    assert source._free_in_control_group() is None
    (group / "memory.current").write_text("1000\n")
    (group / "memory.max").write_text("max\n")
    assert source._free_in_control_group() is None
    (group / "memory.max").write_text("5000\n")
    assert source._free_in_control_group() == 4000
    assert source._free_bytes(CPU) == 4000
