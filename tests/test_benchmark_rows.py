"""What benchmarks keep: figures as text, and rows put where those of the same command stood."""

import importlib
import sys
from types import ModuleType

import pytest

from made import ROOT


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/rows.py, which imports what lies beside it."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("rows")


def row(section: str, command: str, what: str = "") -> dict[str, str]:
    return {"section": section, "what": what, "command": command}


@pytest.mark.parametrize(
    ("value", "text"),
    [(10_347, "10,300"), (96.72, "96.7"), (9.996, "10.00"), (0.0341, "0.0341"), (0, "0")],
)
def test_figures_have_three_digits(rows, value: float, text: str) -> None:
    assert rows.figure(value) == text


def test_ratios_are_taken_round_by_round(rows) -> None:
    # The ratio of the medians would be 2.
    assert rows.ratio([2, 40, 6], [1, 10, 3]) == "2 (2 to 4)"


def test_a_large_ratio_is_written_out(rows) -> None:
    assert rows.ratio([1270], [10]) == "130 (130 to 130)"


def test_a_ratio_below_one_stands_out(rows) -> None:
    assert rows.ratio([8, 9, 10], [10, 10, 10]) == "**0.90** (0.80 to 1.00)"


def test_new_rows_stand_where_those_of_their_command_stood(rows) -> None:
    old = [row("A", "one", "old"), row("A", "two"), row("A", "one", "old"), row("B", "one")]
    new = [row("A", "one", "new")]
    assert rows.replaced(old, new) == [*new, row("A", "two"), row("B", "one")]


def test_rows_of_a_new_command_end_their_section(rows) -> None:
    old = [row("A", "one"), row("A", "two"), row("B", "one")]
    new = [row("A", "three"), row("A", "three", "second")]
    assert rows.replaced(old, new) == [*old[:2], *new, old[2]]


def test_the_command_is_what_a_reader_would_type(rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/benchmarks/a.py", "--keep", "--threads", "2"])
    assert rows.this_command() == "python benchmarks/a.py --threads 2"


def test_kept_rows_are_read_again(rows, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    tsv = importlib.import_module("tsv")
    monkeypatch.setattr(tsv, "TABLES", tmp_path)
    names = ("section", "what", "here", "other side", "ratio", "command", "machine", "date")
    first = dict.fromkeys(names, "") | {"section": "Speed", "command": "by hand"}
    tsv.write("benchmarks", [first])
    monkeypatch.setattr(sys, "argv", ["a.py", "--keep"])
    rows.keep("Speed", [rows.Row("reading", "10 /s", "5 (others)", "2 (1 to 3)")])
    kept = tsv.read("benchmarks")
    assert kept[0] == first
    assert kept[1] | {"machine": "", "date": ""} == dict(
        zip(
            names,
            (
                "Speed",
                "reading",
                "10 /s",
                "5 (others)",
                "2 (1 to 3)",
                "python benchmarks/a.py",
                "",
                "",
            ),
            strict=True,
        )
    )
    assert f"torch {importlib.import_module('torch').__version__[:4]}" in kept[1]["machine"]


def test_a_cell_with_a_tab_is_refused(rows) -> None:
    with pytest.raises(ValueError, match="holds a tab or the end of a line"):
        importlib.import_module("tsv").write("benchmarks", [{"what": "a\tb"}])
