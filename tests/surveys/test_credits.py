import re

import pytest

from skyloom.report.templating import fill
from skyloom.surveys.credit import Credit, used_credits
from skyloom.surveys.registry import survey_names, survey_part


@pytest.mark.parametrize("survey", survey_names())
def test_every_survey_says_what_its_archives_ask_for(survey):
    credits = survey_part(survey, "credits").CREDITS
    assert credits
    for credit in credits:
        assert credit.citation.endswith(".")
        assert credit.licence or "licence" in credit.unconfirmed
        assert credit.unconfirmed == "" or credit.unconfirmed.endswith(".")
        assert credit.licence_url.startswith("http")
        assert credit.addresses
        assert credit.doi == "" or re.fullmatch(r"10\.\d{4,9}/\S+", credit.doi)


def test_credits_go_by_the_addresses_of_a_study():
    credits = survey_part("mars", "credits").CREDITS
    used = used_credits(credits, ["https://zenodo.org/records/1049137/files/msl-images.zip"])
    assert [credit.doi for credit in used] == ["10.5281/zenodo.1049137"]


def test_of_cut_outs_both_the_survey_and_the_labels_are_named():
    credits = survey_part("galaxies", "credits").CREDITS
    used = used_credits(credits, ["galaxies/smallGZ1.zip"])
    assert [credit.doi for credit in used] == [
        "10.1088/0067-0049/182/2/543",
        "10.1111/j.1365-2966.2010.17432.x",
    ]


def test_a_release_of_the_survey_is_cited_by_its_own_paper():
    credits = survey_part("galaxies", "credits").CREDITS
    used = used_credits(credits, ["sas/dr17/eboss/photoObj/frames/301/"])
    assert [credit.doi for credit in used] == ["10.3847/1538-4365/ac4414"]


def test_pages_and_cards_say_what_is_not_known_or_not_confirmed():
    credit = Credit("a", "A.", "", "", "http://l", "", ("x",), unconfirmed="the licence.")
    page = fill("credits.html", credits=[credit], simulated=False)
    assert "Licence not known; ask" in page
    assert "Not confirmed: the licence." in page
    card = fill("credits.md", credits=[credit])
    assert "Licence: not known, ask (http://l)." in card
    assert "Not confirmed: the licence." in card


def test_of_an_address_that_nobody_knows_all_are_named():
    credits = (Credit("a", "A.", "", "l", "http://l", "", ("x",)),)
    assert used_credits(credits, ["/local/copy"]) == list(credits)
