"""What the library never does: unpickle, run text as code or as a shell line, trust an archive."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from made import ROOT

LIBRARY = ROOT / "workflow" / "skyloom"
FILES = sorted(LIBRARY.rglob("*.py"))
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.load", "pd.read_pickle"}
EXTRACTING = {"extractall", "extract"}


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def keywords_of(call: ast.Call) -> dict[str | None, str]:
    return {each.arg: ast.unparse(each.value) for each in call.keywords}


def faults_of(path: Path) -> Iterator[str]:
    """Yield what a file does that it must not, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.partition(".")[0] in FORBIDDEN_MODULES:
                yield f"line {node.lineno}: imports {name}"
    unpacks_tar = any("tarfile" in ast.unparse(node) for node in ast.walk(tree))
    for name, call in calls_in(tree):
        given = keywords_of(call)
        if name in FORBIDDEN_CALLS:
            yield f"line {call.lineno}: calls {name}"
        if name == "torch.load" and given.get("weights_only") != "True":
            yield f"line {call.lineno}: torch.load without weights_only=True"
        if given.get("shell") == "True":
            yield f"line {call.lineno}: a shell line built from data"
        if given.get("allow_pickle") == "True":
            yield f"line {call.lineno}: allow_pickle=True"
        # zipfile keeps members inside the folder by itself, tarfile only with a filter.
        if unpacks_tar and name.rpartition(".")[2] in EXTRACTING and "filter" not in given:
            yield f"line {call.lineno}: {name} may write outside of its folder"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_a_file_of_the_library_is_safe(path: Path) -> None:
    assert list(faults_of(path)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import pickle", "imports pickle"),
        ("from joblib import load", "imports joblib"),
        ("torch.load(path)", "without weights_only"),
        ("subprocess.run(line, shell=True)", "shell line"),
        ("np.load(path, allow_pickle=True)", "allow_pickle"),
        ("yaml.load(text)", "yaml.load"),
        ("tarfile.open(path).extractall(folder)", "outside of its folder"),
    ],
)
def test_the_search_finds_each_of_them(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    (found,) = faults_of(tmp_path / "bad.py")
    assert said in found
