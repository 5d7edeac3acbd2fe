"""Where a shard's bytes are: at its address, in a local copy, or on a mirror."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from skyloom.errors import SkyloomError


class NotInArchiveError(SkyloomError):
    """A local copy of an archive lacks a shard; the message lists where it was looked for."""


def locate(url: str, archive_root: str | None, survey: str, shard: str) -> str | Path:
    """Return the https address or the local path of a shard.

    With a folder as `archive_root`, a file or folder is taken from
    `<root>/<survey>/<shard>`, `<root>/<survey>/<file name>`, `<root>/<path of the address>` or
    `<root>/<file name>`, the first that exists. With an http(s) root, the path of the address is
    asked for there.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    if archive_root is None:
        if parts.scheme == "file":
            return Path(url2pathname(parts.path))
        return url if parts.scheme else Path(path)
    if urlsplit(archive_root).scheme in ("http", "https"):
        return f"{archive_root.rstrip('/')}/{parts.path.lstrip('/')}"
    root = Path(archive_root).expanduser()
    name = Path(path).name
    places = [root / survey / shard, root / survey / name, root / path.lstrip("/"), root / name]
    for place in places:
        if place.exists():
            return place
    raise NotInArchiveError(
        f"shard {shard} ({url}) is not under archive_root {archive_root}. Looked for "
        f"{', '.join(map(str, places))}. Copy it there, or take archive_root out of the config to "
        "fetch it from its address."
    )
