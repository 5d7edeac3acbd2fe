import multiprocessing

import pytest

from skyloom.archives.ledger import Ledger, LedgerError

A, B = "a" * 64, "b" * 64


def test_the_first_checksum_counts(tmp_path):
    path = tmp_path / "sheet.sha256"
    Ledger(path).record([("s", "https://x/1", A)])
    Ledger(path).record([("s", "https://x/1", B), ("t", "https://x/2", B)])
    again = Ledger(path)
    assert again.known("s", "https://x/1") == A
    assert again.known("t", "https://x/2") == B
    assert path.read_text() == f"{A}\ts\thttps://x/1\n{B}\tt\thttps://x/2\n"


def test_of_two_lines_on_a_file_the_first_counts(tmp_path):
    path = tmp_path / "sheet.sha256"
    path.write_text(f"{A}\ts\thttps://x/1\n{B}\ts\thttps://x/1\n")
    assert Ledger(path).known("s", "https://x/1") == A


def test_another_address_is_another_file(tmp_path):
    ledger = Ledger(tmp_path / "sheet.sha256")
    ledger.record([("s", "https://x/1", A)])
    assert ledger.known("s", "https://x/new") is None


def test_nothing_new_writes_nothing(tmp_path):
    Ledger(tmp_path / "sheet.sha256").record([])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["abc\ts\turl", f"{A}  s  url", f"{A}\ts"])
def test_a_line_that_is_none_is_named(tmp_path, line):
    path = tmp_path / "sheet.sha256"
    path.write_text(f"{A}\ts\thttps://x/1\n{line}\n")
    with pytest.raises(LedgerError, match=r"sheet\.sha256, line 2: expected SHA-256"):
        Ledger(path)


def _record(path, number):
    Ledger(path).record([(f"s{number}", "https://x", A), ("shared", "https://x", str(number) * 64)])


def test_processes_append_at_once_without_mixing_lines(tmp_path):
    path = tmp_path / "sheet.sha256"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record, args=(path, number)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ledger = Ledger(path)
    assert all(ledger.known(f"s{number}", "https://x") == A for number in range(8))
    first = next(line for line in path.read_text().splitlines() if "\tshared\t" in line)
    assert ledger.known("shared", "https://x") == first[:64]
