"""Shard sheets of the simulated archive: seasons of full disks through the years."""

from datetime import UTC, datetime, timedelta

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Listing, Member, Shard, Web
from skyloom.settings.base import Settings

_MONTHS = (1, 3, 5, 7, 9, 11)
_DAYS = 42


class SimulatedSeasons(Settings):
    """Seasons of six weeks for the simulator, six a year: one in each pair of months."""

    seasons: int = Field(12, ge=1, description="Seasons in all.")
    first_year: int = Field(1997, ge=1996, le=2010, description="Year of the first season.")
    minutes: int = Field(288, ge=1, description="Time from disk to disk, in minutes.")
    seasons_a_shard: int = Field(2, ge=1, description="Seasons that one shard holds.")

    def list_shards(self, web: Web) -> Listing:
        """Return the shards; nothing is asked of the web."""
        size = self.seasons_a_shard
        shards = [
            self._shard(first // size, range(first, min(first + size, self.seasons)))
            for first in range(0, self.seasons, size)
        ]
        return Listing(shards)

    def _shard(self, number: int, seasons: range) -> Shard:
        folder = f"SUM0/D{number + 1:09d}/S00000/"
        names = ["regions.csv", *(name for season in seasons for name in self._disks(season))]
        members = [Member(name, ArchiveFile(folder + name), {}) for name in names]
        return Shard(f"sun-sim-{number:03d}", ArchiveFile(folder), {}, tuple(members))

    def _disks(self, season: int) -> list[str]:
        year, place = divmod(season, len(_MONTHS))
        start = datetime(self.first_year + year, _MONTHS[place], 1, tzinfo=UTC)
        times = [
            start + timedelta(minutes=minutes) for minutes in range(0, _DAYS * 1440, self.minutes)
        ]
        return [f"mdi.fd_M_96m_lev182.{time:%Y%m%d_%H%M%S}_TAI.data.fits" for time in times]
