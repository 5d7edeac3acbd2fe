"""Record sets of JSOC, the archive of MDI and HMI: exported on request, then fetched like files.

An export is asked for once; its number is kept, so that a later call goes on with it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path, PurePosixPath
from urllib.error import URLError

import drms

from skyloom.archives.verify import FetchError
from skyloom.shards import ArchiveFile, Member

EMAIL_VARIABLE = "JSOC_EMAIL"
REGISTER = "http://jsoc.stanford.edu/ajax/register_email.html"
_LOOKUP = "http://jsoc.stanford.edu/ajax/lookdata.html"
NO_FILE = "NoDataFile"
"""What JSOC says in place of a file name when a record has no file."""

_FILES = "http://jsoc.stanford.edu/"
_CGI = "cgi-bin/ajax/"
_REQUEST = "export-request"
_ALIVE = (0, 1, 2)  # status of an export that is finished, waits or runs


@dataclass(frozen=True)
class Export:
    """A finished export.

    Attributes:
        members: files to fetch.
        absent: records of the set that have no file.
    """

    members: Sequence[Member]
    absent: Sequence[Member]


@dataclass(frozen=True)
class Jsoc:
    """How JSOC is asked.

    Attributes:
        root: address of a mirror of JSOC, or None.
        patience: seconds that an export may take.
        poll: seconds between looks at an export's state.
    """

    root: str | None = None
    patience: float = 3600.0
    poll: float = 10.0

    def export(self, record_set: str, folder: Path) -> Export:
        """Export a record set as FITS files with full headers and list them.

        Args:
            record_set: as JSOC writes it: series[records]{segments}.
            folder: keeps the number of the export between calls.

        Raises:
            FetchError: no registered e-mail address, no such record, refused, unanswered or not
                ready in time.
        """
        with _explained(record_set):
            request = self._request(record_set, folder / _REQUEST)
            if not request.wait(timeout=self.patience, sleep=self.poll):
                raise FetchError(
                    f"JSOC has not finished export {request.id} of {record_set} within "
                    f"{self.patience:.0f} s. Run again: it goes on with the same export."
                )
            export = _listed(request)
        if not export.members and not export.absent:
            forget_export(folder)  # the records may come later
            raise FetchError(
                f"JSOC has no record in {record_set}. Correct its dates or series in the shard "
                f"sheet; {_LOOKUP} shows what there is."
            )
        return export

    def _request(self, record_set: str, note: Path) -> drms.ExportRequest:
        client = self._client()
        if note.is_file():
            earlier = client.export_from_id(note.read_text(encoding="utf-8"))
            if earlier.status in _ALIVE:
                return earlier
        email = _registered(client)
        request = client.export(record_set, method="url", protocol="fits", email=email)
        if request.id is not None:
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(request.id, encoding="utf-8")
        return request

    def _client(self) -> drms.Client:
        """Return a client of JSOC's interface; files always have their real addresses."""
        return drms.Client(
            drms.ServerConfig(
                name="JSOC",
                cgi_baseurl=f"{(self.root or _FILES).rstrip('/')}/{_CGI}",
                cgi_show_series="show_series",
                cgi_jsoc_info="jsoc_info",
                cgi_jsoc_fetch="jsoc_fetch",
                cgi_check_address="checkAddress.sh",
                http_download_baseurl=_FILES,
            )
        )


def forget_export(folder: Path) -> None:
    """Ask for a new export at the next call."""
    (folder / _REQUEST).unlink(missing_ok=True)


def _listed(request: drms.ExportRequest) -> Export:
    addresses = iter(request.urls["url"])  # in the order of the records, without the missing ones
    found, absent = [], []
    for number, row in enumerate(request.data.itertuples()):
        columns = {"record": str(row.record)}
        if row.filename == NO_FILE:
            file = ArchiveFile(f"jsoc:{row.record}")
            absent.append(Member(f"absent-{number:05d}", file, columns))
        else:
            name = PurePosixPath(str(row.filename)).name
            found.append(Member(name, ArchiveFile(str(next(addresses))), columns))
    return Export(found, absent)


def _registered(client: drms.Client) -> str:
    """Return the user's e-mail address; raise `FetchError` where JSOC does not know it."""
    email = _email()
    if not client.check_email(email):
        raise FetchError(
            f"JSOC: the e-mail address {email!r} in {EMAIL_VARIABLE} is invalid or not registered. "
            f"Register it at {REGISTER}."
        )
    return email


def _email() -> str:
    email = os.environ.get(EMAIL_VARIABLE, "")
    if not email:
        raise FetchError(
            f"JSOC exports need an e-mail address that is registered at {REGISTER} (free, one "
            f"confirmation). Then set it: export {EMAIL_VARIABLE}=you@example.org"
        )
    return email


@contextmanager
def _explained(record_set: str) -> Iterator[None]:
    """Say in words of the user's what the client of JSOC raises."""
    try:
        yield
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise FetchError(
            f"JSOC answers with a page where JSON is expected ({error}); it may be down for "
            "maintenance. Run again later."
        ) from error
    except (drms.DrmsExportError, drms.DrmsQueryError, ValueError) as error:
        raise FetchError(
            f"JSOC refuses to export {record_set}: {error}. Correct the record set in the shard "
            f"sheet; {_LOOKUP} shows what there is."
        ) from error
    except (URLError, TimeoutError, ConnectionError) as error:
        raise FetchError(f"JSOC does not answer: {error}. Run again later.") from error
