"""The page that puts what papers say beside what studies here came to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from skyloom.report.templating import fill
from skyloom.settings.claims import LACKING, RANGE, Claim, Claims, Number, key_of

STUDY_COLUMNS = ("study", "seeds", "minutes", "commit", "ended", "processor")
SHOWN, AGAINST, OPEN, NOT_RUN = "shown", "**not so here**", "not decided", "not run"
MEASURED, EARLIER = "measured", "not run since; earlier figures below"


@dataclass(frozen=True)
class Line:
    """One number as the page says it.

    Attributes:
        what: what it is.
        said: the number with its interval, or what was measured earlier.
        verdict: what it says of the claim; empty where it only informs.
        study: from which study.
    """

    what: str
    said: str
    verdict: str
    study: str


@dataclass(frozen=True)
class Section:
    """One claim with its numbers, and what they come to together."""

    claim: Claim
    lines: Sequence[Line]
    verdict: str
    data: str


def claims_page(claims: Claims, numbers: pd.DataFrame, studies: pd.DataFrame) -> str:
    """Return the page as Markdown.

    Args:
        claims: the file of claims.
        numbers: what was read off the studies, one row per number (`NUMBER_COLUMNS`).
        studies: what is known of the studies that have run, one row each (`STUDY_COLUMNS`).
    """
    found = {str(row["key"]): row for row in numbers.to_dict("records")}
    papers = {
        paper: [section(claims, paper, claim, found) for claim in made]
        for paper, made in claims.papers.items()
    }
    done = {str(row["study"]): row for row in studies.to_dict("records")}
    return fill("claims.md", papers=papers, claims=claims, done=done)


def section(
    claims: Claims, paper: str, claim: Claim, found: Mapping[str, Mapping[str, object]]
) -> Section:
    """Return one claim with what was found."""
    rows = [found.get(key_of(paper, number)) for number in claim.numbers]
    lines = [
        line(number, row, len(claims.studies[number.study].seeds))
        for number, row in zip(claim.numbers, rows, strict=True)
    ]
    ran = [number for number, row in zip(claim.numbers, rows, strict=True) if row is not None]
    asked = list(dict.fromkeys(number.study for number in ran or claim.numbers))
    said = together([one.verdict for one in lines], bool(ran))
    if said == NOT_RUN and any(number.earlier for number in claim.numbers):
        said = EARLIER
    return Section(
        claim=claim,
        lines=lines,
        verdict=said,
        data="; ".join(claims.studies[name].data for name in asked),
    )


def line(number: Number, row: Mapping[str, object] | None, seeds: int) -> Line:
    """Return one number as the page says it.

    Nothing is decided before all `seeds` are there, or where an interval is lacking.
    """
    judged = number.above is not None or number.below is not None
    if row is None:
        said = f"{number.earlier} (earlier)" if number.earlier else "not run"
        return Line(number.what, said, NOT_RUN if judged else "", number.study)
    value, low, high = (float(str(row[name])) for name in ("value", "low", "high"))
    said = f"{value:.{number.digits}f}{number.unit}"
    if math.isnan(low):
        low = high = value  # nothing was drawn or resampled
    else:
        said += f" [{low:.{number.digits}f}, {high:.{number.digits}f}]"
    if row["spread"] in (RANGE, LACKING):
        said += f" ({row['spread']})"
    p = float(str(row["p"]))
    if not math.isnan(p):
        said += f", p = {p:.2g}"
    done = int(str(row["seeds"]))
    if done < seeds:
        said += f", {done} of {seeds} seeds so far"
    decided = judged and done >= seeds and row["spread"] != LACKING
    decision = verdict(number, low, high) if decided else OPEN if judged else ""
    return Line(number.what, said, decision, number.study)


def verdict(number: Number, low: float, high: float) -> str:
    """Return what an interval says of a claim that sets a limit."""
    if number.above is not None:
        better, worse = low > number.above, high < number.above
    else:
        assert number.below is not None
        better, worse = high < number.below, low > number.below
    return SHOWN if better else AGAINST if worse else OPEN


def together(verdicts: Sequence[str], ran: bool) -> str:
    """Return what the judged numbers of a claim say together."""
    judged = [one for one in verdicts if one]
    if not judged:
        return MEASURED if ran else NOT_RUN
    for worst in (AGAINST, OPEN, SHOWN):
        if worst in judged:
            return worst if NOT_RUN not in judged else f"{worst}, in part not run"
    return NOT_RUN
