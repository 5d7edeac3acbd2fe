"""The page of measurements is what its script writes, and its tables say where each row is from."""

import importlib
import re
from collections import Counter
from types import ModuleType

import pytest

from made import ROOT

TOOLS = {"skyloom", "lightly", "stable-pretraining", "hyrax", "astronomaly", "THEMISim"}

EVIDENCE = (
    r"[\w.-]+/[\w.-]+:[^@]+@[0-9a-f]{40}",  # a file of a repository at a commit
    r"pypi:[\w-]+==[\d.]+:\S+",  # a file of a release
    r"https://\S+",
    r"not found in .+ \(.+\)",  # where, and which words
    r"not found in the names of .+",
    r"not checked",
)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/page.py, which imports what lies beside it."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("page")


def test_the_page_is_in_step(script) -> None:
    assert script.PAGE.read_text() == script.page(), "run: python benchmarks/page.py"


def test_every_row_is_on_the_page(script) -> None:
    titles = {section.title for section in script.SECTIONS}
    assert {row["section"] for row in script.read("benchmarks")} == titles


def test_every_command_names_a_script(script) -> None:
    rows = script.read("benchmarks") + script.read("label_errors")
    commands = {row["command"] for row in rows} - {""}
    assert commands
    for command in commands:
        found = re.match(r"python (benchmarks/\w+\.py)( |$)", command)
        assert found, command
        assert (ROOT / found[1]).is_file(), command


def test_every_feature_has_one_cell_for_each_tool(script) -> None:
    rows = script.read("peers")
    assert {row["peer"] for row in rows} == TOOLS
    cells = Counter((row["feature"], row["peer"]) for row in rows)
    features = {row["feature"] for row in rows}
    assert cells == Counter((feature, tool) for feature in features for tool in TOOLS)


def test_every_cell_has_its_evidence(script) -> None:
    for row in script.read("peers"):
        assert row["has"] in {"yes", "no", "partly", "not checked"}, row
        assert (row["has"] == "not checked") == (row["evidence"] == "not checked"), row
        for piece in row["evidence"].split("; "):
            here = row["peer"] == "skyloom" and (ROOT / piece).is_file()
            assert here or any(re.fullmatch(form, piece) for form in EVIDENCE), (row, piece)
