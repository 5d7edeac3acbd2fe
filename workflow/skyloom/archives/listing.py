"""What listing an archive gives: the rows of a shard sheet and of its members file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from skyloom.shards import ArchiveFile, Member, Shard


class Web(Protocol):
    """Polite requests to an archive; `skyloom.archives.web` has the real one.

    Every method raises `skyloom.archives.web.WebError` when no usable answer comes.
    """

    def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return the text at an address."""
        ...

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON document at an address."""
        ...

    def post(self, url: str, body: Any) -> Any:
        """Send a JSON document and return the JSON answer."""
        ...


@dataclass(frozen=True)
class Listing:
    """The shards found in an archive.

    Attributes:
        shards: rows of the sheet, in order; a shard with members has a url that ends in `/`.
        remarks: what the user should know: gaps, what was left out and why.
    """

    shards: Sequence[Shard]
    remarks: Sequence[str] = field(default_factory=list)


class Source(Protocol):
    """One source of a survey: a settings model whose fields are the command's options."""

    def list_shards(self, web: Web) -> Listing:
        """Ask the archive's own index what there is."""
        ...


__all__ = ["ArchiveFile", "Listing", "Member", "Shard", "Source", "Web"]
