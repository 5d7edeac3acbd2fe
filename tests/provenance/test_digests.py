import hashlib
import os
import time

import pytest

from skyloom.provenance import digests as module
from skyloom.provenance.digests import Digests


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """Files that were written long enough ago to be remembered."""
    monkeypatch.setattr(module, "SETTLED_NS", 0)
    paths = [tmp_path / f"{number}.bin" for number in range(5)]
    for path in paths:
        path.write_bytes(path.name.encode() * 1000)
    time.sleep(0.02)
    return paths


def read(paths, memory):
    digests = Digests(memory)
    digests.add(paths)
    digests.save()
    return digests


def test_digests_are_right_and_not_computed_twice(settled, tmp_path):
    memory = tmp_path / "memory" / "digests.json"
    first = read(settled, memory)
    assert first.of(settled[0]) == hashlib.sha256(settled[0].read_bytes()).hexdigest()
    assert first.read_bytes == sum(path.stat().st_size for path in settled)
    again = read(settled, memory)
    assert again.read_bytes == 0
    assert [again.of(path) for path in settled] == [first.of(path) for path in settled]


def test_a_change_is_seen_whatever_is_done_to_the_times(settled, tmp_path):
    memory = tmp_path / "digests.json"
    read(settled, memory)
    before = settled[0].stat()
    settled[0].write_bytes(b"x" * before.st_size)
    os.utime(settled[0], ns=(before.st_atime_ns, before.st_mtime_ns))
    swapped = settled[1].read_bytes()
    settled[1].rename(tmp_path / "aside")
    settled[2].rename(settled[1])
    again = read(settled, memory)
    assert again.of(settled[0]) == hashlib.sha256(b"x" * before.st_size).hexdigest()
    assert again.of(settled[1]) != hashlib.sha256(swapped).hexdigest()
    assert again.of(settled[2]) is None


def test_a_file_that_was_just_written_is_not_remembered(tmp_path):
    path, memory = tmp_path / "new", tmp_path / "digests.json"
    path.write_bytes(b"1")
    read([path], memory)
    assert read([path], memory).read_bytes == 1


def test_a_damaged_memory_is_read_as_none(settled, tmp_path):
    memory = tmp_path / "digests.json"
    memory.write_text("{half")
    assert read(settled, memory).read_bytes > 0


def test_without_a_memory_everything_is_read(settled):
    assert read(settled, None).read_bytes == read(settled, None).read_bytes > 0
