"""The page that draws where results come from: its key, its people, and links that open steps."""

import re

import pytest
from made_results import MARS, record_file

from skyloom.provenance.record import read_record
from skyloom.report.credits import credits_of
from skyloom.report.provenance_page import ProvenanceInputs, render_provenance


def page_of(*stages):
    records = {record_file(stage).as_posix(): read_record(record_file(stage)) for stage in stages}
    credits = credits_of("mars", records.values())
    return render_provenance(ProvenanceInputs("mars", False, records, credits, ()))


def test_the_key_names_what_is_drawn(study):
    key = r'<span class="key (\w+)"'
    everything = page_of("acquire", "prepare", "pretrain", "embed", "cluster", "labels", "report")
    assert re.findall(key, everything) == ["archive", "people", "job", "page"]
    assert re.findall(key, page_of("prepare", "pretrain")) == ["given", "job"]


def test_people_are_named_with_what_they_decided(study):
    assert re.search(r"<td>ann</td><td>2 fix</td>", page_of("labels"))
    assert 'id="people"' not in page_of("acquire", "prepare")


def test_a_box_opens_the_step_that_it_leads_to(study, page):
    (MARS / "provenance.html").write_text(page_of("acquire", "prepare", "pretrain"))
    page.goto((MARS / "provenance.html").absolute().as_uri())
    steps = page.locator("details.step")
    assert steps.evaluate_all("all => all.map(one => one.open)") == [False] * 3
    page.locator("svg a", has_text="pretrain").click()
    assert steps.evaluate_all("all => all.map(one => one.open)") == [False, False, True]


@pytest.mark.parametrize("dirty", [False, True])
def test_a_changed_tree_is_flagged(study, dirty):
    name = record_file("prepare").as_posix()
    record = read_record(record_file("prepare"))
    record["git"]["dirty"] = dirty
    page = render_provenance(ProvenanceInputs("mars", False, {name: record}, (), ()))
    assert ('class="flag"' in page) == dirty
    assert ("from a working tree with changes" in page) == dirty
