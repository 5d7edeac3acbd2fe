"""Raw images of the rovers, without labels: those that the missions publish sol by sol.

A zip file of images with `members.tsv`, the archive's own index of them (columns sol, mission,
camera, sample_type, date_taken_utc, width, any of which may be missing), or plain images, whose
names tell the same.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from skyloom.shards import MEMBERS_FILE
from skyloom.surveys.contract import Offer
from skyloom.surveys.mars.contents import Contents, image_members, stem_of
from skyloom.surveys.mars.names import CURIOSITY, ImageName, parse_name, sol_group
from skyloom.surveys.mars.settings import ReaderSettings
from skyloom.surveys.member_list import member_rows
from skyloom.surveys.members import Members


@dataclass(frozen=True)
class _Found:
    """One image as its name and the archive's index describe it."""

    source: str
    name: ImageName
    row: Mapping[str, str]
    mission: str | None
    sol: int | None

    @property
    def group(self) -> str:
        """Return mission and sol; what the name says where neither is known."""
        if self.mission is None or self.sol is None:
            return self.name.group
        return sol_group(self.mission, self.sol)


def raw_contents(
    members: Members, settings: ReaderSettings, columns: Mapping[str, str]
) -> Contents:
    """Return the images to use of an archive of raw images, and what was left out."""
    present = set(image_members(members))
    rows = {row["name"]: row for row in member_rows(members)}
    left_out: Counter[str] = Counter()
    offers: dict[str, Offer] = {}
    for source in [*rows, *sorted(present - rows.keys())]:
        found = _find(source, rows.get(source, {}), columns)
        reason = _why_left_out(found, settings)
        if reason is not None:
            left_out[reason] += 1
            continue
        offer = _offer(found, source in present, offers)
        offers[offer.image_id] = offer
    remarks = [f"{count} images left out: {reason}" for reason, count in left_out.items()]
    narrowest = 1 if settings.keep_thumbnails else settings.min_width
    return Contents(list(offers.values()), [*remarks, *_unknown_sols(offers)], narrowest)


def _find(source: str, row: Mapping[str, str], columns: Mapping[str, str]) -> _Found:
    name = parse_name(stem_of(source))
    sols = (row.get("sol", ""), "" if name.sol is None else str(name.sol), columns.get("sol", ""))
    return _Found(
        source=source,
        name=name,
        row=row,
        mission=row.get("mission") or name.mission or columns.get("mission") or None,
        sol=next((int(sol) for sol in sols if sol.isdigit()), None),
    )


def _why_left_out(found: _Found, settings: ReaderSettings) -> str | None:
    if not settings.keep_thumbnails and _is_thumbnail(found, settings.min_width):
        return "thumbnails"
    if found.mission == CURIOSITY and found.sol is not None:
        for first, last in settings.exclude_sols:
            if first <= found.sol <= last:
                return f"taken on sols {first} to {last} (exclude_sols)"
    return None


def _is_thumbnail(found: _Found, narrowest: int) -> bool:
    width = found.row.get("width", "")
    said = found.row.get("sample_type", "").lower() == "thumbnail"
    return said or found.name.thumbnail or (width.isdigit() and int(width) < narrowest)


def _offer(found: _Found, present: bool, taken: Mapping[str, Offer]) -> Offer:
    name, rejected = found.name, None
    if not present:
        absent = found.row.get("state") == "absent"
        rejected = "absent at the archive" if absent else f"named in {MEMBERS_FILE}, not in the zip"
    twin = taken.get(name.stem)
    if twin is not None:
        rejected = rejected or f"same file name as {twin.source}"
    camera = found.row.get("camera") or name.camera
    return Offer(
        image_id=name.stem if twin is None else found.source,
        source=found.source,
        group=found.group,
        original=name.original,
        time=_time(found.row.get("date_taken_utc", "")) or name.time,
        covariates={"mission": found.mission, "sol": found.sol, "camera": camera},
        rejected=rejected,
    )


def _time(text: str) -> datetime | None:
    """Return an ISO time as UTC, or None: the archives leave some empty and some malformed."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _unknown_sols(offers: Mapping[str, Offer]) -> list[str]:
    unknown = sum(offer.covariates["sol"] is None for offer in offers.values())
    if not unknown:
        return []
    return [f"{unknown} images whose sol is unknown: exclude_sols cannot leave them out"]
