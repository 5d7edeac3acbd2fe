"""Where each survey finds its images in archives."""

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from skyloom.surveys.registry import links_of, survey_names

TIME = pd.Timestamp("2011-02-15T00:59:40", tz="UTC")


@pytest.mark.parametrize("survey", survey_names())
def test_rows_without_what_is_needed_lead_nowhere(survey: str) -> None:
    assert list(links_of(survey)({"image_id": "x", "group": "g", "original": "x"})) == []


def test_a_survey_may_have_no_links() -> None:
    assert list(links_of("nowhere")({"time": TIME})) == []


def test_mars_by_sol_product_and_observation() -> None:
    links = links_of("mars")
    row = {"image_id": "0042MR0001830110101823Q01_DRCL-fh", "mission": "msl", "sol": 42}
    raw, atlas = (address for _, address in links(row))
    assert raw.startswith("https://mars.nasa.gov/msl/multimedia/raw-images/?")
    asked = parse_qs(urlsplit(raw).query)
    assert (asked["begin_sol"], asked["end_sol"]) == (["42"], ["42"])
    assert parse_qs(urlsplit(atlas).query) == {"identifier": ["*0042MR0001830110101823*"]}
    row = {"image_id": "NLF_0001_0667022701_000ECM_N0010052AUT_04096_00_2I3J", "mission": "m2020"}
    ((title, address),) = links({**row, "sol": 1})
    assert title == "Perseverance's raw images of sol 1"
    assert address.startswith("https://mars.nasa.gov/mars2020/multimedia/raw-images/?")
    row = {"image_id": "ESP_011623_2100_RED-0016-r90", "mission": "mro"}
    assert links(row) == [("HiRISE ESP_011623_2100", "https://www.uahirise.org/ESP_011623_2100")]


def test_galaxies_by_their_place() -> None:
    explore, viewer = links_of("galaxies")({"ra": 173.7832069, "dec": -32.4964})
    assert explore == (
        "SDSS explore",
        "https://skyserver.sdss.org/dr18/VisualTools/explore/summary?ra=173.783207&dec=-32.496400",
    )
    asked = parse_qs(urlsplit(viewer[1]).query)
    assert asked["mark"] == ["173.783207,-32.496400"]
    assert asked["layer"] == ["ls-dr9"]


def test_aurora_by_the_day_and_hour_of_a_themis_camera() -> None:
    row = {"time": TIME, "station": "gill", "imager": "themis19"}
    addresses = [address for _, address in links_of("aurora")(row)]
    day = "https://data.phys.ucalgary.ca/sort_by_project/THEMIS/asi/stream0/2011/02/15/"
    assert addresses == [day, f"{day}gill_themis19/ut00/"]
    assert links_of("aurora")({**row, "imager": "nascam-iccd02"}) == []


def test_the_sun_by_time_harp_and_noaa_number() -> None:
    links = dict(links_of("sun")({"time": TIME, "harp": 377.0, "noaa": "11158,11159"}))
    asked = parse_qs(urlsplit(links["Helioviewer at this time"]).query)
    assert asked["date"] == ["2011-02-15T00:59:40.000Z"]
    assert asked["imageLayers"] == ["[SDO,HMI,HMI,magnetogram,1,100]"]
    # 34 seconds later in atomic time it is the next hour.
    assert links["JSOC: the HARPs of this hour"].endswith(
        "/harp_definitive/2011/02/15/harp.2011.02.15_01:00:00_TAI.png"
    )
    records = parse_qs(urlsplit(links["JSOC: records of HARP 377 (JSON)"]).query)
    assert records["ds"] == ["hmi.sharp_cea_720s[377]"]
    assert links["SolarMonitor: NOAA 11158"].endswith("?date=20110215&region=11158")


def test_before_hmi_helioviewer_chooses_the_layer() -> None:
    ((_, address),) = links_of("sun")({"time": pd.Timestamp("2001-03-01", tz="UTC")})
    assert "imageLayers" not in address
    assert "date=2001-03-01T00:00:00.000Z" in address
