"""The file of claims: what papers say, the studies that check it, and the numbers to read off."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from skyloom.settings.base import ConfigError, Settings, nearest, parse

INTERVAL, RANGE, ALONE, LACKING = "interval", "least to most", "", "no interval"
"""What is given beside a number: a 95 % interval, the least and the most of several, nothing since
its table draws nothing (a count), or nothing although it varies."""

COMPARED = ("curves", "differences")
"""Tables that every study with a main encoder has: those of all its seeds together."""


class Step(Settings):
    """One thing that a study does: make targets of its workflow, or run a command."""

    targets: tuple[str, ...] = Field((), description="Named, or files below the survey's results.")
    run: tuple[str, ...] = Field((), description="Words; {results} is the folder of the seed.")
    unless: Path | None = Field(None, description="Left out where this file is there.")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if bool(self.targets) == bool(self.run):
            raise ValueError("a step has either targets or run")
        return self


class StudyPlan(Settings):
    """One study: a config run with several seeds, and the tables that it leaves."""

    config: Path
    survey: str
    data: str = Field(description="What the data are, in a few words.")
    hours: float = Field(gt=0, description="For one seed on two cores, about.")
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    main: str | None = Field(None, description="Encoder whose differences from others are taken.")
    tables: dict[str, str] = Field({}, description="Name and path below the seed's results.")

    def table_names(self) -> set[str]:
        """Return the names by which numbers of this study can ask."""
        return {*self.tables, *(COMPARED if self.main else ())}


class Number(Settings):
    """One number of the page: a cell of a study's table."""

    what: str
    study: str
    table: str
    where: dict[str, str | int | float] = Field({}, description="Values of columns.")
    near: dict[str, float] = Field(
        {}, description="Columns whose value nearest to this is taken: seeds draw their own."
    )
    less: dict[str, str | int | float] = Field(
        {}, description="Values of columns instead of those of `where`: that row is taken off."
    )
    pick: Literal["only", "last"] = Field("only", description="Row, of those that are left.")
    value: str = Field("value", description="Column.")
    low: str = Field("low", description="Column, used where the study has one seed.")
    high: str = "high"
    p: str | None = Field(None, description="Column of a p-value, told where it is of all seeds.")
    scale: float = Field(1.0, description="100 for per cent.")
    digits: int = Field(3, ge=0)
    unit: str = ""
    above: float | None = Field(None, description="The claim holds where the interval is above.")
    below: float | None = Field(None, description="The claim holds where the interval is below.")
    earlier: str = Field("", description="What was measured before, where the study has not run.")


class Claim(Settings):
    """What a paper says, and what of it was checked how."""

    title: str
    paper: str = Field(description="What it says, and where.")
    protocol: str
    numbers: tuple[Number, ...] = Field(min_length=1)
    owed: str = ""
    more: str = Field("", description="Page of docs/ that tells all.")


class Archive(Settings):
    """A study of a real archive that is ready to run."""

    config: Path
    what: str
    needs: str


class Claims(Settings):
    """The whole file."""

    studies: dict[str, StudyPlan]
    papers: dict[str, tuple[Claim, ...]]
    archives: tuple[Archive, ...] = ()

    def numbers(self) -> list[tuple[str, Number]]:
        """Return all numbers with their keys, in the order of the page."""
        return [
            (key_of(paper, number), number)
            for paper, claims in self.papers.items()
            for claim in claims
            for number in claim.numbers
        ]


def key_of(paper: str, number: Number) -> str:
    """Return by what name a number is kept."""
    return f"{paper}: {number.what}"


def parse_claims(values: Mapping[str, object], where: str) -> Claims:
    """Validate a file of claims.

    Raises:
        ConfigError: naming the key, or the study or table that a number asks for in vain.
    """
    claims = parse(Claims, values, where)
    keys = Counter(key for key, _ in claims.numbers())
    if twice := [key for key, count in keys.items() if count > 1]:
        raise ConfigError(f"{where}: several numbers are called '{twice[0]}'. Tell them apart.")
    for key, number in claims.numbers():
        if number.study not in claims.studies:
            hint = nearest(number.study, claims.studies)
            raise ConfigError(f"{where}: {key}: unknown study '{number.study}'.{hint}")
        known = claims.studies[number.study].table_names()
        if number.table not in known:
            hint = nearest(number.table, known)
            raise ConfigError(
                f"{where}: {key}: study {number.study} has no table '{number.table}'.{hint}"
            )
    return claims
