"""The explorer as a folder of files, to open from disk or to put beside a paper."""

import base64
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from skyloom.errors import SkyloomError
from skyloom.relabel.hashing import share_of
from skyloom.web.explore.bundle import SCRIPTS, STATIC, bundle
from skyloom.web.explore.columns import pack
from skyloom.web.explore.site import Site
from skyloom.web.explore.slugs import slug_of
from skyloom.web.explore.tables import CONVERTERS

MOST_THUMBNAILS = 100_000
"""With more images only those with a page of their own have a thumbnail."""
README = """This folder shows results of skyloom. Open index.html in a browser; no server and no
network are needed. <survey>/data/ is what the pages read; the same as tables: <survey>/tables/.
"""


class ExportError(SkyloomError):
    """The export cannot be written where it was asked for."""


def export(sites: Mapping[str, Site], folder: Path, most_items: int) -> None:
    """Write the explorer of all surveys; the folder appears when all is written.

    Args:
        sites: of each survey, by name, made for files.
        folder: to write; must not exist, or be an export, which is replaced.
        most_items: images of a survey that get a page of their own.

    Raises:
        ExportError: something else stands at the folder.
    """
    if folder.exists() and not (folder / "skyloom-export.txt").exists():
        raise ExportError(f"{folder} is there and no export. Name a folder that does not exist.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as name:
        new = Path(name) / "export"
        _write_static(new)
        for survey, site in sites.items():
            _write_survey(new / survey, site, most_items)
        (new / "index.html").write_text(_entrance(next(iter(sites))), encoding="utf-8")
        (new / "skyloom-export.txt").write_text(README, encoding="utf-8")
        if folder.exists():
            folder.rename(Path(name) / "before")
        new.rename(folder)


def items_of(names: Sequence[str], most: int) -> list[str]:
    """Return the images that get a page: all, or so many by hash, in the order given."""
    if len(names) <= most:
        return list(names)
    shares = share_of("export", names)
    chosen = sorted(shares.argsort(kind="stable")[:most])
    return [names[place] for place in chosen]


def _write_static(new: Path) -> None:
    scripts = new / "static" / "explore"
    scripts.mkdir(parents=True)
    shutil.copy(STATIC / "icon.svg", new / "static")
    shutil.copy(SCRIPTS / "explore.css", scripts)


def _write_survey(home: Path, site: Site, most_items: int) -> None:
    catalogue = site.catalogue
    items = items_of(catalogue.index["image_id"].tolist(), most_items)
    needed: set[str] = set()
    for view in site.views:
        for opened in filter(None, map(site.opened, view.addresses(items))):
            _write(home / opened.address, site.filled(opened).encode())
            needed.add(opened.page.script)
        _write_data(home / "data", ((name, view.data(name)) for name in view.data_names(items)))
        for name, make in view.files().items():
            _write(home / "files" / name, make())
        for name, table in view.tables().items():
            frame = table()
            for ending, convert in CONVERTERS.items():
                _write(home / "tables" / f"{name}.{ending}", convert(frame))
    for script in sorted(needed):
        target = home.parent / "static" / "explore" / script
        target.write_text(bundle(SCRIPTS / script), encoding="utf-8")
    positions = catalogue.positions(items)
    for name, position in zip(items, positions.tolist(), strict=True):
        _write(home / "pictures" / f"{slug_of(name)}.jpg", catalogue.picture(position))
    many = len(catalogue) > MOST_THUMBNAILS
    for position in positions.tolist() if many else range(len(catalogue)):
        _write(home / "thumbnails" / f"{position}.jpg", catalogue.thumbnail(position))
    exported = pack({"all": len(items) == len(catalogue)}, positions.astype(np.uint32))
    _write_data(home / "data", [("exported", exported)])


def _write_data(folder: Path, found: Iterable[tuple[str, bytes | None]]) -> None:
    for name, content in found:
        if content is not None:
            text = base64.b64encode(content).decode()
            _write(folder / f"{name}.js", f'skyloomData("{name}", "{text}");\n'.encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entrance(first: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>skyloom</title>'
        f'<meta http-equiv="refresh" content="0; url={first}/index.html">'
        f'<p><a href="{first}/index.html">{first}</a></p></html>\n'
    )
