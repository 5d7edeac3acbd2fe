"""The OATH tarball as a source."""

import re

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Listing, Shard, Web
from skyloom.archives.web import WebError
from skyloom.settings.base import Settings

_TARBALL = "oath_v1.1_20181026.tgz"
_DIGEST = re.compile(r"\b[0-9a-fA-F]{64}\b")


class Oath(Settings):
    """The Oslo Auroral THEMIS data set, 5,824 labelled pictures in one tarball of about 500 MB."""

    folder: str = Field(
        "http://tid.uio.no/plasma/oath/",
        pattern="/$",
        description="Address of the page beside which the tarball lies, or of a copy of it.",
    )

    def list_shards(self, web: Web) -> Listing:
        """Take the checksum from the page, where it can be had and prints a single one."""
        remark = "its SHA-256 is noted at the first fetch"
        try:
            printed = set(_DIGEST.findall(web.text(self.folder)))
        except WebError as error:
            printed, remark = set(), f"the page did not answer ({error}); {remark}"
        sha256 = printed.pop().lower() if len(printed) == 1 else None
        file = ArchiveFile(f"{self.folder}{_TARBALL}", sha256=sha256)
        return Listing([Shard("oath-v1-1", file, {})], [] if sha256 else [remark])
