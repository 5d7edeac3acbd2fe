"""Bring the members of a shard together: each complete or known to be absent."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from tqdm import tqdm

from skyloom.archives.download import download
from skyloom.archives.verify import FetchError, verify
from skyloom.archives.web import AbsentError, Web
from skyloom.digest import sha256_of_file
from skyloom.shards import MEMBERS_FILE, Member

State = Literal["present", "absent"]
_COLUMNS = ("name", "url", "bytes", "sha256", "state")


@dataclass(frozen=True)
class Part:
    """What became of one member.

    Attributes:
        member: the member.
        path: its file; of an absent member there is none.
        sha256: of the file, or None.
    """

    member: Member
    path: Path
    sha256: str | None

    @property
    def state(self) -> State:
        """Return whether the archive has the member."""
        return "absent" if self.sha256 is None else "present"


def gather(web: Web, members: Sequence[Member], folder: Path) -> list[Part]:
    """Bring all members into a folder, a few at once; what is there already is not fetched again.

    Returns:
        One part per member, in their order.

    Raises:
        WebError, FetchError: a member neither came nor is known to be absent; what came is kept.
    """
    with _cancelling(ThreadPoolExecutor(web.connections)) as pool:
        waiting = [pool.submit(_bring, web, member, folder) for member in members]
        _watch(waiting)
    return [future.result() for future in waiting]


@contextmanager
def _cancelling(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """Drop what has not begun when something fails."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _watch(waiting: Sequence[Future[Part]]) -> None:
    done = as_completed(waiting)
    for future in tqdm(done, "fetch", total=len(waiting), mininterval=5, unit="file"):
        future.result()


def _bring(web: Web, member: Member, folder: Path) -> Part:
    path = folder / member.name
    if not _is_there(path, member):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            download(web, member.file, path, lambda received: None)
        except AbsentError:
            return Part(member, path, None)
    return _verified(member, path)


def find_members(members: Sequence[Member], base: str, folder: Path) -> list[Part]:
    """Look all members up in a local copy: by their names, or by their addresses below `base`.

    Raises:
        FetchError: a member is another file than is known of it, or none is there.
    """
    parts = [_found(member, base, folder) for member in members]
    if all(part.sha256 is None for part in parts):
        raise FetchError(
            f"{folder} has none of the {len(members)} files of the shard, such as "
            f"{members[0].name}. Put them there under their names or their addresses' paths."
        )
    return parts


def _found(member: Member, base: str, folder: Path) -> Part:
    paths = (folder / member.name, folder / unquote(member.file.url.removeprefix(base)))
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return Part(member, paths[0], None)
    verify(path, replace(member.file, url=f"{path} (of {member.file.url})"))
    return _verified(member, path)


def _verified(member: Member, path: Path) -> Part:
    """Return a part whose file was compared with what is known: a known SHA-256 is its own."""
    return Part(member, path, member.file.sha256 or sha256_of_file(path))


def _is_there(path: Path, member: Member) -> bool:
    """Whether an earlier call brought this file; only complete ones have its name."""
    if not path.is_file():
        return False
    try:
        verify(path, member.file)
    except FetchError:
        return False
    return True


def write_members_file(parts: Sequence[Part], path: Path) -> None:
    """Write what became of the members: name, url, bytes, sha256, state, the survey's columns."""
    own = list(dict.fromkeys(key for part in parts for key in part.member.columns))
    lines = [(*_COLUMNS, *own)]
    lines += [(*_facts(part), *_values(part.member.columns, own)) for part in parts]
    text = "".join("\t".join(line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="")


def _facts(part: Part) -> tuple[str, ...]:
    size = "" if part.sha256 is None else str(part.path.stat().st_size)
    return (part.member.name, part.member.file.url, size, part.sha256 or "", part.state)


def _values(columns: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [columns.get(name, "") for name in names]


def packable(parts: Sequence[Part], folder: Path) -> dict[str, Path]:
    """Return the files of a shard's raw file by their names in it, with its members file.

    Raises:
        FetchError: every member is absent.
    """
    present = {part.member.name: part.path for part in parts if part.sha256 is not None}
    if not present:
        raise FetchError(
            f"none of the {len(parts)} files is in the archive; the first is "
            f"{parts[0].member.file.url}. Compare the shard sheet with the archive, or write it "
            "anew with `skyloom list-shards`."
        )
    members_file = folder / MEMBERS_FILE
    folder.mkdir(parents=True, exist_ok=True)
    write_members_file(parts, members_file)
    return {**present, MEMBERS_FILE: members_file}
