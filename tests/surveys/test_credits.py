import re

import pytest

from skyloom.surveys.credit import Credit, used_credits
from skyloom.surveys.registry import survey_names, survey_part


@pytest.mark.parametrize("survey", survey_names())
def test_every_survey_says_what_its_archives_ask_for(survey):
    credits = survey_part(survey, "credits").CREDITS
    assert credits
    for credit in credits:
        assert credit.citation.endswith(".")
        assert credit.licence
        assert credit.licence_url.startswith("http")
        assert credit.addresses
        assert credit.doi == "" or re.fullmatch(r"10\.\d{4,9}/\S+", credit.doi)


def test_credits_go_by_the_addresses_of_a_study():
    credits = survey_part("mars", "credits").CREDITS
    used = used_credits(credits, ["https://zenodo.org/records/1049137/files/msl-images.zip"])
    assert [credit.doi for credit in used] == ["10.5281/zenodo.1049137"]


def test_of_an_address_that_nobody_knows_all_are_named():
    credits = (Credit("a", "A.", "", "l", "http://l", "", ("x",)),)
    assert used_credits(credits, ["/local/copy"]) == list(credits)
