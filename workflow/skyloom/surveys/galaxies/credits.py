"""What the archives of galaxy images ask for."""

from skyloom.surveys.credit import Credit

_SDSS_II = (
    "Funding for the SDSS and SDSS-II has been provided by the Alfred P. Sloan Foundation, the "
    "Participating Institutions, the National Science Foundation, the U.S. Department of Energy, "
    "the National Aeronautics and Space Administration, the Japanese Monbukagakusho, the Max "
    "Planck Society, and the Higher Education Funding Council for England. The SDSS Web Site is "
    "http://www.sdss.org/. The SDSS is managed by the Astrophysical Research Consortium for the "
    "Participating Institutions. The Participating Institutions are the American Museum of Natural "
    "History, Astrophysical Institute Potsdam, University of Basel, University of Cambridge, Case "
    "Western Reserve University, University of Chicago, Drexel University, Fermilab, the Institute "
    "for Advanced Study, the Japan Participation Group, Johns Hopkins University, the Joint "
    "Institute for Nuclear Astrophysics, the Kavli Institute for Particle Astrophysics and "
    "Cosmology, the Korean Scientist Group, the Chinese Academy of Sciences (LAMOST), Los Alamos "
    "National Laboratory, the Max-Planck-Institute for Astronomy (MPIA), the Max-Planck-Institute "
    "for Astrophysics (MPA), New Mexico State University, Ohio State University, University of "
    "Pittsburgh, University of Portsmouth, Princeton University, the United States Naval "
    "Observatory, and the University of Washington."
)
_SDSS_III = (
    "Funding for SDSS-III has been provided by the Alfred P. Sloan Foundation, the Participating "
    "Institutions, the National Science Foundation, and the U.S. Department of Energy Office of "
    "Science. The SDSS-III web site is http://www.sdss3.org/. SDSS-III is managed by the "
    "Astrophysical Research Consortium for the Participating Institutions of the SDSS-III "
    "Collaboration including the University of Arizona, the Brazilian Participation Group, "
    "Brookhaven National Laboratory, Carnegie Mellon University, University of Florida, the French "
    "Participation Group, the German Participation Group, Harvard University, the Instituto de "
    "Astrofisica de Canarias, the Michigan State/Notre Dame/JINA Participation Group, Johns "
    "Hopkins University, Lawrence Berkeley National Laboratory, Max Planck Institute for "
    "Astrophysics, Max Planck Institute for Extraterrestrial Physics, New Mexico State University, "
    "New York University, Ohio State University, Pennsylvania State University, University of "
    "Portsmouth, Princeton University, the Spanish Participation Group, University of Tokyo, "
    "University of Utah, Vanderbilt University, University of Virginia, University of Washington, "
    "and Yale University."
)
_SDSS_IV = (
    "Funding for the Sloan Digital Sky Survey IV has been provided by the Alfred P. Sloan "
    "Foundation, the U.S. Department of Energy Office of Science, and the Participating "
    "Institutions. SDSS acknowledges support and resources from the Center for High-Performance "
    "Computing at the University of Utah. The SDSS web site is www.sdss4.org. SDSS is managed by "
    "the Astrophysical Research Consortium for the Participating Institutions of the SDSS "
    "Collaboration including the Brazilian Participation Group, the Carnegie Institution for "
    "Science, Carnegie Mellon University, Center for Astrophysics | Harvard & Smithsonian (CfA), "
    "the Chilean Participation Group, the French Participation Group, Instituto de Astrofísica de "
    "Canarias, The Johns Hopkins University, Kavli Institute for the Physics and Mathematics of "
    "the Universe (IPMU) / University of Tokyo, the Korean Participation Group, Lawrence Berkeley "
    "National Laboratory, Leibniz Institut für Astrophysik Potsdam (AIP), Max-Planck-Institut für "
    "Astronomie (MPIA Heidelberg), Max-Planck-Institut für Astrophysik (MPA Garching), "
    "Max-Planck-Institut für Extraterrestrische Physik (MPE), National Astronomical Observatories "
    "of China, New Mexico State University, New York University, University of Notre Dame, "
    "Observatório Nacional / MCTI, The Ohio State University, Pennsylvania State University, "
    "Shanghai Astronomical Observatory, United Kingdom Participation Group, Universidad Nacional "
    "Autónoma de México, University of Arizona, University of Colorado Boulder, University of "
    "Oxford, University of Portsmouth, University of Utah, University of Virginia, University of "
    "Washington, University of Wisconsin, Vanderbilt University, and Yale University."
)
_POLICY = "https://www.sdss.org/collaboration/image-use-policy/"
_LICENCE = "data in the public domain, images CC BY"

