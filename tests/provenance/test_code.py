import pytest

from skyloom.provenance import code

FILES = {
    "stages/work.py": "from skyloom.analyze.cluster import run\nrun()\n",
    "stages/other.py": "import numpy\n",
    "stages/__init__.py": "",
    "analyze/__init__.py": "",
    "analyze/cluster.py": (
        '"""Docs."""\n\ndef run():\n    """Docs."""\n'
        "    from skyloom.analyze import deep\n    return deep.VALUE  # why\n"
    ),
    "analyze/deep.py": "VALUE = 1\n",
    "analyze/templates/page.html": "<p>",
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A small library in place of the real one; returns a function that edits a file of it."""

    def find(name):
        base = tmp_path.joinpath(*name.split(".")[1:])
        return next(
            (p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None
        )

    def edit(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        code._read_module.cache_clear()

    monkeypatch.setattr(code, "_path_of", find)
    for name, text in FILES.items():
        edit(name, text)
    yield edit
    code._read_module.cache_clear()


def digests():
    return [code.code_digest(f"skyloom.stages.{name}") for name in ("work", "other")]


def test_imports_are_followed_also_inside_functions(library):
    assert set(code.module_digests("skyloom.stages.work")) == {
        "skyloom.stages",
        "skyloom.stages.work",
        "skyloom.analyze",
        "skyloom.analyze.cluster",
        "skyloom.analyze.deep",
    }


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("analyze/deep.py", "1", "2"),
        ("analyze/cluster.py", "return deep.VALUE", "return -deep.VALUE"),
        ("analyze/templates/page.html", "<p>", "<b>"),
    ],
)
def test_what_changes_the_work_changes_its_digest_alone(library, name, old, new):
    before = digests()
    library(name, FILES[name].replace(old, new))
    after = digests()
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_comments_docstrings_and_layout_do_not_count(library):
    before = digests()
    text = FILES["analyze/cluster.py"]
    library(
        "analyze/cluster.py", text.replace("Docs.", "Other words.").replace("# why", "# because")
    )
    library("analyze/deep.py", "# a constant\n\n\nVALUE = (\n    1\n)\n")
    assert digests() == before


def test_the_real_stages_import_what_they_should():
    cluster = code.module_digests("skyloom.stages.cluster")
    pretrain = code.module_digests("skyloom.stages.pretrain", "skyloom.surveys.mars.views")
    assert "skyloom.analyze.cluster" in cluster
    assert "skyloom.analyze.cluster" not in pretrain
    assert "skyloom.learn.train" not in cluster
    assert "skyloom.surveys.mars.reader" not in pretrain
    assert "skyloom.config" not in pretrain, "an unrelated key must not retrain"
    with pytest.raises(ModuleNotFoundError, match="no module"):
        code.code_digest("skyloom.stages.none")
