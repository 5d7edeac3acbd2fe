"""A page's modules as one script: browsers load no modules from files.

The modules follow one another in the order of their imports, inside one function. They keep to
what this needs: imports of names from relative files, each on one line; no default exports;
top-level names that no other module has.
"""

import re
from pathlib import Path

from skyloom.errors import SkyloomError

STATIC = Path(__file__).parents[1] / "static"
SCRIPTS = STATIC / "explore"
IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|class|const|let) )", re.MULTILINE)
NAME = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundleError(SkyloomError):
    """A module holds what the bundle cannot."""


def bundle(entry: Path) -> str:
    """Return a module and everything it imports as one classic script.

    Raises:
        BundleError: another form of import or export, or one name in two modules.
    """
    parts: dict[Path, str] = {}
    _collect(entry.resolve(), parts)
    seen: dict[str, Path] = {}
    for path, text in parts.items():
        for name in NAME.findall(text):
            if name in seen:
                raise BundleError(f"{path.name} and {seen[name].name} both define '{name}'")
            seen[name] = path
    return '(() => {\n"use strict";\n' + "\n".join(parts.values()) + "})();\n"


def modules_of(entry: Path) -> list[Path]:
    """Return a module and everything it imports, what is imported first."""
    parts: dict[Path, str] = {}
    _collect(entry.resolve(), parts)
    return list(parts)


def _collect(path: Path, parts: dict[Path, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for imported in IMPORT.findall(text):
        found = (path.parent / imported).resolve()
        if found not in parts:
            _collect(found, parts)
    plain = EXPORT.sub("", IMPORT.sub("", text))
    if left := LEFT.search(plain):
        raise BundleError(f"{path.name}: '{left[0]}' is no import or export that a bundle can hold")
    parts[path] = plain
