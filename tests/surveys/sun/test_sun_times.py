from datetime import UTC, datetime, timedelta

import pytest
from sunpy.coordinates import sun

from skyloom.surveys.sun.times import (
    central_latitude,
    central_longitude,
    meridian_distance,
    meridian_passage,
    parse_time,
    rotation_number,
    time_in_name,
    to_tai,
)


@pytest.mark.parametrize("year", [1996, 2003, 2010, 2025])
@pytest.mark.parametrize("month", [1, 5, 9])
def test_disk_centre_and_rotation_agree_with_the_ephemeris_of_sunpy(year: int, month: int) -> None:
    time = datetime(year, month, 13, 7, tzinfo=UTC)
    said = f"{time:%Y-%m-%dT%H:%M:%S}"
    apart = (central_longitude(time) - sun.L0(said).deg + 180) % 360 - 180
    assert abs(apart) < 0.1
    assert central_latitude(time) == pytest.approx(sun.B0(said).deg, abs=0.02)
    assert rotation_number(time) == int(sun.carrington_rotation_number(said))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2010.10.15_00:00:00.000_TAI", datetime(2010, 10, 14, 23, 59, 26, tzinfo=UTC)),
        ("2010-10-15T00:00:26.500", datetime(2010, 10, 15, 0, 0, 26, 500000, tzinfo=UTC)),
        ("1998-12-06", datetime(1998, 12, 6, tzinfo=UTC)),
        ("1998-12-06 12:30", datetime(1998, 12, 6, 12, 30, tzinfo=UTC)),
        ("2001-01-02T03:04:05+00:00", datetime(2001, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_times_of_jsoc_and_iso_become_utc(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "yesterday", "2010-13-01", "15/10/2010"])
def test_what_is_no_time_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"month must be|is no time"):
        parse_time(text)


def test_names_carry_atomic_time_only_where_they_say_so() -> None:
    slot = time_in_name("mdi.fd_M_96m_lev182.20101015_000000_TAI.data.fits")
    assert slot == datetime(2010, 10, 14, 23, 59, 26, tzinfo=UTC)
    assert time_in_name("efz20040301.010016_s.fits") == datetime(2004, 3, 1, 1, 0, 16, tzinfo=UTC)
    assert time_in_name("mdi_fd_M_96m_01d.5874.0005_s.fits") is None
    assert time_in_name("x.20101399_000000_TAI.fits") is None


def test_atomic_time_returns_to_utc() -> None:
    time = datetime(2003, 11, 1, 12, tzinfo=UTC)
    assert to_tai(time) - time == timedelta(seconds=32)


def test_a_longitude_passes_the_meridian_when_it_is_there() -> None:
    seen = datetime(2002, 5, 3, tzinfo=UTC)
    longitude = (central_longitude(seen) - 70) % 360  # seventy degrees east
    assert meridian_distance(longitude, seen) == pytest.approx(-70)
    passage = meridian_passage(longitude, seen)
    assert meridian_distance(longitude, passage) == pytest.approx(0, abs=1e-3)
    assert passage - seen == pytest.approx(timedelta(days=70 / 13.2), abs=timedelta(hours=4))
