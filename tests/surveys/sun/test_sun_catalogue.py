from datetime import UTC, datetime, timedelta

import pytest

from skyloom.surveys.sun.catalogue import (
    CatalogueError,
    Region,
    crude_label,
    parse_catalogue,
    parse_label,
    window_start,
)
from skyloom.surveys.sun.settings import ReaderSettings
from skyloom.surveys.sun.times import central_longitude, meridian_distance

ROW = "AR1,1998-12-06T01:36:00,-21.5,310.25"
HEAD = "region,first_seen,latitude,carrington_longitude"


def test_columns_may_stand_in_any_order_under_their_own_names() -> None:
    names = {"region": "BARD_ID", "first_seen": "date", "carrington_longitude": "lon"}
    shuffled = "lon;flux;DATE;label;latitude;bard_id\n310.25;3e22;1998-12-06T01:36:00;1;-21.5;AR1\n"
    [region] = parse_catalogue(shuffled, "x.csv", names)
    [plain] = parse_catalogue(f"{HEAD},label\n{ROW},Emergence\n", "x.csv", {})
    assert region == plain
    assert (region.latitude, region.longitude, region.label) == (-21.5, 310.25, "emergence")
    assert region.first_seen == datetime(1998, 12, 6, 1, 36, tzinfo=UTC)
    assert region.image_id == "AR1_19981206"


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("", {}, "has no rows"),
        (HEAD, {}, "has no rows"),
        ("AR,date,lat,lon\nA,1998-01-01,1,1", {}, "lacks the column.* found AR, date, lat, lon"),
        (f"{HEAD}\n{ROW}", {"latitude": "lat"}, "lacks the column.s. lat;"),
        (f"{HEAD}\n{ROW}", {"lat": "latitude"}, "lat is none of them"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_words(
    text: str, names: dict[str, str], said: str
) -> None:
    with pytest.raises(CatalogueError, match=said):
        parse_catalogue(text, "x.csv", names)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("AR1,1998-12-06,-95,310", "latitude is -95, expected -75 to 75"),
        ("AR1,1998-12-06,north,310", "latitude is 'north'"),
        ("AR1,1998-12-06,20,400", "carrington_longitude is 400"),
        ("AR1,1998-12-06,20,nan", "carrington_longitude is nan"),
        ("AR1,06.12.1998,20,310", "is no time"),
        (",1998-12-06,20,310", "region is empty"),
        ("AR1,1998-12-06", "latitude is ''"),
        ("AR1,1998-12-06,20,310,perhaps", "label 'perhaps' is none of emergence"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason_and_harms_no_other(row: str, said: str) -> None:
    text = f"{HEAD},label\n{row}\nAR2,1998-12-07,-10,20,0\n"
    bad, good = parse_catalogue(text, "x.csv", {})
    assert bad.rejected is not None
    assert said in bad.rejected
    assert (good.rejected, good.label) == (None, "non-emergence")


def test_a_region_twice_on_one_day_is_taken_once() -> None:
    first, second = parse_catalogue(f"{HEAD}\n{ROW}\n{ROW}\n", "x.csv", {})
    assert first.rejected is None
    assert "row 1" in str(second.rejected)
    assert first.image_id != second.image_id


def test_labels_are_known_by_name_and_number() -> None:
    assert [parse_label(text) for text in ("1", "0", "Non_Emergence", " emergence ", "")] == [
        "emergence",
        "non-emergence",
        "non-emergence",
        "emergence",
        None,
    ]


@pytest.mark.parametrize(
    ("distance", "label"), [(-75, "non-emergence"), (-55, "emergence"), (40, "emergence")]
)
def test_the_crude_label_follows_the_place_of_first_sight(distance: float, label: str) -> None:
    time = datetime(2001, 3, 10, tzinfo=UTC)
    region = Region("A", time, 10.0, (central_longitude(time) + distance) % 360)
    assert crude_label(region, ReaderSettings()) == label
    assert crude_label(region, ReaderSettings(limb_longitude=50)) == (
        "emergence" if distance > -50 else "non-emergence"
    )


@pytest.mark.parametrize("distance", [-70.0, 0.0, 60.0])
def test_the_window_is_the_whole_passage_wherever_the_region_was_first_seen(
    distance: float,
) -> None:
    time = datetime(2001, 3, 10, tzinfo=UTC)
    region = Region("A", time, 10.0, (central_longitude(time) + distance) % 360)
    start = window_start(region, 225, 5760.0)
    assert meridian_distance(region.longitude, start) == pytest.approx(-99, abs=1)
    end = start + timedelta(days=15)
    assert meridian_distance(region.longitude, end) == pytest.approx(99, abs=1)
