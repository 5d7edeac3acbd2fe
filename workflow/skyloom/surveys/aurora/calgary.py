"""THEMIS stream0 at the University of Calgary as a source: one shard a station and hour."""

from datetime import datetime

from skyloom.archives.listing import ArchiveFile, Listing, Member, Shard, Web
from skyloom.surveys.aurora.formats import is_spare
from skyloom.surveys.aurora.index_pages import Folder, SiteRange, read_index

BASE = "https://data.phys.ucalgary.ca/sort_by_project/THEMIS/asi/stream0/"
_ENDING = "_full.pgm.gz"


class ThemisRaw(SiteRange):
    """Minute files of the THEMIS cameras: 20 frames of 256x256 pixels, 16 bits, about 2 MB each."""

    def list_shards(self, web: Web) -> Listing:
        """Walk the index pages of the days and hours."""
        days: dict[str, Folder] = {}
        shards: list[Shard] = []
        remarks: list[str] = []
        for hour in self.hours():
            day = f"{BASE}{hour:%Y/%m/%d}/"
            if day not in days:
                days[day] = read_index(web, day)
            for site in self.sites:
                shard = self._site_hour(web, day, days[day], site, hour)
                if shard is None:
                    remarks.append(f"{site}, {hour:%Y-%m-%d %H} UTC: no minute files")
                else:
                    shards.append(shard)
        return Listing(shards, [*remarks, "sizes and checksums are noted at the first fetch"])

    def _site_hour(
        self, web: Web, day: str, folder: Folder, site: str, hour: datetime
    ) -> Shard | None:
        cameras = [name for name in folder.names if name.startswith(f"{site}_themis")]
        for camera in cameras:
            url = f"{day}{camera.rstrip('/')}/ut{hour:%H}/"
            names = [name for name in read_index(web, url).names if self._wants(name)]
            if names:
                members = tuple(Member(name, ArchiveFile(url + name), {}) for name in names)
                return Shard(f"{site}-{hour:%Y%m%d-%H}", ArchiveFile(url), {}, members)
        return None

    def _wants(self, name: str) -> bool:
        """Whether a file holds whole frames of a minute within the range."""
        if not name.endswith(_ENDING) or is_spare(name):
            return False
        try:
            minute = datetime.strptime(name[:13], "%Y%m%d_%H%M").replace(tzinfo=self.start.tzinfo)
        except ValueError:
            return False
        return self.start.replace(second=0, microsecond=0) <= minute < self.end
