import pytest

from skyloom.atomic import atomic_path, write_text


def test_failure_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "table.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text(f"half of the n{1 / 0}")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.txt"]


def test_success_replaces_at_once_and_makes_folders(tmp_path):
    path = tmp_path / "deep" / "folder" / "x"
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
