"""Files of a Zenodo record."""

from urllib.parse import quote

from skyloom.archives.listing import Web
from skyloom.shards import ArchiveFile

RECORDS = "https://zenodo.org/api/records"
FILES = "https://zenodo.org/records/{record}/files/{name}?download=1"


def zenodo_files(web: Web, record: int) -> dict[str, ArchiveFile]:
    """Return the files of a record by name, with address, size and MD5.

    Source: Zenodo's REST API, `GET /api/records/{id}`.
    """
    document = web.json(f"{RECORDS}/{record}")
    return {
        file["key"]: ArchiveFile(
            url=FILES.format(record=record, name=quote(file["key"])),
            bytes=file.get("size"),
            md5=_md5(file.get("checksum", "")),
        )
        for file in document.get("files", ())
    }


def _md5(checksum: str) -> str | None:
    algorithm, _, digest = checksum.partition(":")
    return digest if algorithm == "md5" else None
