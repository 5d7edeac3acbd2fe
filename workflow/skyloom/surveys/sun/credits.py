"""What the archives of solar magnetograms ask for."""

from skyloom.surveys.credit import Credit

_SDO = "HMI data are courtesy of NASA/SDO and the HMI science team."
_NASA = ("public data of NASA", "https://sdo.gsfc.nasa.gov/data/rules.php")

CREDITS = (
    Credit(
        name="SOHO/MDI full-disk magnetograms",
        citation=(
            "Scherrer, P. H., et al. (1995). The Solar Oscillations Investigation: Michelson "
            "Doppler "
            "Imager. Solar Physics, 162, 129-188."
        ),
        doi="10.1007/BF00733429",
        licence="public data of ESA and NASA",
        licence_url="https://soho.nascom.nasa.gov/data/summary/copyright.html",
        acknowledgement="SOHO is a project of international cooperation between ESA and NASA.",
        addresses=("mdi.fd_M", "mdi."),
    ),
    Credit(
        name="SDO/HMI magnetograms",
        citation=(
            "Scherrer, P. H., et al. (2012). The Helioseismic and Magnetic Imager (HMI) "
            "investigation for the Solar Dynamics Observatory (SDO). Solar Physics, 275, 207-227."
        ),
        doi="10.1007/s11207-011-9834-2",
        licence=_NASA[0],
        licence_url=_NASA[1],
        acknowledgement=_SDO,
        addresses=("hmi.M_", "hmi.m_"),
    ),
    Credit(
        name="Space-weather HMI Active Region Patches (SHARP)",
        citation=(
            "Bobra, M. G., et al. (2014). The Helioseismic and Magnetic Imager (HMI) vector "
            "magnetic "
            "field pipeline: SHARPs. Solar Physics, 289, 3549-3578."
        ),
        doi="10.1007/s11207-014-0529-3",
        licence=_NASA[0],
        licence_url=_NASA[1],
        acknowledgement=_SDO,
        addresses=("hmi.sharp",),
    ),
    Credit(
        name="Bipolar active regions detected (BARD)",
        citation="Munoz-Jaramillo, A., et al. Bipolar active region detections. Dataverse.",
        doi="10.7910/DVN/QEMSZ2",
        licence="as the dataset's page says",
        licence_url="https://doi.org/10.7910/DVN/QEMSZ2",
        acknowledgement="",
        addresses=("QEMSZ2",),
    ),
)
