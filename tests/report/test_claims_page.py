import pandas as pd
import pytest
import yaml

from made import ROOT
from skyloom.commands.claim_tables import ClaimTables
from skyloom.commands.study import Studies, read_claims
from skyloom.report.claims import AGAINST, EARLIER, NOT_RUN, OPEN, SHOWN, line, section, together
from skyloom.settings.claims import ALONE, LACKING, Number, key_of, parse_claims

FILE = ROOT / "config/claims/four-papers.yaml"


def number(**values):
    return Number(what="x", study="study", table="curves", **values)


def row(value, low, high, p=float("nan"), spread="interval", seeds=1):
    found = {"value": value, "low": low, "high": high}
    return found | {"p": p, "spread": spread, "seeds": seeds}


def told(number, row):
    return line(number, row, seeds=1)


@pytest.mark.parametrize(
    ("limit", "low", "high", "verdict"),
    [
        ({"above": 0}, 0.01, 0.3, SHOWN),
        ({"above": 0}, -0.01, 0.3, OPEN),
        ({"above": 0}, -0.3, -0.01, AGAINST),
        ({"below": 50}, 20, 45, SHOWN),
        ({"below": 50}, 45, 55, OPEN),
        ({"below": 50}, 55, 60, AGAINST),
        ({}, 1, 2, ""),
    ],
)
def test_the_interval_decides(limit, low, high, verdict):
    assert told(number(**limit), row((low + high) / 2, low, high)).verdict == verdict


def test_numbers_are_said_with_digits_unit_interval_and_p():
    said = told(number(digits=1, unit=" %"), row(12.34, 10, 15.55, 0.002)).said
    assert said == "12.3 % [10.0, 15.6], p = 0.002"
    said = told(number(digits=0), row(3, 2, 4, spread="least to most")).said
    assert said == "3 [2, 4] (least to most)"
    alone = row(7, float("nan"), float("nan"), spread=ALONE)
    assert told(number(), alone).said == "7.000"
    assert told(number(above=6), alone).verdict == SHOWN
    assert told(number(above=8), alone).verdict == AGAINST
    assert told(number(earlier="0.5"), None).said == "0.5 (earlier)"
    assert told(number(above=0), None).verdict == NOT_RUN


def test_what_varies_without_an_interval_is_not_decided():
    said = told(number(below=0, digits=4), row(-0.0002, *[float("nan")] * 2, spread=LACKING))
    assert (said.said, said.verdict) == ("-0.0002 (no interval)", OPEN)


def test_nothing_is_decided_before_all_seeds_are_there():
    found = row(5, 4, 6, spread="least to most", seeds=2)
    early = line(number(above=1, digits=0), found, seeds=5)
    assert (early.verdict, early.said) == (OPEN, "5 [4, 6] (least to most), 2 of 5 seeds so far")
    assert line(number(above=1), found, seeds=2).verdict == SHOWN
    assert line(number(), found, seeds=5).verdict == ""


def test_a_claim_is_no_better_than_its_worst_number():
    assert together([SHOWN, "", SHOWN], True) == SHOWN
    assert together([SHOWN, OPEN], True) == OPEN
    assert together([SHOWN, OPEN, AGAINST], True) == AGAINST
    assert together([SHOWN, NOT_RUN], True) == f"{SHOWN}, in part not run"
    assert together([NOT_RUN], False) == NOT_RUN
    assert together(["", ""], True) == "measured"


def test_the_shipped_file_asks_for_studies_that_are_there():
    claims = parse_claims(yaml.safe_load(FILE.read_text()), str(FILE))
    configs = [study.config for study in claims.studies.values()]
    for config in [*configs, *(one.config for one in claims.archives)]:
        assert (ROOT / config).is_file(), config
    for sections in claims.papers.values():
        for claim in sections:
            assert not claim.more or (ROOT / "docs" / claim.more).is_file()


def test_the_shipped_page_is_what_its_tables_say(tmp_path):
    page = tmp_path / "claims.md"
    claims = read_claims(FILE)
    Studies(claims, ClaimTables(ROOT / "docs/tables", claims), tmp_path, page).write_page()
    assert page.read_text() == (ROOT / "docs/claims.md").read_text(), "run: make study"


def test_a_section_names_the_data_of_what_was_run():
    claims = parse_claims(yaml.safe_load(FILE.read_text()), str(FILE))
    claim = claims.papers["Aurora"][1]
    first = claim.numbers[0]
    found = {key_of("Aurora", first): row(9, 8, 10, seeds=5)}
    shown = section(claims, "Aurora", claim, found)
    assert shown.data == claims.studies[first.study].data
    assert [one.said for one in shown.lines][:2] == ["9.0 [8.0, 10.0]", "not run"]
    assert shown.verdict == NOT_RUN
    assert section(claims, "Mars", claims.papers["Mars"][0], {}).verdict == EARLIER


def test_numbers_of_other_studies_stay_in_the_table(tmp_path):
    tables = ClaimTables(tmp_path, read_claims(FILE))
    keys = [key for key, _ in tables.claims.numbers()]
    for value, chosen in enumerate((keys[3:5], ["of another file", *keys[:2]], keys[4:5])):
        rows = pd.DataFrame([{"key": key, **row(value, 0, 2), "seeds": 1} for key in chosen])
        tables.replace("claims", rows)
    kept = tables.read("claims")
    assert list(kept["key"]) == [*keys[:2], *keys[3:5]]
    assert list(kept["value"]) == [1, 1, 0, 2]
    assert tables.read("studies").empty
    tables.replace("claims", pd.DataFrame([]))
    assert tables.read("claims").equals(kept), "a study of which no number is asked"
