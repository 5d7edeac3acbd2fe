"""What the sources of raw images share: one shard per sol, its images as members."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator

from skyloom.archives.listing import ArchiveFile, Listing, Member, Shard, Web
from skyloom.settings.base import Settings


@dataclass(frozen=True)
class RawImage:
    """One image that an archive's index names.

    Attributes:
        file: its address, with size and checksum where the index gives them.
        sol: Martian day since landing.
        camera: as the index calls it.
        sample_type: Full, Subframe, Thumbnail, ... as the index calls it.
        date_taken_utc: ISO time, or empty.
        width: in pixels, or empty.
    """

    file: ArchiveFile
    sol: int
    camera: str = ""
    sample_type: str = ""
    date_taken_utc: str = ""
    width: str = ""

    @property
    def is_thumbnail(self) -> bool:
        """Whether the index calls it a thumbnail."""
        return self.sample_type.lower() == "thumbnail"


class SolRangeSettings(Settings):
    """Options that the sources of raw images share.

    Attributes:
        mission: its name, in names and columns.
        root: address of the archive, ending in a slash.
    """

    mission: ClassVar[str]
    root: ClassVar[str]

    first_sol: int = Field(ge=0, description="First sol to list.")
    last_sol: int = Field(ge=0, description="Last sol to list.")

    @model_validator(mode="after")
    def _ordered(self) -> "SolRangeSettings":
        if self.last_sol < self.first_sol:
            raise ValueError(f"last_sol {self.last_sol} lies before first_sol {self.first_sol}")
        return self

    def list_shards(self, web: Web) -> Listing:
        """Return one shard for each sol that has images."""
        listing = SolListing(self.mission, self.root)
        for sol in range(self.first_sol, self.last_sol + 1):
            listing.add_sol(sol, self.images_of(web, sol))
        return listing.finish()

    def images_of(self, web: Web, sol: int) -> Iterable[RawImage]:
        """Yield the images of one sol."""
        raise NotImplementedError


class SolListing:
    """Gathers the shards of a range of sols, and counts what is left out."""

    def __init__(self, mission: str, root: str) -> None:
        self._mission, self._root = mission, root
        self._shards: list[Shard] = []
        self._empty: list[int] = []
        self._thumbnails = self._strays = 0

    def add_sol(self, sol: int, images: Iterable[RawImage]) -> None:
        """Take in the images of one sol; one that another sol's name hides in is left out."""
        members: dict[str, Member] = {}
        for image in images:
            if image.is_thumbnail:
                self._thumbnails += 1
            elif image.sol != sol or not image.file.url:
                self._strays += 1
            else:
                member = _member(image, self._mission)
                members.setdefault(member.name, member)
        if not members:
            self._empty.append(sol)
            return
        columns = {"mission": self._mission, "sol": str(sol)}
        name = f"{self._mission}-sol{sol:05d}"
        self._shards.append(Shard(name, ArchiveFile(self._root), columns, tuple(members.values())))

    def finish(self) -> Listing:
        """Return the shards and what the user should know."""
        counts = {
            "thumbnails left out": self._thumbnails,
            "entries left out that have no address or belong to another sol": self._strays,
            f"sols without images: {', '.join(map(str, self._empty))}": len(self._empty),
        }
        return Listing(self._shards, [f"{count} {what}" for what, count in counts.items() if count])


def _member(image: RawImage, mission: str) -> Member:
    path = unquote(urlsplit(image.file.url).path)
    columns = {
        "mission": mission,
        "sol": str(image.sol),
        "camera": image.camera,
        "sample_type": image.sample_type,
        "date_taken_utc": image.date_taken_utc,
        "width": image.width,
    }
    return Member(PurePosixPath(path).name, image.file, columns)
