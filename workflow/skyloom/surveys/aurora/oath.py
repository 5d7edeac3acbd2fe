"""The Oslo Auroral THEMIS data set (OATH v1.1): labelled 16-bit pictures in a tarball.

Layout: `images/cropped_scaled/00001.png` and on, `classifications/classifications.csv` (the
project's page writes `classification/classification.csv`), `train_test_split.csv`,
`images/files_origin.csv`. The pictures are stretched and masked already: they are stored as they
are.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from skyloom.surveys.aurora.oath_table import (
    Label,
    Origin,
    published_rows,
    read_labels,
    read_origins,
    read_rows,
    trains,
)
from skyloom.surveys.aurora.pictures import decode_deep_png
from skyloom.surveys.aurora.settings import ReaderSettings
from skyloom.surveys.aurora.stations import LONGITUDES, night_of
from skyloom.surveys.aurora.stretch import FULL
from skyloom.surveys.contract import (
    UNLISTED,
    Covariate,
    Offer,
    Reading,
    UnreadableArchiveError,
    UnreadableImageError,
)
from skyloom.surveys.members import Members
from skyloom.surveys.splitting import split_of_group

LABELS = re.compile(r"(^|/)classifications?\.csv$")
_SPLITS = re.compile(r"(^|/)train_test_split\.csv$")
_ORIGINS = re.compile(r"(^|/)files_origin\.csv$")
_PICTURE = re.compile(r"(^|/)(?P<number>\d{5})\.png$")


class OathArchive:
    """An OATH set, opened; see `skyloom.surveys.contract.Archive`."""

    def __init__(self, members: Members, settings: ReaderSettings) -> None:
        self._members, self._settings = members, settings
        self.remarks: list[str] = []
        self._labels = read_labels(self._text(LABELS) or "")
        if not self._labels:
            raise UnreadableArchiveError(
                f"{members.path}: no line in classifications.csv begins with 'class2', so there "
                "are no labels. Fetch the tarball again."
            )
        self._lines = {label.number: n for n, label in reversed([*enumerate(self._labels)])}
        self._published = self._read_published()
        self._origins = self._read_origins()
        self.offers: Sequence[Offer] = [*self._pictures(), *self._missing(), *self._repeated()]

    def read(self, offer: Offer) -> Reading:
        """Return one picture, its green band (1, H, W) uint16, as it was published."""
        content = self._members.read(offer.source)
        pixels = decode_deep_png(content)
        if int(pixels.min()) == int(pixels.max()):
            raise UnreadableImageError(f"constant picture: every pixel is {int(pixels.min())}")
        saturated = float((pixels == FULL).mean())
        return Reading(pixels[None], hashlib.sha256(content).hexdigest(), {"saturated": saturated})

    def _pictures(self) -> list[Offer]:
        offers = []
        seen: dict[str, str] = {}
        for name in self._members.names:
            found = _PICTURE.search(name)
            if found is None:
                continue
            number = found["number"]
            first = seen.setdefault(number, name)
            if first != name:
                offers.append(self._offer(number, name, name, f"same file name as {first}"))
            else:
                offers.append(self._offer(number, _id(number), name, None))
        return offers

    def _missing(self) -> list[Offer]:
        there = {PurePosixPath(name).stem for name in self._members.names if _PICTURE.search(name)}
        return [
            self._offer(
                number, _id(number), f"{number}.png", "labelled, but its picture is not there"
            )
            for number in self._lines
            if number not in there
        ]

    def _repeated(self) -> list[Offer]:
        return [
            self._offer(
                label.number,
                f"{_id(label.number)}#line{place}",
                f"classifications.csv, line {place}",
                f"picNum {label.number} stands there twice; the first line counts",
            )
            for place, label in enumerate(self._labels)
            if self._lines[label.number] != place
        ]

    def _offer(self, number: str, image_id: str, source: str, rejected: str | None) -> Offer:
        line = self._lines.get(number)
        label = None if line is None else self._labels[line]
        origin, group = self._origins.get(number), self._group(number)
        covariates = self._covariates(line, label, origin, group)
        chosen = self._settings.oath_split
        if label is not None and label.name is None:
            rejected = rejected or f"class6 is '{label.class6}', expected 0 to 5"
        return Offer(
            image_id=image_id,
            source=source,
            group=group,
            original=_id(number),
            split=str(covariates[f"split_{chosen}"]),
            time=None if origin is None else origin.time,
            label=None if label is None else label.name,
            covariates=covariates,
            rejected=rejected,
        )

    def _covariates(
        self, line: int | None, label: Label | None, origin: Origin | None, group: str
    ) -> dict[str, Covariate]:
        said: dict[str, Covariate] = {
            "class2": None if label is None else label.class2,
            "rotation": None if label is None else label.rotation,
            "station": None if origin is None else origin.station,
            "split_grouped": split_of_group(group, self._settings.shares),
        }
        for row, in_train in enumerate(self._published):
            listed = "train" if line is not None and in_train[line] else "test"
            said[f"split_{row}"] = UNLISTED if line is None else listed
        return said

    def _group(self, number: str) -> str:
        """Return station and night, or the block of picture numbers where they are unknown."""
        origin = self._origins.get(number)
        if origin is None and not number.isdigit():
            return _id(number)
        if origin is None:
            return f"oath-block{(int(number) - 1) // self._settings.oath_block:03d}"
        longitude = self._settings.longitudes.get(
            origin.station, LONGITUDES.get(origin.station, 0.0)
        )
        return f"{origin.station}-{night_of(origin.time, longitude)}"

    def _read_published(self) -> list[list[bool]]:
        count = len(self._labels)
        drawn, text = published_rows(count), self._text(_SPLITS)
        listed = None if text is None else read_rows(text, count)
        if text is None:
            self.remarks.append("no train_test_split.csv: its rows are drawn by their known seed")
        elif listed is None:
            self.remarks.append(
                f"train_test_split.csv is no permutation of the {count} labels: its rows are "
                "drawn by their known seed"
            )
        elif listed.shape != drawn.shape or (listed != drawn).any():
            self.remarks.append("train_test_split.csv is not what its known seed draws; it counts")
        chosen: list[list[bool]] = trains(drawn if listed is None else listed).tolist()
        return chosen

    def _read_origins(self) -> dict[str, Origin]:
        text = self._text(_ORIGINS)
        origins = {} if text is None else read_origins(text, list(self._lines))
        if len(origins) < len(self._lines):
            self.remarks.append(
                f"station and time are known of {len(origins)} of {len(self._lines)} pictures; "
                f"the others are grouped in blocks of {self._settings.oath_block} numbers"
            )
        return origins

    def _text(self, pattern: re.Pattern[str]) -> str | None:
        for name in self._members.names:
            if pattern.search(name):
                return self._members.text(name)
        return None


def _id(number: str) -> str:
    return f"oath_{number}"
