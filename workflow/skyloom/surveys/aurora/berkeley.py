"""THEMIS level 1 CDF files at Berkeley as a source: one shard a file."""

import re
from datetime import datetime
from typing import Literal

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Listing, Shard, Web
from skyloom.surveys.aurora.index_pages import Folder, SiteRange, read_index

BASE = "https://themis.ssl.berkeley.edu/data/themis/thg/l1/asi/"
_STAMPS = {"asf": "%Y%m%d%H", "ast": "%Y%m%d"}


class ThemisLevel1(SiteRange):
    """CDF files of the THEMIS cameras: full frames by the hour, or thumbnails by the day."""

    product: Literal["asf", "ast"] = Field(
        "asf",
        description="asf: 256x256, an hour in about 100 MB; ast: 32x32, a day in 3 MB.",
    )

    def list_shards(self, web: Web) -> Listing:
        """Walk the index pages of the months and take the newest version of each file."""
        months: dict[str, Folder] = {}
        shards: dict[str, Shard] = {}
        remarks: list[str] = []
        for site in self.sites:
            for stamp, folder in self._wanted(site):
                if folder not in months:
                    months[folder] = read_index(web, folder)
                name = self._newest(months[folder].names, site, stamp)
                if name is None:
                    remarks.append(f"no thg_l1_{self.product}_{site}_{stamp} in {folder}")
                else:
                    shard = f"{self.product}-{site}-{stamp}"
                    shards[shard] = Shard(shard, ArchiveFile(folder + name), {})
        return Listing(
            list(shards.values()), [*remarks, "sizes and checksums are noted at the first fetch"]
        )

    def _wanted(self, site: str) -> list[tuple[str, str]]:
        """Return stamp and folder of each file of a site, in order, each once."""
        return list(
            dict.fromkeys(
                (self._stamp(hour), f"{BASE}{site}/{hour:%Y/%m}/") for hour in self.hours()
            )
        )

    def _stamp(self, hour: datetime) -> str:
        return f"{hour:{_STAMPS[self.product]}}"

    def _newest(self, names: list[str], site: str, stamp: str) -> str | None:
        pattern = re.compile(rf"thg_l1_{self.product}_{site}_{stamp}_v(\d+)\.cdf$")
        found = [(int(match[1]), name) for name in names if (match := pattern.match(name))]
        return max(found)[1] if found else None
