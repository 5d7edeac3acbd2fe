"""Names of images as parts of addresses and of file names, and back."""

import re

PLAIN = re.compile(rb"[A-Za-z0-9_-]|(?<!^)\.")
"""Bytes that stand for themselves; a name never begins with a dot."""
CODED = re.compile(r"~([0-9a-f]{2})")


def slug_of(name: str) -> str:
    """Return a name with every byte that an address or a file system minds as ~ and two digits."""
    coded = name.encode()
    return "".join(
        chr(byte) if PLAIN.match(coded, place) else f"~{byte:02x}"
        for place, byte in enumerate(coded)
    )


def name_of(slug: str) -> str:
    """Return the name behind a slug; of anything else what it may stand for."""
    latin = CODED.sub(lambda found: chr(int(found[1], 16)), slug)
    return latin.encode("latin-1", "replace").decode("utf-8", "replace")
