"""What the archives of auroral images ask for."""

from skyloom.surveys.credit import Credit

_THEMIS = (
    "We acknowledge NASA contract NAS5-02099 and V. Angelopoulos for use of data from the THEMIS "
    "Mission. Specifically: S. Mende and E. Donovan for use of the ASI data, the CSA for "
    "logistical support in fielding and data retrieval from the GBO stations, and NSF for support "
    "of GIMNAST through grant AGS-1004736."
)

CREDITS = (
    Credit(
        name="Oslo Auroral THEMIS data set (OATH); copyright for the images remains with NASA",
        citation=(
            "Clausen, L. B. N., & Nickisch, H. (2018). Automatic classification of auroral images "
            "from the Oslo Auroral THEMIS (OATH) data set using machine learning. Journal of "
            "Geophysical Research: Space Physics, 123, 5640-5647."
        ),
        doi="10.1029/2018JA025274",
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        acknowledgement=_THEMIS,
        addresses=("plasma/oath", "oath_v"),
    ),
    Credit(
        name="THEMIS all-sky imagers",
        citation=(
            "Mende, S. B., et al. (2008). The THEMIS array of ground-based observatories for the "
            "study of auroral substorms. Space Science Reviews, 141, 357-387."
        ),
        doi="10.1007/s11214-008-9380-x",
        licence="THEMIS rules of the road",
        licence_url="https://themis.ssl.berkeley.edu/roadrules.shtml",
        acknowledgement=_THEMIS,
        addresses=("THEMIS/asi", "themis/thg"),
        unconfirmed=(
            "the acknowledgement, whose words are those in the files of OATH; read the rules of "
            "the road."
        ),
    ),
)
