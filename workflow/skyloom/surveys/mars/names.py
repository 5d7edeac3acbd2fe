"""File names of Mars images: what they say about mission, sol, camera and exposure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CURIOSITY, PERSEVERANCE, ORBITER = "msl", "m2020", "mro"
"""Missions, by the names that the archives use."""

SOL_SECONDS = 88775.244
SOL_ZERO = datetime(2012, 8, 5, 13, 49, 59, tzinfo=UTC)
"""Local mean midnight that began sol 0 at Curiosity's landing site."""

CLOCK_ZERO = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""Zero of both rovers' clocks, which count seconds and run off UTC by a minute or two."""

_COPY = re.compile(r"-(fh|fv|r90|r180|r270|brt)$")
_PICTURE = 22
"""Characters of a Mastcam name that name the picture; the product type follows."""


@dataclass(frozen=True)
class ImageName:
    """A parsed name.

    Attributes:
        stem: file name without folder and ending.
        original: shared by a picture's products (full frame, thumbnail) and copies (`-fh`, `-r90`).
        group: what must not be split between train and test: mission and sol, or the orbital
            image that a landmark was cut from; the original where the name does not tell.
        mission: `CURIOSITY`, `PERSEVERANCE`, `ORBITER`, or None when the name follows no pattern.
        sol: Martian day since landing.
        camera: as the name abbreviates it: MR = Mastcam right, NLF = Navcam left, ...
        time: of the exposure, UTC; of Mastcam, MAHLI and MARDI the beginning of the sol.
        thumbnail: whether the name marks it as one.
    """

    stem: str
    original: str
    group: str
    mission: str | None = None
    sol: int | None = None
    camera: str | None = None
    time: datetime | None = None
    thumbnail: bool = False


def parse_name(stem: str) -> ImageName:
    """Parse the name of an image of Curiosity, Perseverance or HiRISE, or of a copy of one.

    Examples: `0042MR0001830110101823Q01_DRCL-fh`, `NLB_486263234EDR_F0481570NCAM00324M_`,
    `NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J`, `ESP_011623_2100_RED-0016-r90`.
    """
    uncopied = _COPY.sub("", stem)
    for pattern, parse in _PATTERNS:
        found = pattern.match(uncopied)
        if found is not None:
            return parse(stem, found)
    return ImageName(stem, uncopied, uncopied)


def sol_group(mission: str, sol: int) -> str:
    """Return the group of all images of one sol."""
    return f"{mission}-sol{sol:04d}"


def _mastcam(stem: str, found: re.Match[str]) -> ImageName:
    sol = int(found["sol"])
    return ImageName(
        stem=stem,
        original=found[0][:_PICTURE],
        group=sol_group(CURIOSITY, sol),
        mission=CURIOSITY,
        sol=sol,
        camera=found["camera"],
        time=SOL_ZERO + timedelta(seconds=sol * SOL_SECONDS),
        thumbnail=found["product"] == "I" or found["size"] == "-thm",
    )


def _engineering(stem: str, found: re.Match[str]) -> ImageName:
    time = CLOCK_ZERO + timedelta(seconds=int(found["clock"]))
    sol = int((time - SOL_ZERO).total_seconds() // SOL_SECONDS)  # the name has no sol
    return ImageName(
        stem=stem,
        original=f"{found['camera']}_{found['clock']}",
        group=sol_group(CURIOSITY, sol),
        mission=CURIOSITY,
        sol=sol,
        camera=found["camera"],
        time=time,
        thumbnail=found["sample"] == "T",
    )


def _perseverance(stem: str, found: re.Match[str]) -> ImageName:
    sol = int(found["sol"])
    return ImageName(
        stem=stem,
        original=found["exposure"],
        group=sol_group(PERSEVERANCE, sol),
        mission=PERSEVERANCE,
        sol=sol,
        camera=found["camera"],
        time=CLOCK_ZERO + timedelta(seconds=int(found["clock"]), milliseconds=int(found["ms"])),
        thumbnail=found["sample"] == "T",
    )


def _landmark(stem: str, found: re.Match[str]) -> ImageName:
    return ImageName(stem, found[0], found["observation"], mission=ORBITER, camera="HiRISE")


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], ImageName]], ...] = (
    (
        re.compile(
            r"^(?P<sol>\d{4})(?P<camera>[A-Z]{2})\d{16}(?P<product>[A-Z])\d{2}_[A-Z]{4}"
            r"(?P<size>-br|-thm)?$"
        ),
        _mastcam,
    ),
    (
        re.compile(
            r"^(?P<camera>[A-Z]{2}[A-Z0-9])_(?P<clock>\d{9})[A-Z]{3}_(?P<sample>[A-Z])\w+(-br|-thm)?$"
        ),
        _engineering,
    ),
    (
        re.compile(
            r"^(?P<exposure>(?P<camera>[A-Z]{2}[A-Z0-9])_(?P<sol>\d{4})_(?P<clock>\d{10})"
            r"_(?P<ms>\d{3}))[A-Z]{3}[A-Z_](?P<sample>[A-Z])\w+$"
        ),
        _perseverance,
    ),
    (re.compile(r"^(?P<observation>[A-Z]{3}_\d{6}_\d{4})_[A-Z]+-\d+$"), _landmark),
)
