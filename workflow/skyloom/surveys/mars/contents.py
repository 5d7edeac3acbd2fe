"""What a raw file of Mars holds, whichever its format."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from skyloom.surveys.contract import Offer
from skyloom.surveys.members import Members

_IMAGE = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)


@dataclass(frozen=True)
class Contents:
    """The images of a raw file.

    Attributes:
        offers: the images.
        remarks: what the user should know of the file.
        narrowest: width in pixels below which an image is rejected as a thumbnail.
    """

    offers: Sequence[Offer]
    remarks: list[str] = field(default_factory=list)
    narrowest: int = 1


def image_members(members: Members) -> list[str]:
    """Return the members that are images by their ending, in the archive's order."""
    return [name for name in members.names if _IMAGE.search(name)]


def stem_of(name: str) -> str:
    """Return the file name of a member without folder and image ending."""
    return _IMAGE.sub("", posixpath.basename(name))
