"""The labelled sets as Zenodo records."""

from pathlib import PurePosixPath
from typing import ClassVar

from skyloom.archives.listing import ArchiveFile, Listing, Shard, Web
from skyloom.archives.zenodo import zenodo_files
from skyloom.errors import SkyloomError
from skyloom.settings.base import Settings


class UnexpectedRecordError(SkyloomError):
    """A Zenodo record is not what it was when this was written."""


class _Record(Settings):
    """A labelled set that is one Zenodo record; there is nothing to choose."""

    record: ClassVar[int]

    def list_shards(self, web: Web) -> Listing:
        """Return one shard for each zip file of the record, with size and MD5."""
        files = zenodo_files(web, self.record)
        zips = {name: file for name, file in files.items() if name.endswith(".zip")}
        if not zips:
            raise UnexpectedRecordError(
                f"Zenodo record {self.record} lists no zip file; found "
                f"{', '.join(files) or 'no file'}. "
                f"Look at https://zenodo.org/records/{self.record} for where the set went."
            )
        return Listing([_shard(name, file) for name, file in zips.items()])


def _shard(name: str, file: ArchiveFile) -> Shard:
    return Shard(PurePosixPath(name).stem.replace(".", "-"), file, columns={})


class MslV1(_Record):
    """MSL v1: 6,691 images of Curiosity in 25 classes (doi 10.5281/zenodo.1049137)."""

    record = 1049137


class MslV21(_Record):
    """MSL v2.1: 6,820 images of Curiosity in 19 classes (doi 10.5281/zenodo.4033453)."""

    record = 4033453


class HiriseV32(_Record):
    """HiRISE v3.2: 64,947 landmarks from orbit in 8 classes (doi 10.5281/zenodo.4002935)."""

    record = 4002935
