"""Where a shard's bytes are: at its address, in a local copy, or on a mirror."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from skyloom.errors import SkyloomError
from skyloom.shards import Shard

EXPORTED = "jsoc:"
"""Beginning of the address of a record set that is exported on request."""


class NotInArchiveError(SkyloomError):
    """A local copy of an archive lacks a shard; the message lists where it was looked for."""


def mirror(archive_root: str | None) -> str | None:
    """Return the http(s) root at which the paths of all addresses are asked for, or None."""
    if archive_root is not None and urlsplit(archive_root).scheme in ("http", "https"):
        return archive_root
    return None


def local_copy(shard: Shard, archive_root: str | None, survey: str) -> Path | None:
    """Return the file or folder that a shard is taken from, or None when it is to be fetched.

    With a folder as `archive_root` it is `<root>/<survey>/<shard>`, `<root>/<survey>/<file name>`,
    `<root>/<path of the address>` or `<root>/<file name>`, the first that exists.
    """
    if mirror(archive_root) is not None:
        return None
    if archive_root is not None:
        return _under(Path(archive_root).expanduser(), survey, shard)
    parts = urlsplit(shard.file.url)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if parts.scheme else Path(unquote(parts.path))


def _under(root: Path, survey: str, shard: Shard) -> Path:
    places = [root / survey / shard.name]
    path = "" if shard.file.url.startswith(EXPORTED) else unquote(urlsplit(shard.file.url).path)
    if name := Path(path).name:
        places += [root / survey / name, root / path.lstrip("/"), root / name]
    for place in places:
        if place.exists():
            return place
    raise NotInArchiveError(
        f"shard {shard.name} ({shard.file.url}) is not under archive_root {root}. Looked for "
        f"{', '.join(map(str, places))}. Copy it there, or take archive_root out of the config to "
        "fetch it from its address."
    )