CREDITS = (
    Credit(
        name="Sloan Digital Sky Survey, data release 17",
        citation=(
            "Abdurro'uf, et al. (2022). The seventeenth data release of the Sloan Digital Sky "
            "Surveys: complete release of MaNGA, MaStar, and APOGEE-2 data. Astrophysical Journal "
            "Supplement, 259, 35."
        ),
        doi="10.3847/1538-4365/ac4414",
        licence=_LICENCE,
        licence_url=_POLICY,
        acknowledgement=_SDSS_IV,
        addresses=("/dr17/",),
    ),
    Credit(
        name="Sloan Digital Sky Survey, data releases 11 and 12",
        citation=(
            "Alam, S., et al. (2015). The eleventh and twelfth data releases of the Sloan Digital "
            "Sky Survey: final data from SDSS-III. Astrophysical Journal Supplement, 219, 12."
        ),
        doi="10.1088/0067-0049/219/1/12",
        licence=_LICENCE,
        licence_url=_POLICY,
        acknowledgement=_SDSS_III,
        addresses=("/dr12/",),
    ),
    Credit(
        name="Sloan Digital Sky Survey, data release 7",
        citation=(
            "Abazajian, K. N., et al. (2009). The seventh data release of the Sloan Digital Sky "
            "Survey. Astrophysical Journal Supplement, 182, 543-558."
        ),
        doi="10.1088/0067-0049/182/2/543",
        licence=_LICENCE,
        licence_url=_POLICY,
        acknowledgement=_SDSS_II,
        addresses=("smallGZ1",),
    ),
    Credit(
        name="sdss.npz: SDSS galaxies with redshifts",
        citation=(
            "Pasquet, J., Bertin, E., Treyer, M., Arnouts, S., & Fouchez, D. (2019). Photometric "
            "redshifts from SDSS images using a convolutional neural network. Astronomy & "
            "Astrophysics, 621, A26."
        ),
        doi="10.1051/0004-6361/201833617",
        licence="",
        licence_url="https://deepdip.iap.fr",
        acknowledgement=_SDSS_III,
        addresses=("deepdip.iap.fr", "sdss.npz"),
        unconfirmed="the licence of the file.",
    ),
    Credit(
        name="Self-supervised learning for SDSS (HDF5)",
        citation=(
            "Hayat, M. A., Stein, G., Harrington, P., Lukic, Z., & Mustafa, M. (2021). "
            "Self-supervised representation learning for astronomical images. Astrophysical "
            "Journal Letters, 911, L33."
        ),
        doi="10.3847/2041-8213/abf2c7",
        licence="",
        licence_url="https://portal.nersc.gov/project/dasrepo/self-supervised-learning-sdss/",
        acknowledgement=_SDSS_III,
        addresses=("self-supervised-learning-sdss",),
        unconfirmed="the licence of the files.",
    ),
    Credit(
        name="Galaxy Zoo 1",
        citation=(
            "Lintott, C., et al. (2011). Galaxy Zoo 1: data release of morphological "
            "classifications for nearly 900 000 galaxies. Monthly Notices of the Royal "
            "Astronomical Society, 410, 166-178."
        ),
        doi="10.1111/j.1365-2966.2010.17432.x",
        licence="",
        licence_url="https://data.galaxyzoo.org",
        acknowledgement=(
            "The data in this paper are the result of the efforts of the Galaxy Zoo volunteers, "
            "without whom none of this work would be possible. Their efforts are individually "
            "acknowledged at http://authors.galaxyzoo.org."
        ),
        addresses=("smallGZ1", "galaxyzoo"),
        unconfirmed="the licence of the classifications.",
    ),
)
