"""What the archives of Mars images ask for."""

from skyloom.surveys.credit import Credit

_BY = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
_JPL = "Image credit: NASA/JPL-Caltech/MSSS."

CREDITS = (
    Credit(
        name="Mars surface image (Curiosity rover) labeled data set, version 1",
        citation=(
            "Wagstaff, K. L., Lu, Y., Stanboli, A., Grimes, K., Gowda, T., & Padams, J. (2018). "
            "Deep Mars: CNN classification of Mars imagery for the PDS Imaging Atlas. "
            "Proceedings of "
            "the Thirtieth Annual Conference on Innovative Applications of Artificial Intelligence."
        ),
        doi="10.5281/zenodo.1049137",
        licence=_BY[0],
        licence_url=_BY[1],
        acknowledgement=_JPL,
        addresses=("records/1049137",),
    ),
    Credit(
        name="Mars surface image (Curiosity rover) labeled data set, version 2.1",
        citation=(
            "Wagstaff, K. L., Lu, S., Dunkel, E., et al. (2021). Mars image content "
            "classification: "
            "three years of NASA deployment and recent advances. Proceedings of the Thirty-Third "
            "Annual Conference on Innovative Applications of Artificial Intelligence."
        ),
        doi="10.5281/zenodo.4033453",
        licence=_BY[0],
        licence_url=_BY[1],
        acknowledgement=_JPL,
        addresses=("records/4033453",),
    ),
    Credit(
        name="Mars orbital image (HiRISE) labeled data set, version 3.2",
        citation=(
            "Doran, G., Dunkel, E., Lu, S., & Wagstaff, K. (2020). Mars orbital image (HiRISE) "
            "labeled data set version 3.2. Zenodo."
        ),
        doi="10.5281/zenodo.4002935",
        licence=_BY[0],
        licence_url=_BY[1],
        acknowledgement="Image credit: NASA/JPL-Caltech/University of Arizona.",
        addresses=("records/4002935",),
    ),
    Credit(
        name="Raw images of Curiosity and Perseverance; PDS Image Atlas",
        citation="NASA/JPL-Caltech. Raw images of Mars rovers; NASA Planetary Data System.",
        doi="",
        licence="NASA/JPL image use policy",
        licence_url="https://www.jpl.nasa.gov/jpl-image-use-policy/",
        acknowledgement="Courtesy NASA/JPL-Caltech.",
        addresses=("mars.nasa.gov", "pds-imaging.jpl.nasa.gov"),
    ),
)
