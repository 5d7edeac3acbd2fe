"""Browse images of the PDS Imaging Atlas, through its Elasticsearch index."""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from skyloom.archives.listing import ArchiveFile, Web
from skyloom.surveys.mars.contents import stem_of
from skyloom.surveys.mars.names import PERSEVERANCE, parse_name
from skyloom.surveys.mars.sols import RawImage, SolRangeSettings

_SEARCH = (
    "https://pds-imaging.jpl.nasa.gov/api/search/atlas/_search"
    "?filter_path=hits.hits._source,hits.hits.sort"
)
_PAGE = 1000
_FIELDS = ["uri", "archive.name", "archive.size", "archive.md5"]


class PdsAtlas(SolRangeSettings):
    """Browse PNG of Perseverance in the PDS: calibrated, complete, no login."""

    mission: ClassVar[str] = PERSEVERANCE
    root: ClassVar[str] = "https://pds-imaging.jpl.nasa.gov/api/data/"

    bundle: str = Field(
        "mars2020_imgops",
        description="Bundle of the archive: mars2020_imgops = engineering cameras, "
        "mars2020_mastcamz_ops_calibrated, mars2020_cachecam_ops_calibrated, ...",
    )

    def images_of(self, web: Web, sol: int) -> Iterator[RawImage]:
        """Yield the browse images below the folder of one sol."""
        folder = f"atlas:pds4:mars_2020:perseverance:/{self.bundle}/browse/sol/{sol:05d}/"
        for hit in _hits(web, folder):
            found, archive = hit["_source"], hit["_source"].get("archive", {})
            name = parse_name(stem_of(found["uri"]))
            yield RawImage(
                file=ArchiveFile(
                    url=f"{self.root}{found['uri']}",
                    bytes=archive.get("size"),
                    md5=archive.get("md5"),
                ),
                sol=sol,
                camera=name.camera or "",
                sample_type="Thumbnail" if name.thumbnail else "",
                date_taken_utc=name.time.isoformat() if name.time else "",
            )


def _hits(web: Web, folder: str) -> Iterator[dict[str, Any]]:
    """Yield all PNG files below a folder; each page goes on after the last name of the one before.

    The index answers no more than 10,000 hits by their number, but any number in this way.
    """
    body: dict[str, Any] = {
        "query": {
            "bool": {
                "filter": [
                    {"prefix": {"archive.parent_uri": folder}},
                    {"term": {"archive.fs_type": "file"}},
                    {"term": {"archive.file_extension": "png"}},
                ]
            }
        },
        "sort": [{"archive.name": "asc"}],
        "size": _PAGE,
        "_source": _FIELDS,
    }
    while True:
        hits = web.post(_SEARCH, body).get("hits", {}).get("hits", [])
        yield from hits
        if len(hits) < _PAGE:
            return
        body = {**body, "search_after": hits[-1]["sort"]}
