"""What the archives of solar magnetograms ask for."""

from skyloom.surveys.credit import Credit

_SDO = "Courtesy of NASA/SDO and the AIA and HMI science teams."
_JSOC = ("CC0 1.0 (data policy of the JSOC)", "http://jsoc.stanford.edu/JSOC_Data_Policy.html")

CREDITS = (
    Credit(
        name="SOHO/MDI full-disk magnetograms",
        citation=(
            "Scherrer, P. H., et al. (1995). The Solar Oscillations Investigation: Michelson "
            "Doppler Imager. Solar Physics, 162, 129-188."
        ),
        doi="10.1007/BF00733429",
        licence="SOHO copyright notice: free for non-commercial use and public education",
        licence_url="https://soho.nascom.nasa.gov/data/summary/copyright.html",
        acknowledgement=(
            "Courtesy of SOHO/MDI consortium. SOHO is a project of international cooperation "
            "between ESA and NASA."
        ),
        addresses=("mdi.fd_M", "mdi."),
    ),
    Credit(
        name="SDO/HMI magnetograms",
        citation=(
            "Scherrer, P. H., et al. (2012). The Helioseismic and Magnetic Imager (HMI) "
            "investigation for the Solar Dynamics Observatory (SDO). Solar Physics, 275, 207-227."
        ),
        doi="10.1007/s11207-011-9834-2",
        licence=_JSOC[0],
        licence_url=_JSOC[1],
        acknowledgement=_SDO,
        addresses=("hmi.M_", "hmi.m_"),
    ),
    Credit(
        name="Space-weather HMI Active Region Patches (SHARP)",
        citation=(
            "Bobra, M. G., et al. (2014). The Helioseismic and Magnetic Imager (HMI) vector "
            "magnetic field pipeline: SHARPs. Solar Physics, 289, 3549-3578."
        ),
        doi="10.1007/s11207-014-0529-3",
        licence=_JSOC[0],
        licence_url=_JSOC[1],
        acknowledgement=_SDO,
        addresses=("hmi.sharp",),
    ),
    Credit(
        name="Bipolar Active Regions Detection (BARD) tilt catalog",
        citation=(
            "Muñoz-Jaramillo, A., Werginz, Z. A., Vargas-Acosta, J. P., et al. (2016). The best of "
            "both worlds: using automatic detection and limited human supervision to create a "
            "homogenous magnetic catalog spanning four solar cycles. IEEE International Conference "
            "on Big Data, 3194. Muñoz-Jaramillo, A., Navarrete, B., & Campusano, L. A. (2021). "
            "Astrophysical Journal, 920, 31. Cite also the catalog as its page has it."
        ),
        doi="10.7910/DVN/QEMSZ2",
        licence="",
        licence_url="https://doi.org/10.7910/DVN/QEMSZ2",
        acknowledgement=(
            "The BARD catalog of BMRs was downloaded from the solar dynamo dataverse "
            "(https://dataverse.harvard.edu/dataverse/solardynamo), maintained by Andrés "
            "Muñoz-Jaramillo."
        ),
        addresses=("QEMSZ2",),
        unconfirmed="the licence of the catalog.",
    ),
)
