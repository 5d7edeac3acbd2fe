"""Index pages of web servers (Apache style): the names below a folder's address."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import unquote

from pydantic import Field, field_validator, model_validator

from skyloom.archives.listing import Web
from skyloom.archives.web import AbsentError
from skyloom.settings.base import Settings


@dataclass
class Folder:
    """The entries of an index page; folders keep their `/`, a page that is absent has none."""

    names: list[str] = field(default_factory=list)
    absent: bool = False


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in links to entries; the column sorters, the parent and other sites are none."""
        address = dict(attrs).get("href") if tag == "a" else None
        if address and not address.startswith(("?", "/", ".", "#")) and ":" not in address:
            self.names.append(unquote(address))


def read_index(web: Web, url: str) -> Folder:
    """Return the entries below `url`, in the order of the page; sizes there are rounded, unused."""
    try:
        page = web.text(url)
    except AbsentError:
        return Folder(absent=True)
    links = _Links()
    links.feed(page)
    return Folder(list(dict.fromkeys(links.names)))


class SiteRange(Settings):
    """Options that several sources share: which stations, from when to when."""

    sites: tuple[str, ...] = Field(
        min_length=1, description="Station codes, such as gill,fsmi; see the THEMIS station list."
    )
    start: datetime = Field(description="First hour, UTC, such as 2014-03-10T06:00.")
    end: datetime = Field(description="End of the range, UTC; the hour that begins then is out.")

    @field_validator("sites")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not (code.isalnum() and code.islower() and 3 <= len(code) <= 4):
                raise ValueError("expected station codes of three or four small letters")
        return value

    @field_validator("start", "end")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @model_validator(mode="after")
    def _ordered(self) -> "SiteRange":
        if self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        return self

    def hours(self) -> Iterator[datetime]:
        """Yield the beginnings of the hours that the range touches."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += timedelta(hours=1)
