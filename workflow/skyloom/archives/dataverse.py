"""Files of a dataset in a Dataverse, such as Harvard's or JPL's."""

from typing import Any
from urllib.parse import quote

from skyloom.archives.listing import Web
from skyloom.shards import ArchiveFile

HARVARD = "https://dataverse.harvard.edu"


def dataverse_files(web: Web, doi: str, server: str = HARVARD) -> dict[str, ArchiveFile]:
    """Return the files of a dataset by name, with address, size and MD5.

    A table that Dataverse has converted is taken as it was uploaded (`format=original`), under its
    first name. Its listed MD5 may be that of either form, so it is left out.

    Args:
        web: how the server is asked.
        doi: such as `10.7910/DVN/QEMSZ2`, with or without `doi:`.
        server: address of the Dataverse.

    Source: Dataverse's native API, `GET /api/datasets/:persistentId`, and its data access API.
    """
    identity = quote(f"doi:{doi.removeprefix('doi:')}", safe=":/")
    document = web.json(f"{server}/api/datasets/:persistentId/?persistentId={identity}")
    listed = [entry["dataFile"] for entry in document["data"]["latestVersion"]["files"]]
    return dict(_file(file, server) for file in listed)


def _file(file: dict[str, Any], server: str) -> tuple[str, ArchiveFile]:
    url = f"{server}/api/access/datafile/{file['id']}"
    if "originalFileFormat" in file:
        name = file.get("originalFileName", file["filename"])
        return name, ArchiveFile(f"{url}?format=original", file.get("originalFileSize"))
    return file["filename"], ArchiveFile(url, file.get("filesize"), md5=file.get("md5"))
