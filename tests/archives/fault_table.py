"""The faults of an archive and what comes of each; as a script, prints docs/archives.md's table.

python tests/archives/fault_table.py
"""

import hashlib
import tempfile
from dataclasses import dataclass
from email.utils import formatdate
from itertools import chain, repeat
from pathlib import Path

from skyloom.archives.download import download
from skyloom.archives.faults import ALWAYS, Fault
from skyloom.archives.loopback import LoopbackArchive
from skyloom.archives.patience import Patience
from skyloom.archives.web import Web
from skyloom.errors import SkyloomError
from skyloom.shards import ArchiveFile

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
URL = "https://archive.example/data/night/a.bin?download=1"
TARGET = "data/night/a.bin?download=1"
QUICK = Patience(attempts=4, first=0.005, longest=0.01, obeyed=2.0)
PLAIN = ArchiveFile(URL)


@dataclass(frozen=True)
class Case:
    """A fault and its outcome.

    Attributes:
        name: what goes wrong, in words.
        faults: of the file, in order.
        outcome: `complete`, or a part of the error's message.
        requests: how many requests are made.
        kept: bytes of the partial file that stay for the next call, after an error.
        known: checksums and size that the shard sheet gives.
        lacks: what the server cannot do.
        sent: bytes that the server sends, in shares of the file; None does not matter.
        earlier: what the first request meets in place of the file.
    """

    name: str
    faults: tuple[Fault, ...]
    outcome: str
    requests: int
    kept: int = 0
    known: ArchiveFile = PLAIN
    lacks: tuple[str, ...] = ()
    sent: float | None = 1.0
    earlier: bytes = CONTENT


def fault(kind, **said):
    return Fault(kind, TARGET, **said)


CHECKED = ArchiveFile(URL, len(CONTENT), SHA256, MD5)
CASES = (
    Case("nothing goes wrong", (), "complete", 1, known=CHECKED),
    Case("the body is cut in the middle", (fault("cut"),), "complete", 2),
    Case("cut three times", (fault("cut", times=3),), "complete", 4),
    Case(
        "cut every time",
        (fault("cut", times=ALWAYS),),
        "cut 20 times, lastly after 255999 bytes",
        20,
        kept=255999,
    ),
    Case(
        "every answer is cut before its first byte",
        (fault("cut", share=0.0, times=ALWAYS),),
        "cut 20 times, lastly after 0 bytes",
        20,
        sent=0.0,
    ),
    Case(
        "cut, and the server ignores Range: started again",
        (fault("cut"),),
        "complete",
        2,
        lacks=("range",),
        sent=1.5,
    ),
    Case(
        "cut, no ETag or Last-Modified, no checksum known: started again",
        (fault("cut"),),
        "complete",
        2,
        lacks=("validators",),
        sent=1.5,
    ),
    Case(
        "cut, no ETag or Last-Modified, checksum known: resumed",
        (fault("cut"),),
        "complete",
        2,
        known=CHECKED,
        lacks=("validators",),
    ),
    Case(
        "cut, another version from then on, and the server ignores If-Range: started again",
        (fault("cut"),),
        "complete",
        3,
        lacks=("if_range",),
        sent=None,  # the client leaves before or after the last byte of the second answer
        earlier=CONTENT[::-1],
    ),
    Case("the body stalls", (fault("stall"),), "complete", 2),
    Case("redirected", (fault("redirect"),), "complete", 2),
    Case(
        "redirected for ever", (fault("redirect", times=ALWAYS),), "TooManyRedirects", 21, sent=0.0
    ),
    Case("503 with Retry-After: 0", (fault("status", retry_after="0"),), "complete", 2),
    Case(
        "429 with Retry-After as a date that has passed",
        (fault("status", status=429, retry_after=formatdate(0, usegmt=True)),),
        "complete",
        2,
    ),
    Case(
        "503 with Retry-After beyond the limit",
        (fault("status", retry_after="86400"),),
        "come back in 86400 s",
        1,
        sent=0.0,
    ),
    Case("500, twice", (fault("status", status=500, times=2),), "complete", 3),
    Case("500, always", (fault("status", status=500, times=ALWAYS),), "answered 500", 4, sent=0.0),
    Case("404", (fault("status", status=404),), "answered 404 Not Found", 1, sent=0.0),
    Case("403", (fault("status", status=403),), "answered 403 Forbidden", 1, sent=0.0),
    Case("Content-Length too large, once", (fault("wrong_length"),), "complete", 2),
    Case(
        "Content-Length too large, always, and Range ignored",
        (fault("wrong_length", times=ALWAYS),),
        "cut 20 times, lastly after 256000 bytes",
        20,
        kept=256000,
        lacks=("range",),
        sent=20.0,
    ),
    Case(
        "a byte differs; the sheet has a checksum",
        (fault("corrupted"),),
        "md5 is",
        1,
        known=CHECKED,
    ),
    Case("a byte differs; nothing is known", (fault("corrupted"),), "complete", 1),
    Case(
        "the file has another size than the sheet says",
        (),
        "size in bytes is 256000, expected 5",
        1,
        known=ArchiveFile(URL, 5),
        sent=None,  # the client leaves before or after the last byte
    ),
    Case(
        "the file has another sha256 than the sheet says",
        (),
        f"sha256 is {SHA256}, expected {'0' * 64}",
        1,
        known=ArchiveFile(URL, None, "0" * 64),
    ),
)


@dataclass(frozen=True)
class Outcome:
    said: str
    requests: int
    sent: float
    kept: int
    content: bytes | None


def outcome_of(case: Case, folder: Path) -> Outcome:
    """Run a case."""
    target = folder / "a.bin"
    versions = chain([case.earlier], repeat(CONTENT))
    files = {TARGET: lambda target, body: next(versions)}
    with (
        LoopbackArchive(files, case.faults, case.lacks) as server,
        Web(server.url, stall=0.4, patience=QUICK, slots=folder / "slots") as web,
    ):
        try:
            download(web, case.known, target, lambda size: None)
            said = "complete"
        except SkyloomError as error:
            said = str(error).replace(server.url, "https://archive.example")
    partial = folder / "a.bin.partial"
    kept = partial.stat().st_size if partial.exists() else 0
    content = target.read_bytes() if target.exists() else None
    return Outcome(said, len(server.asked), server.sent / len(CONTENT), kept, content)


def main() -> None:
    print("| what goes wrong | requests | sent / size | what happens |\n|---|---|---|---|")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            found = outcome_of(case, Path(folder))
        if found.content is None:
            said = f"error, {found.kept} bytes kept: {found.said}"
        else:
            said = "complete" if found.content == CONTENT else "complete, **and wrong**"
        print(f"| {case.name} | {found.requests} | {found.sent:.1f} | {said} |")


if __name__ == "__main__":
    main()
