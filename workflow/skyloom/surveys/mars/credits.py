"""What the archives of Mars images ask for."""

from skyloom.surveys.credit import Credit

_BY = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
_JPL = "Courtesy NASA/JPL-Caltech."

CREDITS = (
    Credit(
        name="Mars surface image (Curiosity rover) labeled data set, version 1",
        citation=(
            "Stanboli, A., & Wagstaff, K. L. (2017). Mars surface image (Curiosity rover) labeled "
            "data set, version 1.0.0. Zenodo. Presented in: Wagstaff, K. L., Lu, Y., Stanboli, A., "
            "Grimes, K., Gowda, T., & Padams, J. (2018). Deep Mars: CNN classification of Mars "
            "imagery for the PDS Imaging Atlas. Proceedings of the Thirtieth Annual Conference on "
            "Innovative Applications of Artificial Intelligence."
        ),
        doi="10.5281/zenodo.1049137",
        licence="CC BY-SA 4.0",
        licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
        acknowledgement=_JPL,
        addresses=("records/1049137",),
        unconfirmed=(
            "the licence, which is the one that two published copies name; see the record on "
            "Zenodo."
        ),
    ),
    Credit(
        name="MSL Curiosity Rover Images with Science and Engineering Classes, version 2.1",
        citation=(
            "Lu, S., & Wagstaff, K. L. (2020). MSL Curiosity Rover Images with Science and "
            "Engineering Classes, version 2.1.0. Zenodo. Presented in: Wagstaff, K., Lu, S., "
            "Dunkel, E., et al. (2021). Mars image content classification: three years of NASA "
            "deployment and recent advances. Proceedings of the AAAI Conference on Artificial "
            "Intelligence, 35, 15204-15213."
        ),
        doi="10.5281/zenodo.4033453",
        licence=_BY[0],
        licence_url=_BY[1],
        acknowledgement=_JPL,
        addresses=("records/4033453", "record/4033453"),
    ),
    Credit(
        name="Mars orbital image (HiRISE) labeled data set, version 3.2",
        citation=(
            "Doran, G., Dunkel, E., Lu, S., & Wagstaff, K. (2020). Mars orbital image (HiRISE) "
            "labeled data set, version 3.2.0. Zenodo."
        ),
        doi="10.5281/zenodo.4002935",
        licence=_BY[0],
        licence_url=_BY[1],
        acknowledgement="Image credit: NASA/JPL-Caltech/Univ. of Arizona.",
        addresses=("records/4002935", "record/4002935"),
    ),
    Credit(
        name="Raw images of Curiosity and Perseverance; PDS Image Atlas",
        citation="NASA/JPL-Caltech. Raw images of Mars rovers; NASA Planetary Data System.",
        doi="",
        licence="JPL image use policy",
        licence_url="https://www.jpl.nasa.gov/jpl-image-use-policy/",
        acknowledgement=_JPL,
        addresses=("mars.nasa.gov", "pds-imaging.jpl.nasa.gov"),
        unconfirmed=(
            "that the policy, which speaks of addresses that end in jpl.nasa.gov, covers "
            "mars.nasa.gov."
        ),
    ),
)
