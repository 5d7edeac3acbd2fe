"""Zenodo and Dataverse: documents as their interfaces give them."""

import json

from skyloom.archives.dataverse import dataverse_files
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.zenodo import zenodo_files
from skyloom.shards import ArchiveFile

RECORD = {
    "id": 1049137,
    "files": [
        {
            "key": "msl images.zip",
            "size": 123,
            "checksum": "md5:" + "a" * 32,
            "links": {
                "self": "https://zenodo.org/api/records/1049137/files/msl images.zip/content"
            },
        },
        {"key": "readme.txt", "checksum": "crc32:0"},
    ],
}
DATASET = {
    "status": "OK",
    "data": {
        "latestVersion": {
            "files": [
                {
                    "dataFile": {
                        "id": 11,
                        "filename": "regions.tab",
                        "filesize": 900,
                        "md5": "b" * 32,
                        "originalFileFormat": "text/csv",
                        "originalFileName": "regions.csv",
                        "originalFileSize": 800,
                    }
                },
                {"dataFile": {"id": 12, "filename": "a.zip", "filesize": 7, "md5": "c" * 32}},
            ]
        }
    },
}


def test_zenodo_record(make_web):
    with LoopbackArchive({"api/records/1049137": json.dumps(RECORD).encode()}) as server:
        files = zenodo_files(make_web(server.url), 1049137)
    base = "https://zenodo.org/records/1049137/files"
    assert files == {
        "msl images.zip": ArchiveFile(f"{base}/msl%20images.zip?download=1", 123, md5="a" * 32),
        "readme.txt": ArchiveFile(f"{base}/readme.txt?download=1"),
    }


def test_dataverse_dataset_gives_tables_as_they_were_uploaded(make_web):
    target = "api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/QEMSZ2"
    with LoopbackArchive({target: json.dumps(DATASET).encode()}) as server:
        files = dataverse_files(make_web(server.url), "doi:10.7910/DVN/QEMSZ2")
        assert server.asked == [("GET", target)]
    base = "https://dataverse.harvard.edu/api/access/datafile"
    assert files == {
        "regions.csv": ArchiveFile(f"{base}/11?format=original", 800),
        "a.zip": ArchiveFile(f"{base}/12", 7, md5="c" * 32),
    }
