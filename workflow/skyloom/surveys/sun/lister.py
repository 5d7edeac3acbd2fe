"""Lists solar shards: passages of active regions in MDI or HMI disks, and SHARP patches."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from skyloom.archives.dataverse import HARVARD, dataverse_files
from skyloom.archives.listing import ArchiveFile, Listing, Shard, Web
from skyloom.settings.base import ConfigError, Settings
from skyloom.surveys.sun.catalogue import Region, parse_catalogue, window_start
from skyloom.surveys.sun.seasons import SimulatedSeasons
from skyloom.surveys.sun.times import parse_time, to_tai

_TABLES = (".csv", ".tab", ".tsv", ".txt")
_JSOC_INFO = "http://jsoc.stanford.edu/cgi-bin/ajax/jsoc_info"


class Passages(Settings):
    """Passages of the regions of a catalogue; one shard each, exported by JSOC."""

    series: ClassVar[str]
    segment: ClassVar[str]

    catalogue: Path | None = Field(
        None, description="A CSV of regions; without it the Dataverse dataset's is read."
    )
    dataset: str = Field(
        "doi:10.7910/DVN/QEMSZ2", description="Dataverse dataset of the catalogue (BARD)."
    )
    file: str | None = Field(None, description="The table of the dataset, if it has several.")
    server: str = Field(HARVARD, description="The Dataverse repository.")
    columns: str = Field(
        "",
        description="The catalogue's own column names, as region=AR,first_seen=DATE,latitude=LAT,"
        "carrington_longitude=LON,label=CLASS,emergence_time=T0.",
    )
    frames: int = Field(225, ge=1, description="Frames of a video.")
    cadence_minutes: int = Field(96, ge=1, description="Time from frame to frame, in minutes.")
    first: date | None = Field(None, description="Leave out regions first seen before this day.")
    last: date | None = Field(None, description="Leave out regions first seen after this day.")

    def list_shards(self, web: Web) -> Listing:
        """Read the catalogue; every usable row within the days becomes a shard."""
        text, where = self._text(web)
        regions = parse_catalogue(text, where, _pairs(self.columns))
        bad = [region for region in regions if region.rejected]
        usable = [region for region in regions if not region.rejected and self._wanted(region)]
        left_out = len(regions) - len(bad) - len(usable)
        remarks = [f"{region.name} left out: {region.rejected}" for region in bad]
        if left_out:
            remarks.append(f"{left_out} regions lie outside the days asked for")
        return Listing([self._shard(region) for region in usable], remarks)

    def _text(self, web: Web) -> tuple[str, str]:
        if self.catalogue is None:
            name, file = self._table(web)
            return web.text(file.url), f"{self.dataset}: {name}"
        if not self.catalogue.is_file():
            raise ConfigError(f"--catalogue: there is no file {self.catalogue}")
        return self.catalogue.read_text("utf-8-sig", errors="replace"), str(self.catalogue)

    def _table(self, web: Web) -> tuple[str, ArchiveFile]:
        files = dataverse_files(web, self.dataset, self.server)
        tables = [name for name in files if name.lower().endswith(_TABLES)]
        wanted = [name for name in tables if self.file in (None, name)]
        if len(wanted) != 1:
            raise ConfigError(
                f"--file: {self.dataset} has {len(wanted)} tables that would do; found "
                f"{', '.join(files) or 'no file'}. Name one of them."
            )
        return wanted[0], files[wanted[0]]

    def _wanted(self, region: Region) -> bool:
        if region.first_seen is None:
            return False
        day = region.first_seen.date()
        return (self.first or date.min) <= day <= (self.last or date.max)

    def _shard(self, region: Region) -> Shard:
        start = to_tai(window_start(region, self.frames, self.cadence_minutes * 60))
        days = self.frames * self.cadence_minutes / 1440
        times = f"{start:%Y.%m.%d_%H:%M:%S}_TAI/{days:g}d@{self.cadence_minutes}m"
        return Shard(
            name=_shard_name(region.image_id),
            file=ArchiveFile(f"jsoc:{self.series}[{times}]{{{self.segment}}}"),
            columns={
                "region": region.name,
                "first_seen": region.first_seen.isoformat() if region.first_seen else "",
                "latitude": f"{region.latitude:g}",
                "carrington_longitude": f"{region.longitude:g}",
                "label": region.label or "",
                "emergence_time": region.emergence.isoformat() if region.emergence else "",
            },
        )


class MdiPassages(Passages):
    """Passages in MDI full disks of 96 minutes cadence, 1996 to 2011."""

    series = "mdi.fd_M_96m_lev182"
    segment = "data"


class HmiPassages(Passages):
    """Passages in HMI full disks, from 2010 on; every eighth of the 12 minute disks."""

    series = "hmi.M_720s"
    segment = "magnetogram"


class Sharps(Settings):
    """SHARP CEA patches; one shard a HARP."""

    first_harp: int = Field(ge=1, description="First HARP number.")
    last_harp: int = Field(ge=1, description="Last HARP number.")
    hours: int = Field(12, ge=1, description="Time between two patches of a HARP, in hours.")
    segments: str = Field("magnetogram,bitmap", description="Segments to export.")

    def list_shards(self, web: Web) -> Listing:
        """Ask JSOC which times each HARP has; numbers without a record become a remark."""
        shards, empty = [], []
        for harp in range(self.first_harp, self.last_harp + 1):
            times = _record_times(web, harp)
            if times:
                shards.append(self._shard(harp, times))
            else:
                empty.append(str(harp))
        remarks = [f"no record of HARP {', '.join(empty)}"] if empty else []
        return Listing(shards, remarks)

    def _shard(self, harp: int, times: Sequence[datetime]) -> Shard:
        first, last = (f"{to_tai(time):%Y.%m.%d_%H:%M:%S}_TAI" for time in (times[0], times[-1]))
        records = f"hmi.sharp_cea_720s[{harp}][{first}-{last}@{self.hours}h]"
        return Shard(
            name=f"harp{harp:05d}",
            file=ArchiveFile(f"jsoc:{records}{{{self.segments}}}"),
            columns={"harp": str(harp), "records": str(len(times))},
        )


def _record_times(web: Web, harp: int) -> list[datetime]:
    """Return the times of all records of a HARP, in order."""
    asked = {"op": "rs_list", "ds": f"hmi.sharp_cea_720s[{harp}]", "key": "T_REC"}
    answer = web.json(_JSOC_INFO, asked)
    if answer.get("status") != 0:
        raise ConfigError(
            f"JSOC does not list HARP {harp}: {answer.get('error', 'no reason given')}"
        )
    return sorted(_parsed(text) for text in _values(answer))


def _values(answer: Mapping[str, Any]) -> list[str]:
    keywords = answer.get("keywords", [])
    return [str(value) for keyword in keywords for value in keyword.get("values", [])]


def _parsed(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as error:
        raise ConfigError(f"JSOC's answer: {error}") from None


def _pairs(said: str) -> dict[str, str]:
    parts = [part.partition("=") for part in said.split(",") if part.strip()]
    if any(not middle for _, middle, _ in parts):
        raise ConfigError(f"--columns is '{said}', expected ours=theirs,ours=theirs")
    return {ours.strip(): theirs.strip() for ours, _, theirs in parts}


def _shard_name(image_id: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in image_id)


SOURCES: Mapping[str, type[Settings]] = {
    "mdi-passages": MdiPassages,
    "hmi-passages": HmiPassages,
    "sharps": Sharps,
    "simulated": SimulatedSeasons,
}
"""Sources by name, for `skyloom list-shards sun <source>`."""
