"""A digest of the code that a stage really imports from this library.

The digest covers the syntax tree of the stage's module and of every `skyloom` module that it
imports, directly or through others, without comments and docstrings; and the files in a
`templates` folder beside them. A rule that carries it as a parameter reruns when this code
changes, and only then.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = "skyloom"
_NOT_FOLLOWED = {"skyloom.stages.job": {"skyloom.provenance", "skyloom.provenance.record"}}
"""Every stage writes its record by this import. It describes results and shapes none: followed, a
word in the record would retrain every network. Stages that read records import it themselves."""


def code_digest(*modules: str) -> str:
    """Return one hex digest over `modules` and all that they import from the library."""
    parts = module_digests(*modules)
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def module_digests(*modules: str) -> dict[str, str]:
    """Return the digest of each library module that `modules` reach, by dotted name."""
    found: dict[str, str] = {}
    waiting = [name for module in modules for name in _with_packages(module)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        digest, imports = _read_module(name)
        found[name] = digest
        waiting += imports
    return found


def changed_modules(modules: Mapping[str, str]) -> list[str]:
    """Return those of `modules`, given with their digests, that are not what they were."""
    return [name for name, digest in modules.items() if _digest_now(name) != digest]


def _digest_now(name: str) -> str | None:
    try:
        return _read_module(name)[0]
    except (ModuleNotFoundError, SyntaxError):
        return None


@cache
def _read_module(name: str) -> tuple[str, tuple[str, ...]]:
    path = _path_of(name)
    if path is None:
        raise ModuleNotFoundError(f"no module '{name}' in the library")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = tuple(sorted(set(_imports(tree)) - _NOT_FOLLOWED.get(name, set())))
    _strip_docstrings(tree)
    hasher = hashlib.sha256(ast.dump(tree).encode())
    for template in sorted((path.parent / "templates").glob("*")):
        hasher.update(template.name.encode() + template.read_bytes())
    return hasher.hexdigest(), imports


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [node.module, *(name for name in inner if _is_ours(name) and _path_of(name))]
        else:
            continue
        for name in names:
            if _is_ours(name):
                yield from _with_packages(name)


def _with_packages(name: str) -> list[str]:
    """Return a module's name and those of the packages around it, which its import runs too.

    The root package holds the version alone and is left out: a new version changes no result.
    """
    words = name.split(".")
    return [".".join(words[:count]) for count in range(2, len(words) + 1)]


def _is_ours(name: str) -> bool:
    return name == ROOT or name.startswith(f"{ROOT}.")


@cache
def _path_of(name: str) -> Path | None:
    """Return the source file of a library module without importing it, or None."""
    base = importlib.util.find_spec(ROOT)
    if base is None or not base.submodule_search_locations:
        raise ModuleNotFoundError(f"{ROOT} is not installed: pip install -e .")
    inside = Path(base.submodule_search_locations[0], *name.split(".")[1:])
    for path in (inside.with_suffix(".py"), inside / "__init__.py"):
        if path.is_file():
            return path
    return None


def _strip_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
