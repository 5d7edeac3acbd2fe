"""What the archives of galaxy images ask for."""

from skyloom.surveys.credit import Credit

_SDSS = (
    "Funding for SDSS-III has been provided by the Alfred P. Sloan Foundation, the Participating "
    "Institutions, the National Science Foundation, and the U.S. Department of Energy Office of "
    "Science. The SDSS-III web site is http://www.sdss3.org/."
)

CREDITS = (
    Credit(
        name="Sloan Digital Sky Survey",
        citation=(
            "Alam, S., et al. (2015). The eleventh and twelfth data releases of the Sloan Digital "
            "Sky Survey: final data from SDSS-III. Astrophysical Journal Supplement, 219, 12."
        ),
        doi="10.1088/0067-0049/219/1/12",
        licence="CC BY 4.0",
        licence_url="https://www.sdss4.org/collaboration/#image-use",
        acknowledgement=_SDSS,
        addresses=("sdss.org", "sas/dr", "skyserver"),
    ),
    Credit(
        name="sdss.npz: SDSS galaxies with redshifts",
        citation=(
            "Pasquet, J., Bertin, E., Treyer, M., Arnouts, S., & Fouchez, D. (2019). Photometric "
            "redshifts from SDSS images using a convolutional neural network. Astronomy & "
            "Astrophysics, 621, A26."
        ),
        doi="10.1051/0004-6361/201833617",
        licence="as the publishing site says",
        licence_url="https://deepdip.iap.fr",
        acknowledgement=_SDSS,
        addresses=("deepdip.iap.fr", "sdss.npz"),
    ),
    Credit(
        name="Self-supervised learning for SDSS (HDF5)",
        citation=(
            "Hayat, M. A., Stein, G., Harrington, P., Lukic, Z., & Mustafa, M. (2021). "
            "Self-supervised representation learning for astronomical images. Astrophysical "
            "Journal "
            "Letters, 911, L33."
        ),
        doi="10.3847/2041-8213/abf2c7",
        licence="as the publishing site says",
        licence_url="https://portal.nersc.gov/project/dasrepo/self-supervised-learning-sdss/",
        acknowledgement=_SDSS,
        addresses=("self-supervised-learning-sdss",),
    ),
    Credit(
        name="Galaxy Zoo 1",
        citation=(
            "Lintott, C., et al. (2011). Galaxy Zoo 1: data release of morphological "
            "classifications for nearly 900 000 galaxies. Monthly Notices of the Royal "
            "Astronomical "
            "Society, 410, 166-178."
        ),
        doi="10.1111/j.1365-2966.2010.17432.x",
        licence="as the Galaxy Zoo pages say",
        licence_url="https://data.galaxyzoo.org",
        acknowledgement=(
            "The classifications were made by the Galaxy Zoo team and its volunteers "
            "(http://authors.galaxyzoo.org)."
        ),
        addresses=("smallGZ1", "galaxyzoo"),
    ),
)
