"""Sources of galaxies, as `skyloom list-shards galaxies <source>` asks them."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Listing, Member, Shard, Web
from skyloom.errors import SkyloomError
from skyloom.settings.base import Settings
from skyloom.surveys.galaxies.catalogue import read_csv
from skyloom.surveys.galaxies.sky import BANDS, SkyField
from skyloom.surveys.galaxies.skyserver import (
    ROW_LIMITS,
    answer_url,
    catalogue_query,
    fields_query,
    sql_address,
)


class NothingListedError(SkyloomError):
    """The archive's answer names no galaxies, is cut short, or is none."""


class SdssFrames(Settings):
    """Fields of SDSS that hold galaxies of the Main Galaxy Sample, by a query of SkyServer."""

    limit: int | None = Field(None, ge=1, description="Largest number of galaxies; none = all.")
    ra_min: float = Field(0.0, ge=0, le=360, description="Smallest right ascension, degrees.")
    ra_max: float = Field(360.0, ge=0, le=360, description="Largest right ascension, degrees.")
    dec_min: float = Field(-90.0, ge=-90, le=90, description="Smallest declination, degrees.")
    dec_max: float = Field(90.0, ge=-90, le=90, description="Largest declination, degrees.")
    release: int = Field(17, ge=8, description="Data release; the frames' paths are those of 17.")
    fields_per_shard: int = Field(
        8, ge=1, description="Fields in a shard; each is about 25 MB to fetch."
    )
    morphology: bool = Field(True, description="Ask for the Galaxy Zoo 1 class of each galaxy.")

    def list_shards(self, web: Web) -> Listing:
        """Ask SkyServer for the galaxies' fields and list their frames and catalogues."""
        sql = fields_query(self._conditions(), self.limit)
        answer = web.text(sql_address(self.release), {"cmd": sql, "format": "csv"})
        places = _fields(answer, self.limit)
        size = self.fields_per_shard
        groups = [places[first : first + size] for first in range(0, len(places), size)]
        shards = [self._shard(group) for group in groups]
        remark = (
            f"{len(places)} fields in {len(shards)} shards. SkyServer and SAS state neither sizes "
            "nor checksums: both are noted at the first fetch."
        )
        return Listing(shards, [remark])

    def _conditions(self) -> list[str]:
        return [
            f"p.ra BETWEEN {self.ra_min} AND {self.ra_max}",
            f"p.dec BETWEEN {self.dec_min} AND {self.dec_max}",
        ]

    def _shard(self, places: Sequence[SkyField]) -> Shard:
        base = f"https://data.sdss.org/sas/dr{self.release}/eboss/photoObj/frames/301/"
        members = [member for place in places for member in self._members(base, place)]
        return Shard(f"sdss-{places[0].name}", ArchiveFile(base), {}, tuple(members))

    def _members(self, base: str, place: SkyField) -> list[Member]:
        frames = [f"frame-{band}-{place.name}.fits.bz2" for band in BANDS]
        folder = f"{base}{place.run}/{place.camcol}/"
        sql = catalogue_query(place, self.morphology)
        return [
            *(Member(name, ArchiveFile(folder + name), {}) for name in frames),
            Member(f"catalogue-{place.name}.csv", ArchiveFile(answer_url(self.release, sql)), {}),
        ]


class PasquetNpz(Settings):
    """`sdss.npz` of Pasquet et al. 2019: 659,857 galaxies, 54 GB."""

    address: str | None = Field(
        None,
        description="Where the file is, an address or file:///path; none = the files of `item`.",
    )
    site: str = Field("https://deepdip.iap.fr", description="The Girder site that publishes it.")
    item: str = Field("60ef1e05be2b8ebb048d951d", description="The item's number on that site.")

    def list_shards(self, web: Web) -> Listing:
        """Return the one shard, at `address` or where the site's index says."""
        if self.address is not None:
            return Listing([Shard("sdss-npz", ArchiveFile(self.address), {})])
        files = web.json(f"{self.site}/api/v1/item/{self.item}/files")
        return Listing([self._shard(self._choose(files))])

    def _choose(self, files: object) -> Mapping[str, object]:
        listed = files if isinstance(files, list) else []
        for file in listed:
            if isinstance(file, Mapping) and str(file.get("name", "")).endswith(".npz"):
                return file
        raise NothingListedError(
            f"{self.site} lists no .npz file for item {self.item}, it answered {files!r:.200}. "
            f"Fetch sdss.npz by hand from {self.site}/#item/{self.item} and give its place with "
            "--address file:///..."
        )

    def _shard(self, file: Mapping[str, object]) -> Shard:
        size = file.get("size")
        url = f"{self.site}/api/v1/file/{file.get('_id')}/download"
        return Shard(
            "sdss-npz", ArchiveFile(url, bytes=size if isinstance(size, int) else None), {}
        )


class Hdf5File(Settings):
    """HDF5 file of the companion code: the 102,993 galaxies of its validation set."""

    address: str = Field(
        "https://portal.nersc.gov/project/dasrepo/self-supervised-learning-sdss/datasets/"
        "sdss_w_specz_valid.h5",
        description="Where the file is, an address or file:///path.",
    )

    def list_shards(self, web: Web) -> Listing:
        """Return the one shard; its server has no index to ask."""
        return Listing([Shard("sdss-hdf5", ArchiveFile(self.address), {})])


SOURCES: Mapping[str, type[Settings]] = {
    "sdss-frames": SdssFrames,
    "pasquet-npz": PasquetNpz,
    "hdf5": Hdf5File,
}
"""Options of each source, a settings model with `list_shards`."""


def _fields(answer: str, limit: int | None) -> list[SkyField]:
    """Return the fields that a CSV answer of SkyServer names, in order.

    Raises:
        NothingListedError: no fields, or rows as many as SkyServer's own limit and not as asked.
    """
    table = read_csv(answer, "SkyServer's answer")
    columns = {name.lower(): name for name in table.columns}
    if not {"run", "camcol", "field"} <= columns.keys() or table.empty:
        raise NothingListedError(
            "SkyServer's answer has no run, camcol and field: it begins "
            f"{' '.join(answer.split())[:200]!r}. Widen the area, or ask again later."
        )
    if len(table) in ROW_LIMITS and len(table) != limit:
        raise NothingListedError(
            f"SkyServer's answer has {len(table)} rows, which is where it cuts answers. Ask for "
            "parts of the sky, with --ra-min, --ra-max, --dec-min, --dec-max and --append."
        )
    numbers = table[[columns[name] for name in ("run", "camcol", "field")]].astype(int)
    return sorted({SkyField(*row) for row in numbers.itertuples(index=False)})
