"""Bring the raw file of one shard here: complete and verified, or not at all."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from skyloom.archives.download import download
from skyloom.archives.gather import Part, find_members, gather, packable
from skyloom.archives.kept import keep, restore, restore_members
from skyloom.archives.ledger import Ledger
from skyloom.archives.locate import EXPORTED
from skyloom.archives.pack import pack_files, pack_folder
from skyloom.archives.verify import FetchError, verify
from skyloom.archives.web import Web
from skyloom.atomic import atomic_path, move
from skyloom.digest import sha256_of_file, sha256_of_json
from skyloom.shards import ArchiveFile, Member, Shard

Row = TypeVar("Row", Shard, Member)

INCOMING = ".incoming"
"""Folder beside the raw files for what an interrupted fetch has brought so far."""


@dataclass(frozen=True)
class Fetched:
    """What was brought.

    Attributes:
        origin: address or path that it came from.
        how: downloaded; exported; copied; packed folder; or already here, verified.
        sha256, bytes: of the raw file.
        checked: whether a checksum known beforehand was compared.
        members: files of a shard that has several.
        absent: names of those that the archive does not have.
    """

    origin: str
    how: str
    sha256: str
    bytes: int
    checked: bool
    members: int = 0
    absent: Sequence[str] = ()


@dataclass(frozen=True)
class Fetcher:
    """What fetching needs beside the shard.

    Attributes:
        web: how servers are asked.
        ledger: first checksums of the archive's files; None for an archive that is no real one.
    """

    web: Web
    ledger: Ledger | None = None

    def fetch(self, shard: Shard, local: Path | None, raw: Path) -> Fetched:
        """Bring a shard's raw file.

        Args:
            shard: row of the shard sheet, with its members.
            local: file or folder that it is copied from; None fetches it from its address. Of a
                folder the shard's members are packed; without members it is an unpacked copy, is
                packed whole, and no checksum can be compared.
            raw: path of the raw file. What an interrupted fetch has brought is kept in
                `.incoming/` beside it and the raw file gets a second name in `.kept/`.

        Raises:
            FetchError, WebError: absent, cut short, refused, or another size or checksum than
                expected; what stood at `raw` is untouched.
        """
        fetched = self._bring(shard, local, raw, _incoming(shard, raw))
        keep(raw)
        for left in (raw.parent / INCOMING).glob(f"{raw.name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        return fetched

    def _bring(self, shard: Shard, local: Path | None, raw: Path, incoming: Path) -> Fetched:
        shard = self._with_ledger(shard)
        if not shard.members and restore(raw, shard.file.sha256):
            return _fetched(
                self.web.address(shard.file.url), "already here, verified", raw, checked=True
            )
        if local is not None:
            return _copy(shard, local, raw, incoming)
        if shard.file.url.startswith(EXPORTED):
            return self._export(shard, raw, incoming)
        if shard.members:
            return self._gather(shard, raw, incoming)
        return self._download(shard, raw, incoming)

    def _download(self, shard: Shard, raw: Path, incoming: Path) -> Fetched:
        target = incoming / raw.name
        with tqdm(total=shard.file.bytes, unit="B", unit_scale=True, mininterval=5) as bar:
            download(self.web, shard.file, target, lambda size: bar.update(size - bar.n))
        move(target, raw)
        checked = shard.file.sha256 is not None or shard.file.md5 is not None
        fetched = _fetched(self.web.address(shard.file.url), "downloaded", raw, checked=checked)
        self._record([(shard.name, shard.file.url, fetched.sha256)])
        return fetched

    def _gather(self, shard: Shard, raw: Path, incoming: Path) -> Fetched:
        known = {member.name: member.file.sha256 for member in shard.members}
        restore_members(raw, {name: said for name, said in known.items() if said}, incoming)
        parts = gather(self.web, shard.members, incoming)
        fetched = _pack(parts, incoming, raw, shard.file.sha256)
        fetched = replace(fetched, origin=self.web.address(shard.file.url), how="downloaded")
        self._record(
            (f"{shard.name}/{part.member.name}", part.member.file.url, part.sha256)
            for part in parts
            if part.sha256 is not None
        )
        return fetched

    def _export(self, shard: Shard, raw: Path, incoming: Path) -> Fetched:
        from skyloom.archives.jsoc import Jsoc, forget_export  # imports pandas, and few need it

        export = Jsoc(self.web.root).export(shard.file.url.removeprefix(EXPORTED), incoming)
        parts = gather(self.web, export.members, incoming)
        if lost := [part.member.name for part in parts if part.state == "absent"]:
            forget_export(incoming)
            raise FetchError(
                f"{shard.file.url}: {len(lost)} of {len(parts)} exported files are gone, such as "
                f"{lost[0]}: the export has expired. Run again: it is asked for anew, and what "
                "came is kept."
            )
        parts += [Part(member, incoming / member.name, None) for member in export.absent]
        fetched = replace(_pack(parts, incoming, raw, None), origin=shard.file.url, how="exported")
        self._record([(shard.name, shard.file.url, fetched.sha256)])
        return fetched

    def _with_ledger(self, shard: Shard) -> Shard:
        """Return the shard with the ledger's checksums where the sheet has none."""
        if self.ledger is None:
            return shard
        members = (self._expect(f"{shard.name}/{part.name}", part) for part in shard.members)
        whole = self._expect(shard.name, shard)
        return replace(whole, members=tuple(members))

    def _expect(self, name: str, row: Row) -> Row:
        if row.file.sha256 is not None or self.ledger is None:
            return row
        first = self.ledger.known(name, row.file.url)
        return replace(row, file=replace(row.file, sha256=first))

    def _record(self, found: Iterable[tuple[str, str, str]]) -> None:
        if self.ledger is not None:
            self.ledger.record(found)


def _incoming(shard: Shard, raw: Path) -> Path:
    """Return the folder of an unfinished fetch; another one when an address has changed."""
    addresses = [shard.file.url, *((part.name, part.file.url) for part in shard.members)]
    return raw.parent / INCOMING / f"{raw.name}-{sha256_of_json(addresses)[:12]}"


def _copy(shard: Shard, local: Path, raw: Path, incoming: Path) -> Fetched:
    if local.is_dir() and shard.members:
        parts = find_members(shard.members, shard.file.url, local)
        packed = _pack(parts, incoming, raw, shard.file.sha256)
        return replace(packed, origin=str(local), how="packed folder")
    if local.is_dir():
        with atomic_path(raw) as temporary:
            pack_folder(local, temporary)
        return _fetched(str(local), "packed folder", raw, checked=False)
    if not local.is_file():
        raise FetchError(f"{local} is not there")
    with atomic_path(raw) as temporary:
        shutil.copyfile(local, temporary)
        verify(temporary, shard.file)
    return _fetched(str(local), "copied", raw, checked=shard.file.sha256 is not None)


def _pack(parts: Sequence[Part], incoming: Path, raw: Path, sha256: str | None) -> Fetched:
    with atomic_path(raw) as temporary:
        pack_files(packable(parts, incoming), temporary)
        verify(temporary, ArchiveFile(raw.name, sha256=sha256))
    checked = all(part.member.file.sha256 for part in parts)
    absent = tuple(part.member.name for part in parts if part.state == "absent")
    return replace(_fetched("", "", raw, checked), members=len(parts), absent=absent)


def _fetched(origin: str, how: str, raw: Path, checked: bool) -> Fetched:
    return Fetched(origin, how, sha256_of_file(raw), raw.stat().st_size, checked)
